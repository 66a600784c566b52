// Why a device is not registered, in a sentence for who runs it: what it met last, and what to look
// at. Servers refuse an unknown identity and a wrong key alike, so that nobody learns which
// identities there are.

import { decodeUtf8 } from '../core/bytes.ts';
import { codeName } from '../core/coap/option-text.ts';
import { contentFormat } from '../core/coap/options.ts';
import type { Message } from '../core/coap/message.ts';
import { Alert } from '../core/dtls/alerts.ts';
import type { Failure } from '../core/dtls/handshake.ts';
import type { SimulatedDevice } from '../sim/device.ts';

/** Of what a server says to an answer, in characters. */
const WORDS_LENGTH_MAX = 200;
const KEY_HINT = ': does it know the identity, and is the key the one it has for it?';
const PORT_HINT = ': does it speak LwM2M there?';
/** By what servers refuse an unknown identity or a wrong key (RFC 4279 s2, RFC 5246 s7.4.9). */
const OF_KEYS: readonly number[] = [
  Alert.DECRYPT_ERROR, Alert.BAD_RECORD_MAC, Alert.UNKNOWN_PSK_IDENTITY, Alert.HANDSHAKE_FAILURE,
];

/** `server` is its URI. */
export function setbackText(
  { setback, isAnswered }: Pick<SimulatedDevice, 'setback' | 'isAnswered'>, server: string,
): string {
  switch (setback?.kind) {
    case 'handshake':
      return setback.reason === 'silent peer' ? silenceText(isAnswered, server)
        : handshakeText(setback);
    case 'response': return answerText(setback.message);
    case 'rejected': return `the server answered with a Reset${PORT_HINT}`;
    case 'refused':
    case 'incomplete': return `the answer of the server cannot be used: ${setback.reason}`;
    default: return silenceText(isAnswered, server);
  }
}

/** RFC 6347 s4.1.2.7: what it cannot read, as of a wrong key, a server may pass over. */
function silenceText(isAnswered: boolean, server: string): string {
  if (!isAnswered) return `nothing answers at ${server}: does a server listen there?`;
  return `the server answered and fell silent${/^coaps:/i.test(server) ? KEY_HINT : PORT_HINT}`;
}

function handshakeText({ reason, alert }: Failure): string {
  if (reason !== 'refused by peer' || alert === undefined) return `the handshake failed: ${reason}`;
  return `the server refused the handshake (${alertName(alert)})`
    + (OF_KEYS.includes(alert) ? KEY_HINT : '');
}

function alertName(alert: number): string {
  const [name] = Object.entries(Alert).find(([, description]) => description === alert) ?? [];
  return name?.toLowerCase() ?? `alert ${alert}`;
}

/** RFC 7252 s5.5.2: with the words of the server, if it gave any. */
function answerText(message: Message): string {
  const said = contentFormat(message) === undefined ? decodeUtf8(message.payload) ?? '' : '';
  // What is no character to be seen would reach the terminal as a command.
  const words = said.replace(/[\p{C}\s]+/gu, ' ').trim().slice(0, WORDS_LENGTH_MAX);
  return `the server answered ${codeName(message.code)}${words === '' ? '' : `: ${words}`}`;
}
