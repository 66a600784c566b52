// The ECDHE_PSK key exchange (RFC 5489 s2): a PSK joined to ephemeral keys, so that who learns the
// key later learns nothing of what was said.

import { ByteWriter, encodeUtf8 } from '../bytes.ts';
import { assert, fail, ok } from '../result.ts';
import { Alert } from './alerts.ts';
import { encodeParameters, readParameters, SECP256R1 } from './ecdhe.ts';
import { writeVector } from './handshake-messages.ts';
import type { KeyExchange } from './key-exchange.ts';
import { keyOf, pskOfClient, pskPremaster } from './psk.ts';
import { Reader } from './reader.ts';

const NO_HINT = new Uint8Array(0);

export const ecdhePsk: KeyExchange = {
  isCertified: false,
  // RFC 8422 s4: who names no groups takes any.
  isPossible: ({ pskOf }, { groups }) =>
    pskOf !== undefined && (groups === undefined || groups.includes(SECP256R1)),
  offer({ crypto }, handshake) {
    handshake.ephemeral = crypto.newKeyPair();
    const writer = new ByteWriter();
    writeVector(writer, NO_HINT, 2);
    writer.bytes(encodeParameters(handshake.ephemeral.publicKey));
    return writer.finish();
  },
  take(_surroundings, handshake, body) {
    if (body === undefined) return Alert.UNEXPECTED_MESSAGE;
    const reader = new Reader(body);
    reader.vector(2);
    handshake.peerPoint = readParameters(reader);
    if (handshake.peerPoint === undefined) return Alert.ILLEGAL_PARAMETER;
    return reader.isExhausted ? undefined : Alert.DECODE_ERROR;
  },
  answer({ crypto }, handshake) {
    const { identity, key } = pskOfClient(handshake);
    const { publicKey, privateKey } = crypto.newKeyPair();
    assert(handshake.peerPoint !== undefined, 'the server has said its point');
    const shared = crypto.sharedSecret(privateKey, handshake.peerPoint);
    if (shared === undefined) return fail(Alert.ILLEGAL_PARAMETER);
    const writer = new ByteWriter();
    writeVector(writer, encodeUtf8(identity), 2);
    writeVector(writer, publicKey, 1);
    return ok({ body: writer.finish(), premaster: pskPremaster(shared, key) });
  },
  accept(surroundings, association, handshake, body) {
    const reader = new Reader(body);
    const identity = reader.vector(2);
    const point = reader.vector(1);
    if (!reader.isExhausted) return fail(Alert.DECODE_ERROR);
    assert(handshake.ephemeral !== undefined, 'it was offered');
    const shared = surroundings.crypto.sharedSecret(handshake.ephemeral.privateKey, point);
    if (shared === undefined) return fail(Alert.ILLEGAL_PARAMETER);
    return ok(pskPremaster(shared, keyOf(surroundings, association, handshake, identity)));
  },
};
