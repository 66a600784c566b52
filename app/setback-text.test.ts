// Why a device is not registered: each thing that it may meet in a sentence of its own.

import { expect, it } from 'vitest';
import { encodeUtf8 } from '../core/bytes.ts';
import { ACK, Code, NO_BYTES, OptionNumber, type Option } from '../core/coap/message.ts';
import { uintOptionOf } from '../core/coap/options.ts';
import { Alert } from '../core/dtls/alerts.ts';
import type { Setback } from '../sim/registration.ts';
import { setbackText } from './setback-text.ts';

const SERVER = 'coaps://192.0.2.1';
const NOBODY = 'nothing answers at coaps://192.0.2.1: does a server listen there?';
const OF_KEYS = ': does it know the identity, and is the key the one it has for it?';

function refused(alert: number): Setback {
  return { kind: 'handshake', reason: 'refused by peer', alert };
}

function answered(code: number, words = '', options: readonly Option[] = []): Setback {
  return { kind: 'response', message: {
    type: ACK, code, mid: 1, token: NO_BYTES, options, payload: encodeUtf8(words),
  } };
}

it.for<[Setback | undefined, string]>([
  [undefined, NOBODY], [{ kind: 'unanswered' }, NOBODY],
  [{ kind: 'handshake', reason: 'silent peer', alert: undefined }, NOBODY],
  [refused(Alert.DECRYPT_ERROR), `the server refused the handshake (decrypt_error)${OF_KEYS}`],
  [refused(Alert.UNKNOWN_PSK_IDENTITY),
    `the server refused the handshake (unknown_psk_identity)${OF_KEYS}`],
  [refused(Alert.INTERNAL_ERROR), 'the server refused the handshake (internal_error)'],
  [refused(200), 'the server refused the handshake (alert 200)'],
  [{ kind: 'handshake', reason: 'wrong key', alert: Alert.DECRYPT_ERROR },
    'the handshake failed: wrong key'],
  [answered(Code.FORBIDDEN), 'the server answered 4.03 Forbidden'],
  [answered(Code.BAD_REQUEST, '  no\u001b[31m lifetime\r\n\u202e'),
    'the server answered 4.00 Bad Request: no [31m lifetime'],
  [answered(Code.BAD_REQUEST, 'x'.repeat(500)),
    `the server answered 4.00 Bad Request: ${'x'.repeat(200)}`],
  [answered(Code.CONTENT, '{}', [uintOptionOf(OptionNumber.CONTENT_FORMAT, 50)]),
    'the server answered 2.05 Content'],
  [{ kind: 'rejected' }, 'the server answered with a Reset: does it speak LwM2M there?'],
  [{ kind: 'incomplete', reason: 'it is too long', isPassing: false },
    'the answer of the server cannot be used: it is too long'],
])('%j', ([setback, sentence]) => {
  expect(setbackText({ setback, isAnswered: setback?.kind === 'response' }, SERVER))
    .toBe(sentence);
});

it.for<[string, Setback | undefined, string]>([
  [SERVER, undefined, OF_KEYS], [SERVER, { kind: 'unanswered' }, OF_KEYS],
  [SERVER, { kind: 'handshake', reason: 'silent peer', alert: undefined }, OF_KEYS],
  ['coap://192.0.2.1', { kind: 'unanswered' }, ': does it speak LwM2M there?'],
])('silence of %s that said something before, %j', ([server, setback, hint]) => {
  expect(setbackText({ setback, isAnswered: true }, server))
    .toBe(`the server answered and fell silent${hint}`);
});
