// The ECDHE_ECDSA key exchange (RFC 8422 s2.2): ephemeral keys that the server signs with the key
// it has shown. The client shows its own and proves it by a CertificateVerify.

import { ByteWriter } from '../bytes.ts';
import { assert, fail, ok } from '../result.ts';
import { Alert } from './alerts.ts';
import { agreeOnTypes } from './certificate.ts';
import {
  acceptPoint, answerParameters, offerParameters, takeParameters, takesOwnKey,
} from './ecdhe.ts';
import type { Handshake } from './handshake.ts';
import { writeVector } from './handshake-messages.ts';
import type { KeyExchange } from './key-exchange.ts';
import { concat } from './prf.ts';
import { ECDSA_SHA256, readSignature, writeSignature } from './raw-public-key.ts';
import { Reader } from './reader.ts';

export const ecdheEcdsa: KeyExchange = {
  isCertified: true,
  isPossible(surroundings, hello) {
    // RFC 5246 s7.4.1.4.1: who names no algorithms has SHA-1 alone.
    return takesOwnKey(hello)
      && hello.signatureAlgorithms?.includes(ECDSA_SHA256) === true
      && agreeOnTypes(surroundings, hello) !== undefined;
  },
  offer({ crypto }, handshake, signer) {
    assert(signer !== undefined, 'a server without a key cannot get here');
    const parameters = offerParameters(crypto, handshake);
    const signature = crypto.sign(signer, signedPart(handshake, parameters));
    const writer = new ByteWriter();
    writer.bytes(parameters);
    writeSignature(writer, signature);
    return writer.finish();
  },
  take({ crypto }, handshake, body) {
    if (body === undefined) return Alert.UNEXPECTED_MESSAGE;
    const reader = new Reader(body);
    const parameters = takeParameters(reader, handshake);
    if (parameters === undefined) return Alert.ILLEGAL_PARAMETER;
    const signature = readSignature(reader);
    if (signature === undefined) return Alert.DECODE_ERROR;
    assert(handshake.peerKey !== undefined, 'the server has shown its key');
    const signed = signedPart(handshake, parameters);
    return crypto.verify(handshake.peerKey, signed, signature) ? undefined : Alert.DECRYPT_ERROR;
  },
  answer({ crypto }, handshake) {
    const answer = answerParameters(crypto, handshake);
    if (answer === undefined) return fail(Alert.ILLEGAL_PARAMETER);
    const writer = new ByteWriter();
    writeVector(writer, answer.point, 1);
    return ok({ body: writer.finish(), premaster: answer.secret });
  },
  accept({ crypto }, _association, handshake, body) {
    const reader = new Reader(body);
    const point = reader.vector(1);
    if (!reader.isExhausted) return fail(Alert.DECODE_ERROR);
    const premaster = acceptPoint(crypto, handshake, point);
    return premaster === undefined ? fail(Alert.ILLEGAL_PARAMETER) : ok(premaster);
  },
};

/** RFC 8422 s5.4: fresh for this handshake, so that it cannot be said again in another. */
function signedPart({ hello, serverRandom }: Handshake, parameters: Uint8Array): Uint8Array {
  return concat(hello.random, serverRandom, parameters);
}
