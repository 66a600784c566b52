// The server's side of a handshake, from a ClientHello with a good cookie on (RFC 5246 s7.3): what
// is answered to which message. A client whose identity nobody knows, and one whose key is another,
// learn the same.

import { toHex } from '../bytes.ts';
import type { Milliseconds } from '../ports.ts';
import { Alert } from './alerts.ts';
import type { Association } from './association.ts';
import type { Extensions } from './extensions.ts';
import {
  agree, deriveKeys, failHandshake, failMalformed, finish, finishingMessages, isFinishedGood,
  newHandshake, newRandom, nextMessage, noteMessage, startFlight, type Handshake,
  type Surroundings,
} from './handshake.ts';
import {
  encodeServerHello, HandshakeType, type ClientHello, type HandshakeMessage,
} from './handshake-messages.ts';
import { decodePskIdentity, identityShown, identityText, pskPremaster } from './psk.ts';
import { Reassembly } from './reassembly.ts';
import { SESSION_ID_LENGTH, type Session } from './resumption.ts';
import { KEY_LENGTH, RENEGOTIATION_SCSV, type Suite } from './suites.ts';

const NOTHING = new Uint8Array(0);

/**
 * Answers a ClientHello whose cookie was good, by ServerHello and ServerHelloDone or by a session
 * gone on with. `message` is how it came, `recordSequence` the number of its record.
 */
export function beginServer(
  surroundings: Surroundings, association: Association, hello: ClientHello,
  message: HandshakeMessage, recordSequence: number, now: Milliseconds,
): void {
  const handshake = newHandshake(hello, undefined, 'CLIENT_KEY_EXCHANGE');
  association.handshake = handshake;
  // RFC 6347 s4.2.1, s4.2.2: numbers go on from those of the client, as we kept none.
  handshake.plainSequence = recordSequence;
  handshake.nextMessage = message.sequence;
  handshake.reassembly = new Reassembly(message.sequence + 1);
  noteMessage(handshake, message);
  const suite = surroundings.suites.find(({ id }) => hello.suites.includes(id));
  if (suite === undefined) {
    const alert = Alert.HANDSHAKE_FAILURE;
    failHandshake(surroundings, association, handshake, 'no common suite', alert);
    return;
  }
  const { extensions } = hello;
  handshake.hasExtendedMasterSecret = extensions.hasExtendedMasterSecret;
  handshake.serverRandom = newRandom(surroundings.random);
  association.plaintextMax = extensions.maxFragmentLength ?? association.plaintextMax;
  association.peerCid = extensions.connectionId ?? association.peerCid;
  const session = resumable(surroundings, hello, now);
  if (session === undefined) offerFull(surroundings, association, suite, now);
  else resume(surroundings, association, session, now);
}

/** The session that the client asks for, if we may go on with it. */
function resumable(
  { sessions, pskOf }: Surroundings, hello: ClientHello, now: Milliseconds,
): Session | undefined {
  if (hello.sessionId.length !== SESSION_ID_LENGTH) return undefined;
  const session = sessions.find(toHex(hello.sessionId), now);
  if (session === undefined || !hello.suites.includes(session.suite.id)) return undefined;
  // RFC 7627 s5.3: never from one kind of master secret to the other. That sessions without it are
  // gone on with is safe with PSK alone: in the middle nobody makes two connections share a key.
  const isAlike =
    session.hasExtendedMasterSecret === hello.extensions.hasExtendedMasterSecret;
  // Who lost his key meanwhile is no longer known.
  return isAlike && pskOf(session.identity) !== undefined ? session : undefined;
}

function offerFull(
  surroundings: Surroundings, association: Association, suite: Suite, now: Milliseconds,
): void {
  const handshake = association.handshake as Handshake;
  association.suite = suite;
  handshake.sessionId = surroundings.random.bytes(SESSION_ID_LENGTH);
  const flight = [
    serverHello(surroundings, association, handshake),
    nextMessage(handshake, HandshakeType.SERVER_HELLO_DONE, NOTHING, 0),
  ];
  startFlight(surroundings, association, handshake, flight, now);
}

