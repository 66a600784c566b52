// The client's side of a handshake (RFC 5246 s7.3, RFC 6347 s4.2): as the server's, with more to
// check, since a client must get what it asked for.

import { ByteWriter } from '../bytes.ts';
import type { Milliseconds } from '../ports.ts';
import { assert } from '../result.ts';
import { Alert, type AlertDescription } from './alerts.ts';
import type { Association } from './association.ts';
import { ExtensionType } from './extensions.ts';
import {
  agree, deriveKeys, failHandshake, failMalformed, finish, finishingMessages, isFinishedGood,
  newHandshake, newRandom, nextMessage, noteMessage, startFlight, type ClientProfile,
  type Handshake, type HandshakeState, type Surroundings,
} from './handshake.ts';
import {
  decodeHelloVerifyRequest, decodeServerHello, encodeClientHello, HandshakeType, type ClientHello,
  type HandshakeMessage, type ServerHello,
} from './handshake-messages.ts';
import { encodePskIdentity, isPskHint, pskPremaster } from './psk.ts';
import { PLAINTEXT_LENGTH_MAX, VERSION_1_2 } from './record.ts';
import type { Session } from './resumption.ts';
import { RENEGOTIATION_SCSV } from './suites.ts';

const NOTHING = new Uint8Array(0);
/** Two and one more, if the server changed its secret between them. */
const CLIENT_HELLOS_MAX = 3;
/** A server without a hint has no ServerKeyExchange (RFC 4279 s2). */
const AWAITS_DONE: readonly HandshakeState[] = ['SERVER_KEY_EXCHANGE', 'SERVER_HELLO_DONE'];

/** Sends the first ClientHello, with a session to go on with if there is one. */
export function beginClient(
  surroundings: Surroundings, association: Association, profile: ClientProfile,
  session: Session | undefined, now: Milliseconds,
): void {
  const ownCid = surroundings.cidOf(association);
  assert((profile.connectionId === 'own') === (ownCid !== undefined), 'it has the id it says');
  const hello: ClientHello = {
    version: VERSION_1_2,
    random: newRandom(surroundings.random),
    sessionId: session?.id ?? NOTHING,
    cookie: NOTHING,
    suites: [...profile.suites.map(({ id }) => id), RENEGOTIATION_SCSV],
    compressions: Uint8Array.of(0),
    extensions: {
      maxFragmentLength: profile.maxFragmentLength,
      hasExtendedMasterSecret: profile.hasExtendedMasterSecret,
      connectionId: profile.connectionId === 'none' ? undefined : ownCid ?? NOTHING,
      // RFC 5746 s3.4: the suite that is none says it.
      hasRenegotiationInfo: false,
      types: [],
    },
  };
  const handshake = newHandshake(hello, profile, 'SERVER_HELLO');
  association.handshake = handshake;
  association.identity = profile.psk.identity;
  association.plaintextMax = profile.maxFragmentLength ?? association.plaintextMax;
  handshake.session = session;
  handshake.isIdentityKnown = true;
  sendHello(surroundings, association, handshake, now);
}

function sendHello(
  surroundings: Surroundings, association: Association, handshake: Handshake, now: Milliseconds,
): void {
  const body = encodeClientHello(handshake.hello);
  const flight = [nextMessage(handshake, HandshakeType.CLIENT_HELLO, body, 0)];
  startFlight(surroundings, association, handshake, flight, now);
}

/** A message of the server, in its turn; reassembly has put them in order. */
export function onServerMessage(
  surroundings: Surroundings, association: Association, message: HandshakeMessage,
  now: Milliseconds,
): void {
  const handshake = association.handshake as Handshake;
  const { state } = handshake;
  const { type } = message;
  if (state === 'SERVER_HELLO' && type === HandshakeType.HELLO_VERIFY_REQUEST) {
    onHelloVerifyRequest(surroundings, association, handshake, message, now);
  } else if (state === 'SERVER_HELLO' && type === HandshakeType.SERVER_HELLO) {
    onServerHello(surroundings, association, handshake, message);
  } else if (state === 'SERVER_KEY_EXCHANGE' && type === HandshakeType.SERVER_KEY_EXCHANGE) {
    onServerKeyExchange(surroundings, association, handshake, message);
  } else if (AWAITS_DONE.includes(state) && type === HandshakeType.SERVER_HELLO_DONE) {
    onServerHelloDone(surroundings, association, handshake, message, now);
  } else if (state === 'FINISHED' && type === HandshakeType.FINISHED) {
    onFinished(surroundings, association, handshake, message, now);
  } else {
    const alert = Alert.UNEXPECTED_MESSAGE;
    failHandshake(surroundings, association, handshake, 'unexpected message', alert);
  }
}

