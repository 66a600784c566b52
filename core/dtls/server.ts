// The server's side of a handshake, from a ClientHello with a good cookie on (RFC 5246 s7.3): what
// is answered to which message. A client whose identity nobody knows, and one whose key is another,
// learn the same.

import { toHex } from '../bytes.ts';
import type { Milliseconds } from '../ports.ts';
import { assert } from '../result.ts';
import { Alert, type AlertDescription } from './alerts.ts';
import type { Association } from './association.ts';
import {
  agreeOnTypes, claimedIdentity, claimedName, ownCertificate, securityOf, signatureAlgorithmsOf,
  takeCertificate, whoShows, type CertificateTypes,
} from './certificate.ts';
import type { Extensions } from './extensions.ts';
import {
  agree, deriveKeys, failHandshake, failMalformed, finish, finishingMessages, isFinishedGood,
  newHandshake, newRandom, nextMessage, noteMessage, startFlight, type Handshake,
  type HandshakeState, type Surroundings,
} from './handshake.ts';
import {
  decodeClientHello, encodeServerHello, HandshakeType, withoutLists, type ClientHello,
  type ClientHelloStart, type HandshakeMessage,
} from './handshake-messages.ts';
import { exchangeNamed, exchangeOf } from './key-exchange.ts';
import { encodeCertificateRequest, readSignature } from './raw-public-key.ts';
import { Reader } from './reader.ts';
import { Reassembly } from './reassembly.ts';
import { SESSION_ID_LENGTH, type Session } from './resumption.ts';
import { RENEGOTIATION_SCSV, type Suite } from './suites.ts';

const NOTHING = new Uint8Array(0);

/**
 * Begins with a ClientHello whose cookie was good, or with its first fragment. `sequence` is that
 * of the message, `recordSequence` that of its record.
 */
export function beginServer(
  surroundings: Surroundings, association: Association, start: ClientHelloStart, sequence: number,
  recordSequence: number, now: Milliseconds,
): void {
  const handshake = newHandshake(withoutLists(start), undefined, 'CLIENT_HELLO');
  association.handshake = handshake;
  // RFC 6347 s4.2.1, s4.2.2: numbers go on from those of the client, as we kept none.
  handshake.plainSequence = recordSequence;
  handshake.helloSequence = sequence;
  handshake.nextMessage = sequence;
  handshake.reassembly = new Reassembly(sequence);
  // The rest has as long to come as the answer to a flight.
  startFlight(surroundings, association, handshake, [], now);
}

/** Answers by ServerHello and ServerHelloDone or by a session gone on with. */
function onClientHello(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage, now: Milliseconds,
): void {
  const decoded = decodeClientHello(message.body);
  if (!decoded.ok) {
    failMalformed(surroundings, association, handshake, decoded.reason);
    return;
  }
  const hello = decoded.value;
  handshake.hello = hello;
  noteMessage(handshake, message);
  const { extensions } = hello;
  // RFC 9146 s3: only to who knows what it is.
  if (extensions.connectionId !== undefined) surroundings.giveCid(association);
  const suite = surroundings.suites.find(({ id, keyExchange }) => hello.suites.includes(id)
    && exchangeNamed(keyExchange).isPossible(surroundings, extensions));
  if (suite === undefined) {
    const alert = Alert.HANDSHAKE_FAILURE;
    failHandshake(surroundings, association, handshake, 'no common suite', alert);
    return;
  }
  handshake.serverName = extensions.serverName;
  handshake.hasExtendedMasterSecret = extensions.hasExtendedMasterSecret;
  handshake.serverRandom = newRandom(surroundings.random);
  association.plaintextMax = extensions.maxFragmentLength ?? association.plaintextMax;
  association.peerCid = extensions.connectionId ?? association.peerCid;
  const session = resumable(surroundings, hello, now);
  // RFC 7366 s3: never with an AEAD. Agreed on anew with each session that is gone on with, since
  // its Finished proves the hellos.
  const { aead } = session?.suite ?? suite;
  handshake.hasEncryptThenMac = extensions.hasEncryptThenMac && aead === undefined;
  if (session === undefined) offerFull(surroundings, association, suite, now);
  else resume(surroundings, association, session, now);
  handshake.hello = withoutLists(hello);
}