function resume(
  surroundings: Surroundings, association: Association, session: Session, now: Milliseconds,
): void {
  const handshake = association.handshake as Handshake;
  handshake.session = session;
  handshake.sessionId = session.id;
  handshake.master = session.master;
  handshake.isIdentityKnown = true;
  association.suite = session.suite;
  association.identity = session.identity;
  const hello = serverHello(surroundings, association, handshake);
  deriveKeys(surroundings.crypto, association, handshake);
  const flight = [hello, ...finishingMessages(surroundings.crypto, association, handshake)];
  handshake.state = 'FINISHED';
  startFlight(surroundings, association, handshake, flight, now);
}

/** Says yes to what the client asked for, and nothing else (RFC 5246 s7.4.1.4). */
function serverHello(
  surroundings: Surroundings, association: Association, handshake: Handshake,
): ReturnType<typeof nextMessage> {
  const { hello, serverRandom, sessionId } = handshake;
  const asked = hello.extensions;
  const extensions: Extensions = {
    maxFragmentLength: asked.maxFragmentLength,
    hasExtendedMasterSecret: asked.hasExtendedMasterSecret,
    connectionId: surroundings.cidOf(association),
    // RFC 5746 s3.6: as the extension or as a suite that is none.
    hasRenegotiationInfo: asked.hasRenegotiationInfo || hello.suites.includes(RENEGOTIATION_SCSV),
    types: [],
  };
  const body = encodeServerHello({
    random: serverRandom, sessionId, suite: association.suite.id, extensions,
  });
  return nextMessage(handshake, HandshakeType.SERVER_HELLO, body, 0);
}

/** A message of the client, in its turn; reassembly has put them in order. */
export function onClientMessage(
  surroundings: Surroundings, association: Association, message: HandshakeMessage,
  now: Milliseconds,
): void {
  const handshake = association.handshake as Handshake;
  const { state } = handshake;
  if (state === 'CLIENT_KEY_EXCHANGE' && message.type === HandshakeType.CLIENT_KEY_EXCHANGE) {
    onClientKeyExchange(surroundings, association, handshake, message);
  } else if (state === 'FINISHED' && message.type === HandshakeType.FINISHED) {
    onFinished(surroundings, association, handshake, message, now);
  } else {
    const alert = Alert.UNEXPECTED_MESSAGE;
    failHandshake(surroundings, association, handshake, 'unexpected message', alert);
  }
}

function onClientKeyExchange(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage,
): void {
  const bytes = decodePskIdentity(message.body);
  if (bytes === undefined) {
    failMalformed(surroundings, association, handshake, Alert.DECODE_ERROR);
    return;
  }
  const identity = identityText(bytes);
  const known = identity === undefined ? undefined : surroundings.pskOf(identity);
  association.identity = known?.identity ?? identityShown(bytes);
  handshake.isIdentityKnown = known !== undefined;
  // Drawn for known ones too, so that neither time nor the next draw tells them apart.
  const nobodys = surroundings.random.bytes(KEY_LENGTH);
  noteMessage(handshake, message);
  agree(surroundings.crypto, handshake, pskPremaster(known?.key ?? nobodys));
  deriveKeys(surroundings.crypto, association, handshake);
  handshake.state = 'FINISHED';
}

function onFinished(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage, now: Milliseconds,
): void {
  const { crypto } = surroundings;
  if (!isFinishedGood(crypto, association, handshake, message.body)) {
    const alert = Alert.DECRYPT_ERROR;
    failHandshake(surroundings, association, handshake, 'wrong key', alert);
    return;
  }
  noteMessage(handshake, message);
  if (handshake.session !== undefined) {
    finish(handshake, [], now);
    return;
  }
  const flight = finishingMessages(crypto, association, handshake);
  startFlight(surroundings, association, handshake, flight, now);
  finish(handshake, flight, now);
}
