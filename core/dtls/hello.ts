// ClientHellos before anything is kept (RFC 6347 s4.2.1): what is answered without a memory, and
// which one begins a handshake.

import type { Milliseconds } from '../ports.ts';
import { Alert, encodeAlert } from './alerts.ts';
import type { Cookies } from './cookie.ts';
import {
  decodeClientHelloStart, decodeFragments, encodeHelloVerifyRequest, encodeMessage, HandshakeType,
  type ClientHelloStart,
} from './handshake-messages.ts';
import { ContentType, plainRecord, VERSION_1_2, type RecordFrame } from './record.ts';

/** A client counts its hellos from 0; who counts higher means something else. */
export const HELLO_SEQUENCE_MAX = 255;
/**
 * Bytes of a ClientHello without its header, be it in fragments: more is nothing that a small
 * device would say.
 */
export const CLIENT_HELLO_LENGTH_MAX = 2_048;

export type HelloAnswer =
  | { readonly kind: 'good'; readonly start: ClientHelloStart; readonly sequence: number }
  | { readonly kind: 'verify' | 'refuse'; readonly datagram: Uint8Array }
  | { readonly kind: 'unreadable' };

const UNREADABLE: HelloAnswer = { kind: 'unreadable' };

/**
 * The answer to the ClientHello in a record of epoch 0, or to its first fragment, is never longer
 * than it. Later fragments have none: to put them together we would have to keep them, and that is
 * for who has shown a cookie.
 */
export function answerHello(
  cookies: Cookies, source: string, datagram: Uint8Array, frame: RecordFrame, now: Milliseconds,
): HelloAnswer {
  const [first] = decodeFragments(datagram.subarray(frame.from, frame.to)) ?? [];
  const isHello = first !== undefined && first.type === HandshakeType.CLIENT_HELLO
    && first.offset === 0 && first.length <= CLIENT_HELLO_LENGTH_MAX
    && first.sequence <= HELLO_SEQUENCE_MAX;
  const start = isHello ? decodeClientHelloStart(first.body) : undefined;
  if (first === undefined || start === undefined) return UNREADABLE;
  const { sequence } = first;
  // Versions of DTLS count down; 1.3 says 1.2 here (RFC 9147 s5.3).
  if (start.version > VERSION_1_2) {
    const alert = encodeAlert(Alert.PROTOCOL_VERSION);
    return { kind: 'refuse', datagram: plainRecord(ContentType.ALERT, frame.sequence, alert) };
  }
  if (cookies.isGood(source, start, now)) return { kind: 'good', start, sequence };
  const body = encodeHelloVerifyRequest(cookies.cookieOf(source, start, now));
  // RFC 6347 s4.2.1, s4.2.2: both numbers are those of the ClientHello, as we count nothing.
  const message = encodeMessage({ type: HandshakeType.HELLO_VERIFY_REQUEST, sequence, body });
  return {
    kind: 'verify', datagram: plainRecord(ContentType.HANDSHAKE, frame.sequence, message),
  };
}
