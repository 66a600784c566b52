// The ECDHE_PSK key exchange (RFC 5489 s2): a PSK joined to ephemeral keys, so that who learns the
// key later learns nothing of what was said.

import { ByteWriter, encodeUtf8 } from '../bytes.ts';
import { fail, ok } from '../result.ts';
import { Alert } from './alerts.ts';
import {
  acceptPoint, answerParameters, groupFor, offerParameters, takeParameters,
} from './ecdhe.ts';
import { writeVector } from './handshake-messages.ts';
import type { KeyExchange } from './key-exchange.ts';
import { keyOf, pskOfClient, pskPremaster } from './psk.ts';
import { Reader } from './reader.ts';

const NO_HINT = new Uint8Array(0);

export const ecdhePsk: KeyExchange = {
  isCertified: false,
  isPossible: ({ pskOf }, hello) => pskOf !== undefined && groupFor(hello) !== undefined,
  offer({ crypto }, handshake) {
    const writer = new ByteWriter();
    writeVector(writer, NO_HINT, 2);
    writer.bytes(offerParameters(crypto, handshake));
    return writer.finish();
  },
  take(_surroundings, handshake, body) {
    if (body === undefined) return Alert.UNEXPECTED_MESSAGE;
    const reader = new Reader(body);
    reader.vector(2);
    if (takeParameters(reader, handshake) === undefined) return Alert.ILLEGAL_PARAMETER;
    return reader.isExhausted ? undefined : Alert.DECODE_ERROR;
  },
  answer({ crypto }, handshake) {
    const { identity, key } = pskOfClient(handshake);
    const answer = answerParameters(crypto, handshake);
    if (answer === undefined) return fail(Alert.ILLEGAL_PARAMETER);
    const writer = new ByteWriter();
    writeVector(writer, encodeUtf8(identity), 2);
    writeVector(writer, answer.point, 1);
    return ok({ body: writer.finish(), premaster: pskPremaster(answer.secret, key) });
  },
  accept(surroundings, association, handshake, body) {
    const reader = new Reader(body);
    const identity = reader.vector(2);
    const point = reader.vector(1);
    if (!reader.isExhausted) return fail(Alert.DECODE_ERROR);
    const shared = acceptPoint(surroundings.crypto, handshake, point);
    if (shared === undefined) return fail(Alert.ILLEGAL_PARAMETER);
    return ok(pskPremaster(shared, keyOf(surroundings, association, handshake, identity)));
  },
};