/** The session that the client asks for, if we may go on with it. */
function resumable(
  surroundings: Surroundings, hello: ClientHello, now: Milliseconds,
): Session | undefined {
  if (hello.sessionId.length !== SESSION_ID_LENGTH) return undefined;
  const session = surroundings.sessions.find(toHex(hello.sessionId), now);
  if (session === undefined || !hello.suites.includes(session.suite.id)) return undefined;
  // RFC 6066 s3: the server of another name is another, whose client is to be asked who it is.
  if (session.serverName !== hello.extensions.serverName) return undefined;
  // RFC 7627 s5.3: never from one kind of master secret to the other. That sessions without it are
  // gone on with is safe where there is a PSK: nobody in the middle makes two connections share
  // their secrets. With ECDSA alone somebody could.
  const { hasExtendedMasterSecret } = session;
  if (hasExtendedMasterSecret !== hello.extensions.hasExtendedMasterSecret) return undefined;
  const isBound = hasExtendedMasterSecret || !exchangeNamed(session.suite.keyExchange).isCertified;
  return isBound && isStillKnown(surroundings, session, now) ? session : undefined;
}

/** Who lost his key meanwhile has lost his sessions too, and so has whose certificate ran out. */
function isStillKnown(
  { pskOf, rawKeys, x509 }: Surroundings, session: Session, now: Milliseconds,
): boolean {
  const { peerKey, peerChain, identity } = session;
  if (peerKey === undefined) return pskOf?.(identity) !== undefined;
  const who = whoShows(rawKeys, x509, peerKey, peerChain, now);
  return who.ok && who.value === identity;
}

function offerFull(
  surroundings: Surroundings, association: Association, suite: Suite, now: Milliseconds,
): void {
  const handshake = association.handshake as Handshake;
  association.suite = suite;
  const exchange = exchangeOf(association);
  handshake.sessionId = surroundings.random.bytes(SESSION_ID_LENGTH);
  const types = exchange.isCertified
    ? agreeOnTypes(surroundings, handshake.hello.extensions) : undefined;
  handshake.certificateTypes = types;
  association.security = types === undefined ? 'psk' : securityOf(types);
  const flight = [serverHello(surroundings, association, handshake)];
  const add = (type: number, body: Uint8Array): void => {
    flight.push(nextMessage(handshake, type, body, 0));
  };
  const { rawKeys, x509 } = surroundings;
  const own = types && ownCertificate(types.server, rawKeys?.own, x509?.own);
  if (own !== undefined) add(HandshakeType.CERTIFICATE, own.body);
  const offer = exchange.offer(surroundings, handshake, own?.privateKey);
  if (offer !== undefined) add(HandshakeType.SERVER_KEY_EXCHANGE, offer);
  if (types !== undefined) {
    const algorithms = signatureAlgorithmsOf([types.client]);
    add(HandshakeType.CERTIFICATE_REQUEST, encodeCertificateRequest(algorithms));
  }
  add(HandshakeType.SERVER_HELLO_DONE, NOTHING);
  handshake.state = exchange.isCertified ? 'CERTIFICATE' : 'CLIENT_KEY_EXCHANGE';
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
  association.security = session.security;
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
  const { hello, serverRandom, sessionId, hasEncryptThenMac, certificateTypes: types } = handshake;
  const asked = hello.extensions;
  // RFC 6066 s3: of a session, the name is known from before.
  const isNamed = asked.serverName !== undefined && handshake.session === undefined;
  const extensions: Extensions = {
    serverName: isNamed ? '' : undefined,
    maxFragmentLength: asked.maxFragmentLength,
    hasEncryptThenMac,
    hasExtendedMasterSecret: asked.hasExtendedMasterSecret,
    connectionId: surroundings.cidOf(association),
    // RFC 5746 s3.6: as the extension or as a suite that is none.
    hasRenegotiationInfo: asked.hasRenegotiationInfo || hello.suites.includes(RENEGOTIATION_SCSV),
    // RFC 7250 s4.2: of a session that is gone on with, nobody shows a key.
    clientCertificateTypes: types && asked.clientCertificateTypes && [types.client],
    serverCertificateTypes: types && asked.serverCertificateTypes && [types.server],
    types: [],
  };
  const body = encodeServerHello({
    random: serverRandom, sessionId, suite: association.suite.id, extensions,
  });
  return nextMessage(handshake, HandshakeType.SERVER_HELLO, body, 0);
}