function onHelloVerifyRequest(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage, now: Milliseconds,
): void {
  const cookie = decodeHelloVerifyRequest(message.body);
  if (!cookie.ok) {
    failMalformed(surroundings, association, handshake, cookie.reason);
    return;
  }
  if (handshake.nextMessage >= CLIENT_HELLOS_MAX) {
    const alert = Alert.UNEXPECTED_MESSAGE;
    failHandshake(surroundings, association, handshake, 'unexpected message', alert);
    return;
  }
  handshake.hello = { ...handshake.hello, cookie: cookie.value };
  // RFC 6347 s4.2.1: the first ClientHello and this are no part of the transcript.
  handshake.transcript = new ByteWriter();
  sendHello(surroundings, association, handshake, now);
}

function onServerHello(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage,
): void {
  const decoded = decodeServerHello(message.body);
  const alert = decoded.ok ? refusalOf(handshake, decoded.value) : decoded.reason;
  if (!decoded.ok || alert !== undefined) {
    failMalformed(surroundings, association, handshake, alert as AlertDescription);
    return;
  }
  const hello = decoded.value;
  const { extensions } = hello;
  const profile = handshake.profile as ClientProfile;
  const suite = profile.suites.find(({ id }) => id === hello.suite);
  assert(suite !== undefined, 'only a suite that was offered gets here');
  association.suite = suite;
  if (extensions.connectionId === undefined) surroundings.giveUpCid(association);
  else association.peerCid = extensions.connectionId;
  // RFC 6066 s4: a server that says nothing of it has no limit.
  association.plaintextMax = extensions.maxFragmentLength ?? PLAINTEXT_LENGTH_MAX;
  handshake.serverRandom = hello.random;
  handshake.hasExtendedMasterSecret = extensions.hasExtendedMasterSecret;
  handshake.sessionId = hello.sessionId;
  noteMessage(handshake, message);
  if (!isResumed(handshake.session, hello)) {
    handshake.session = undefined;
    handshake.state = 'SERVER_KEY_EXCHANGE';
    return;
  }
  handshake.master = (handshake.session as Session).master;
  deriveKeys(surroundings.crypto, association, handshake);
  handshake.state = 'FINISHED';
}

/** RFC 5246 s7.4.1.3: the server says so by the id it was asked for. */
function isResumed(session: Session | undefined, hello: ServerHello): boolean {
  const { sessionId } = hello;
  return session !== undefined && sessionId.length > 0 && sessionId.length === session.id.length
    && sessionId.every((byte, index) => byte === session.id[index]);
}

/** The alert for a server that took what was not offered; undefined when all is well. */
function refusalOf(handshake: Handshake, hello: ServerHello): AlertDescription | undefined {
  const { extensions, suite } = hello;
  const profile = handshake.profile as ClientProfile;
  if (!profile.suites.some(({ id }) => id === suite)) return Alert.ILLEGAL_PARAMETER;
  const offered = [
    ...(profile.maxFragmentLength === undefined ? [] : [ExtensionType.MAX_FRAGMENT_LENGTH]),
    ...(profile.hasExtendedMasterSecret ? [ExtensionType.EXTENDED_MASTER_SECRET] : []),
    ...(profile.connectionId === 'none' ? [] : [ExtensionType.CONNECTION_ID]),
    ExtensionType.RENEGOTIATION_INFO,
  ] as number[];
  if (extensions.types.some((type) => !offered.includes(type))) return Alert.UNSUPPORTED_EXTENSION;
  // RFC 6066 s4: the value that was asked for, or none.
  const { maxFragmentLength } = extensions;
  if (maxFragmentLength !== undefined && maxFragmentLength !== profile.maxFragmentLength) {
    return Alert.ILLEGAL_PARAMETER;
  }
  const { session } = handshake;
  if (session === undefined || !isResumed(session, hello)) return undefined;
  if (session.suite.id !== suite) return Alert.ILLEGAL_PARAMETER;
  // RFC 7627 s5.3.
  return session.hasExtendedMasterSecret === extensions.hasExtendedMasterSecret ? undefined
    : Alert.HANDSHAKE_FAILURE;
}

function onServerKeyExchange(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage,
): void {
  if (!isPskHint(message.body)) {
    failMalformed(surroundings, association, handshake, Alert.DECODE_ERROR);
    return;
  }
  noteMessage(handshake, message);
  handshake.state = 'SERVER_HELLO_DONE';
}

function onServerHelloDone(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage, now: Milliseconds,
): void {
  if (message.body.length > 0) {
    failMalformed(surroundings, association, handshake, Alert.DECODE_ERROR);
    return;
  }
  const { crypto } = surroundings;
  const { psk } = handshake.profile as ClientProfile;
  noteMessage(handshake, message);
  const identity = encodePskIdentity(psk.identity);
  const exchange = nextMessage(handshake, HandshakeType.CLIENT_KEY_EXCHANGE, identity, 0);
  agree(crypto, handshake, pskPremaster(psk.key));
  deriveKeys(crypto, association, handshake);
  handshake.state = 'FINISHED';
  const flight = [exchange, ...finishingMessages(crypto, association, handshake)];
  startFlight(surroundings, association, handshake, flight, now);
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
  if (handshake.session === undefined) {
    finish(handshake, [], now);
    return;
  }
  const flight = finishingMessages(crypto, association, handshake);
  startFlight(surroundings, association, handshake, flight, now);
  finish(handshake, flight, now);
}
