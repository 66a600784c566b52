// Lines of the trace for people: time since the start, and a datagram as a CoAP message in a few
// words beside its bytes.

import { fromHex } from '../../core/bytes.ts';
import { decodeMessage } from '../../core/coap/codec.ts';
import { formatCode } from '../../core/coap/message.ts';
import { observe, uriPath } from '../../core/coap/options.ts';
import type { Milliseconds } from '../../core/ports.ts';
import { clockTime, several } from './words.ts';

const TYPES = ['CON', 'NON', 'ACK', 'RST'] as const;
const DATAGRAM = /^(\d+) (\S+ (?:up|down) \d+ \w+) ([0-9a-f]*)$/;
const OTHER = /^(\d+) ([^]*)$/;

export interface TraceLine {
  /** Since the start. */
  readonly at: Milliseconds;
  readonly time: string;
  readonly what: string;
  /** The message of a datagram; empty for other lines. */
  readonly message: string;
}

export function traceLine(line: string, start: Milliseconds): TraceLine {
  const datagram = DATAGRAM.exec(line);
  const [, at = '0', what = line, bytes] = datagram ?? OTHER.exec(line) ?? [];
  const since = Number(at) - start;
  // The line itself counts in the hash of the trace, and so stays as it is.
  const words = what.replace(/\b1 changes\b/, '1 change');
  const message = bytes === undefined ? '' : messageOf(bytes);
  return { at: since, time: timeOf(since), what: words, message };
}

/** To the millisecond. */
export function timeOf(since: Milliseconds): string {
  return `${clockTime(since)}.${String(since % 1000).padStart(3, '0')}`;
}

/** `CON 2.05 mid 4711, observe 3, 24 bytes`. */
function messageOf(hex: string): string {
  const bytes = fromHex(hex);
  const decoded = bytes === undefined ? undefined : decodeMessage(bytes);
  if (decoded?.ok !== true) return `no message, ${several(hex.length / 2, 'byte')}`;
  const { type, code, mid, payload } = decoded.value;
  const path = uriPath(decoded.value);
  const sequence = observe(decoded.value);
  return [
    `${TYPES[type] ?? ''} ${formatCode(code)} mid ${mid}`,
    ...(path.length > 0 ? [`/${path.join('/')}`] : []),
    ...(sequence === undefined ? [] : [`observe ${sequence}`]),
    ...(payload.length > 0 ? [several(payload.length, 'byte')] : []),
  ].join(', ');
}
