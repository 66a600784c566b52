// One datagram of syslog over UDP (RFC 5426 s3.1: one message in each) as a message, whatever its
// bytes are: strictly of RFC 5424, else leniently of RFC 3164.

import { decodeLossy } from '../bytes.ts';
import type { Milliseconds } from '../ports.ts';
import { MESSAGE_BYTES_MAX, type SyslogMessage } from './message.ts';
import { parseRfc3164 } from './rfc3164.ts';
import { parseRfc5424 } from './rfc5424.ts';

export function parseSyslog(datagram: Uint8Array, now: Milliseconds): SyslogMessage {
  // A device may cut its message within a character.
  const text = decodeLossy(datagram.subarray(0, MESSAGE_BYTES_MAX));
  const strict = parseRfc5424(text);
  return strict.ok ? strict.value : parseRfc3164(text, now);
}
