// The Event Log object (20, OMA-SUP-XML_LWM2M_EventLog 2.1): its resources, and the texts that its
// data holds, by the format that it names. What nobody can read is shown in hex. It keeps nothing:
// which of the lines are new is not said here.

import { decodeUtf8, toHex } from '../bytes.ts';
import type { Milliseconds } from '../ports.ts';
import { ContentFormat, decodePayload } from './content-format.ts';
import type { Models } from './objects.ts';
import { formatPath, pathOf } from './path.ts';
import { formatText } from './text.ts';

export const EVENT_LOG = 20;

export const LogResource = {
  CLASS: 4010, START: 4011, STOP: 4012, STATUS: 4013, DATA: 4014, FORMAT: 4015,
  INCREMENTAL: 4016, SEND_INTERVAL: 4017,
} as const;

/** Of LogStatus: the data collection is stopped. */
export const LOG_STOPPED = 1n;
/** Argument of LogStart: what was collected stays; without it the log begins empty. */
export const LOG_EXTENDED = "0='1'";

/** Lines together, with the time that the device gives them. */
export interface LogText {
  readonly text: string;
  readonly time: Milliseconds | undefined;
}

const HEX_BYTES_PER_LINE = 32;
/** Formats that stand for a number of LogDataFormat, the likeliest first: it names no version. */
const CODECS: ReadonlyMap<number, readonly number[]> = new Map([
  [1, [ContentFormat.TLV]],
  [2, [ContentFormat.OMA_JSON, ContentFormat.SENML_JSON]],
  [3, [ContentFormat.LWM2M_CBOR, ContentFormat.SENML_CBOR, ContentFormat.CBOR]],
]);
/** Bytes that no text has: control characters but tab, line ends, NUL and what begins a colour. */
// eslint-disable-next-line no-control-regex
const BINARY = /[\u0001-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f]/;

/** What a log of this format says; `format` undefined: the device does not tell. */
export function logTexts(
  format: number | undefined, instance: number, data: Uint8Array, now: Milliseconds,
  models: Models,
): LogText[] {
  for (const codec of CODECS.get(format ?? 0) ?? []) {
    const base = baseOf(codec, instance);
    const entries = decodePayload(codec, base, data, now, models);
    if (!entries.ok || entries.value.length === 0) continue;
    return entries.value.map(({ path, value, time }) => ({
      text: codec === ContentFormat.CBOR ? formatText(value)
        : `${formatPath(path)} ${formatText(value)}`,
      time,
    }));
  }
  const text = decodeUtf8(data);
  const isText = text !== undefined && !BINARY.test(text);
  return [{ text: isText ? text : hexLines(data), time: undefined }];
}

/** Those of 1.0 name their paths within an instance, a bare CBOR value none. */
function baseOf(codec: number, instance: number) {
  switch (codec) {
    case ContentFormat.TLV: case ContentFormat.OMA_JSON: return pathOf([EVENT_LOG, instance]);
    case ContentFormat.CBOR: return pathOf([EVENT_LOG, instance, LogResource.DATA]);
    default: return undefined;
  }
}

function hexLines(data: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < data.length; at += HEX_BYTES_PER_LINE) {
    lines.push(toHex(data.subarray(at, at + HEX_BYTES_PER_LINE)));
  }
  return lines.join('\n');
}
