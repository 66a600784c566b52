// Flights (RFC 6347 s4.2.4): messages that are sent together, and again together. Each time in
// records of new sequence numbers, as many to a datagram as there is room for.

import type { Association } from './association.ts';
import type { Handshake, Surroundings } from './handshake.ts';
import { encodeFragment, HANDSHAKE_HEADER_LENGTH } from './handshake-messages.ts';
import { concat } from './prf.ts';
import { sealRecord } from './protection.ts';
import { ContentType, plainRecord } from './record.ts';

/**
 * Bytes in a datagram of a handshake: what passes everywhere with IPv6 (RFC 8200 s5) less its
 * headers and those of UDP.
 */
export const DATAGRAM_LENGTH_MAX = 1_232;
/**
 * Of a record's header and what protects it: 13, 255 of a connection id, 1, and with CBC 16 of an
 * IV, 32 of a MAC and up to 16 of padding.
 */
const RECORD_OVERHEAD_MAX = 333;
const FRAGMENT_LENGTH_MAX =
  DATAGRAM_LENGTH_MAX - RECORD_OVERHEAD_MAX - HANDSHAKE_HEADER_LENGTH;

export interface FlightMessage {
  readonly contentType: number;
  readonly epoch: number;
  /** A handshake message in one fragment, or the byte of a ChangeCipherSpec. */
  readonly bytes: Uint8Array;
}

/** Puts the handshake's flight into its `out`. */
export function sendFlight(
  { crypto, random }: Surroundings, association: Association, handshake: Handshake,
): void {
  // One that lives and has no number to say it with is silent; the peer asks again.
  if (association.isLive && !association.isNextReserved) return;
  // RFC 6066 s4: the peer's limit holds for handshakes too.
  const room = association.plaintextMax - HANDSHAKE_HEADER_LENGTH;
  const fragmentMax = Math.min(room, FRAGMENT_LENGTH_MAX);
  let records: Uint8Array[] = [];
  let length = 0;
  for (const message of handshake.flight) {
    for (const content of contentsOf(message, fragmentMax)) {
      const record = message.epoch === 0
        ? plainRecord(message.contentType, handshake.plainSequence++, content)
        : sealRecord(crypto, random, association, message.contentType, content);
      if (length + record.length > DATAGRAM_LENGTH_MAX) {
        handshake.out.push(concat(...records));
        records = [];
        length = 0;
      }
      records.push(record);
      length += record.length;
    }
  }
  if (records.length > 0) handshake.out.push(concat(...records));
}

function contentsOf({ contentType, bytes }: FlightMessage, fragmentMax: number): Uint8Array[] {
  const whole = bytes.length - HANDSHAKE_HEADER_LENGTH;
  if (contentType !== ContentType.HANDSHAKE || whole <= fragmentMax) return [bytes];
  const fragments: Uint8Array[] = [];
  for (let offset = 0; offset < whole; offset += fragmentMax) {
    fragments.push(encodeFragment(bytes, offset, Math.min(fragmentMax, whole - offset)));
  }
  return fragments;
}