/** The one message that each state waits for. */
const AWAITED: Readonly<Partial<Record<HandshakeState, number>>> = {
  CLIENT_HELLO: HandshakeType.CLIENT_HELLO,
  CERTIFICATE: HandshakeType.CERTIFICATE,
  CLIENT_KEY_EXCHANGE: HandshakeType.CLIENT_KEY_EXCHANGE,
  CERTIFICATE_VERIFY: HandshakeType.CERTIFICATE_VERIFY,
  FINISHED: HandshakeType.FINISHED,
};

/** A message of the client, in its turn; reassembly has put them in order. */
export function onClientMessage(
  surroundings: Surroundings, association: Association, message: HandshakeMessage,
  now: Milliseconds,
): void {
  const handshake = association.handshake as Handshake;
  const refuse = (alert: AlertDescription): void =>
    failMalformed(surroundings, association, handshake, alert);
  if (message.type !== AWAITED[handshake.state]) {
    refuse(Alert.UNEXPECTED_MESSAGE);
    return;
  }
  switch (message.type) {
    case HandshakeType.CLIENT_HELLO:
      onClientHello(surroundings, association, handshake, message, now);
      break;
    case HandshakeType.CERTIFICATE:
      onCertificate(surroundings, association, handshake, message);
      break;
    case HandshakeType.CLIENT_KEY_EXCHANGE:
      onClientKeyExchange(surroundings, association, handshake, message);
      break;
    case HandshakeType.CERTIFICATE_VERIFY:
      onCertificateVerify(surroundings, association, handshake, message, now);
      break;
    default: onFinished(surroundings, association, handshake, message, now);
  }
}

function onCertificate(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage,
): void {
  const { client } = handshake.certificateTypes as CertificateTypes;
  const { certificates } = surroundings.x509 ?? {};
  const refusal = takeCertificate(handshake, client, certificates, message.body);
  if (refusal !== undefined) {
    failHandshake(surroundings, association, handshake, refusal.reason, refusal.alert);
    return;
  }
  noteMessage(handshake, message);
  handshake.state = 'CLIENT_KEY_EXCHANGE';
}

function onClientKeyExchange(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage,
): void {
  const exchange = exchangeOf(association);
  const premaster = exchange.accept(surroundings, association, handshake, message.body);
  if (!premaster.ok) {
    failMalformed(surroundings, association, handshake, premaster.reason);
    return;
  }
  noteMessage(handshake, message);
  agree(surroundings.crypto, handshake, premaster.value);
  deriveKeys(surroundings.crypto, association, handshake);
  handshake.state = exchange.isCertified ? 'CERTIFICATE_VERIFY' : 'FINISHED';
}

/**
 * RFC 5246 s7.4.8: over everything said before it. Only who has the key is worth judging, which may
 * take several signatures more, and only he learns if it is known.
 */
function onCertificateVerify(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage, now: Milliseconds,
): void {
  const { crypto, rawKeys, x509 } = surroundings;
  const { peerKey, peerChain, transcript } = handshake;
  assert(peerKey !== undefined, 'the client has shown its key');
  const signature = readSignature(new Reader(message.body));
  const alert = signature === undefined ? Alert.DECODE_ERROR
    : !crypto.verify(peerKey, transcript.view(), signature) ? Alert.DECRYPT_ERROR : undefined;
  if (alert !== undefined) {
    association.identity = claimedIdentity(surroundings, handshake);
    failMalformed(surroundings, association, handshake, alert);
    return;
  }
  const who = whoShows(rawKeys, x509, peerKey, peerChain, now);
  association.identity = who.ok ? who.value : claimedName(crypto, x509, handshake);
  if (!who.ok) {
    failHandshake(surroundings, association, handshake, who.reason.reason, who.reason.alert);
    return;
  }
  handshake.isIdentityKnown = true;
  noteMessage(handshake, message);
  handshake.state = 'FINISHED';
}

function onFinished(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage, now: Milliseconds,
): void {
  const { crypto } = surroundings;
  if (!isFinishedGood(crypto, association, handshake, message.body)) {
    failMalformed(surroundings, association, handshake, Alert.DECRYPT_ERROR);
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
