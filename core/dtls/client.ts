// The client's side of a handshake (RFC 5246 s7.3, RFC 6347 s4.2): as the server's, with more to
// check, since a client must get what it asked for.

import { ByteWriter } from '../bytes.ts';
import type { Milliseconds } from '../ports.ts';
import { assert } from '../result.ts';
import { Alert, type AlertDescription } from './alerts.ts';
import type { Association } from './association.ts';
import {
  ownCertificate, refusalFor, securityOf, signatureAlgorithmsOf, takeCertificate, takenTypes,
  typesOf, type CertificateTypes, type Refusal,
} from './certificate.ts';
import { groupsOn } from './ecdhe.ts';
import { ExtensionType, FRAGMENT_LENGTHS, type Extensions } from './extensions.ts';
import type { FlightMessage } from './flight.ts';
import {
  agree, deriveKeys, failHandshake, failMalformed, finish, finishingMessages, isFinishedGood,
  nameOf, newHandshake, newRandom, nextMessage, noteMessage, startFlight, type ClientProfile,
  type Handshake, type HandshakeState, type Surroundings,
} from './handshake.ts';
import {
  decodeHelloVerifyRequest, decodeServerHello, encodeClientHello, HandshakeType, type ClientHello,
  type HandshakeMessage, type ServerHello,
} from './handshake-messages.ts';
import { exchangeOf } from './key-exchange.ts';
import { acceptsOurSignature, CertificateType, writeSignature } from './raw-public-key.ts';
import { PLAINTEXT_LENGTH_MAX, VERSION_1_2 } from './record.ts';
import type { Session } from './resumption.ts';
import { hostNameOf } from './server-name.ts';
import { RENEGOTIATION_SCSV, type KeyExchangeName, type Suite } from './suites.ts';
import { serverRefusal } from './x509.ts';

const NOTHING = new Uint8Array(0);
/** Two and one more, if the server changed its secret between them. */
const CLIENT_HELLOS_MAX = 3;

/** Sends the first ClientHello, with a session to go on with if there is one. */
export function beginClient(
  surroundings: Surroundings, association: Association, profile: ClientProfile,
  known: Session | undefined, now: Milliseconds,
): void {
  assertUsable(profile);
  const session = known && isStillBelieved(profile, known, now) ? known : undefined;
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
      serverName: hostNameOf(profile.serverName ?? ''),
      maxFragmentLength: profile.maxFragmentLength,
      hasEncryptThenMac: profile.suites.some((suite) => offersEncryptThenMac(profile, suite)),
      hasExtendedMasterSecret: profile.hasExtendedMasterSecret,
      connectionId: profile.connectionId === 'none' ? undefined : ownCid ?? NOTHING,
      // RFC 5746 s3.4: the suite that is none says it.
      hasRenegotiationInfo: false,
      ...offersOf(profile),
      types: [],
    },
  };
  const handshake = newHandshake(hello, profile, 'SERVER_HELLO');
  association.handshake = handshake;
  association.identity = nameOf(profile);
  association.plaintextMax = profile.maxFragmentLength ?? association.plaintextMax;
  handshake.session = session;
  handshake.isIdentityKnown = true;
  sendHello(surroundings, association, handshake, now);
}

/** The server's certificate may have run out since. */
function isStillBelieved(
  { x509 }: ClientProfile, { peerChain }: Session, now: Milliseconds,
): boolean {
  if (peerChain === undefined) return true;
  return x509 !== undefined && serverRefusal(x509, peerChain, now) === undefined;
}

/** Here, where its owner is to blame, and not when a server answers. */
function assertUsable(profile: ClientProfile): void {
  const { suites, psk, rawKey, x509, maxFragmentLength: length, serverName } = profile;
  assert(suites.length > 0, 'a profile has suites');
  for (const { keyExchange } of suites) {
    const credential = keyExchange === 'ECDHE_ECDSA' ? rawKey ?? x509 : psk;
    assert(credential !== undefined, 'a profile has what its suites need');
  }
  const isSayable = length === undefined || FRAGMENT_LENGTHS.includes(length);
  assert(isSayable, 'a profile has a fragment length that a hello can say');
  const isName = serverName === undefined || hostNameOf(serverName) !== undefined;
  assert(isName, 'a profile has a server name that a hello can say');
}

/** What the suites of the profile need. */
function offersOf(profile: ClientProfile): Partial<Extensions> {
  const { suites, curves } = profile;
  const has = (name: KeyExchangeName) => suites.some(({ keyExchange }) => keyExchange === name);
  const types = typesOf(profile);
  // RFC 7250 s4.1: X.509 alone goes without saying.
  const named = types.includes(CertificateType.RAW_PUBLIC_KEY) ? types : undefined;
  return {
    ...(has('ECDHE_ECDSA') || has('ECDHE_PSK') ? { groups: groupsOn(curves) } : {}),
    ...(has('ECDHE_ECDSA') ? {
      signatureAlgorithms: signatureAlgorithmsOf(types), clientCertificateTypes: named,
      serverCertificateTypes: named,
    } : {}),
  };
}

/** RFC 7366 s3: with a suite that has a MAC of its own. */
function offersEncryptThenMac({ hasEncryptThenMac }: ClientProfile, { aead }: Suite): boolean {
  return aead === undefined && hasEncryptThenMac !== false;
}

function sendHello(
  surroundings: Surroundings, association: Association, handshake: Handshake, now: Milliseconds,
): void {
  const body = encodeClientHello(handshake.hello);
  const flight = [nextMessage(handshake, HandshakeType.CLIENT_HELLO, body, 0)];
  startFlight(surroundings, association, handshake, flight, now);
}

/** Which messages each state may get, and what each does. */
const AWAITED: Readonly<Partial<Record<HandshakeState, readonly number[]>>> = {
  SERVER_HELLO: [HandshakeType.HELLO_VERIFY_REQUEST, HandshakeType.SERVER_HELLO],
  CERTIFICATE: [HandshakeType.CERTIFICATE],
  // Some key exchanges have none (RFC 4279 s2).
  SERVER_KEY_EXCHANGE: [HandshakeType.SERVER_KEY_EXCHANGE, HandshakeType.SERVER_HELLO_DONE],
  SERVER_HELLO_DONE: [HandshakeType.CERTIFICATE_REQUEST, HandshakeType.SERVER_HELLO_DONE],
  FINISHED: [HandshakeType.FINISHED],
};

/** A message of the server, in its turn; reassembly has put them in order. */
export function onServerMessage(
  surroundings: Surroundings, association: Association, message: HandshakeMessage,
  now: Milliseconds,
): void {
  const handshake = association.handshake as Handshake;
  const { type } = message;
  let alert: AlertDescription | undefined;
  if (AWAITED[handshake.state]?.includes(type) !== true) {
    alert = Alert.UNEXPECTED_MESSAGE;
  } else if (type === HandshakeType.HELLO_VERIFY_REQUEST) {
    alert = onHelloVerifyRequest(surroundings, association, handshake, message, now);
  } else if (type === HandshakeType.SERVER_HELLO) {
    alert = onServerHello(surroundings, association, handshake, message);
  } else if (type === HandshakeType.CERTIFICATE) {
    const refusal = onCertificate(surroundings, handshake, message, now);
    if (refusal !== undefined) {
      failHandshake(surroundings, association, handshake, refusal.reason, refusal.alert);
    }
  } else if (type === HandshakeType.SERVER_KEY_EXCHANGE) {
    alert = onServerKeyExchange(surroundings, association, handshake, message);
  } else if (type === HandshakeType.CERTIFICATE_REQUEST) {
    alert = onCertificateRequest(association, handshake, message);
  } else if (type === HandshakeType.SERVER_HELLO_DONE) {
    alert = onServerHelloDone(surroundings, association, handshake, message, now);
  } else {
    alert = onFinished(surroundings, association, handshake, message, now);
  }
  if (alert !== undefined) failMalformed(surroundings, association, handshake, alert);
}

function onHelloVerifyRequest(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage, now: Milliseconds,
): AlertDescription | undefined {
  const cookie = decodeHelloVerifyRequest(message.body);
  if (!cookie.ok) return cookie.reason;
  if (handshake.nextMessage >= CLIENT_HELLOS_MAX) return Alert.UNEXPECTED_MESSAGE;
  handshake.hello = { ...handshake.hello, cookie: cookie.value };
  // RFC 6347 s4.2.1: the first ClientHello and this are no part of the transcript.
  handshake.transcript = new ByteWriter();
  sendHello(surroundings, association, handshake, now);
  return undefined;
}

function onServerHello(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage,
): AlertDescription | undefined {
  const decoded = decodeServerHello(message.body);
  if (!decoded.ok) return decoded.reason;
  const hello = decoded.value;
  const { extensions } = hello;
  const profile = handshake.profile as ClientProfile;
  const suite = profile.suites.find(({ id }) => id === hello.suite);
  if (suite === undefined) return Alert.ILLEGAL_PARAMETER;
  const alert = refusalOf(handshake, hello, suite);
  if (alert !== undefined) return alert;
  association.suite = suite;
  if (extensions.connectionId === undefined) surroundings.giveUpCid(association);
  else association.peerCid = extensions.connectionId;
  // RFC 6066 s4: a server that says nothing of it has no limit.
  association.plaintextMax = extensions.maxFragmentLength ?? PLAINTEXT_LENGTH_MAX;
  handshake.serverRandom = hello.random;
  handshake.hasEncryptThenMac = extensions.hasEncryptThenMac;
  handshake.hasExtendedMasterSecret = extensions.hasExtendedMasterSecret;
  handshake.sessionId = hello.sessionId;
  noteMessage(handshake, message);
  if (!isResumed(handshake.session, hello)) {
    handshake.session = undefined;
    if (!exchangeOf(association).isCertified) {
      handshake.state = 'SERVER_KEY_EXCHANGE';
      return undefined;
    }
    const types = takenTypes(profile, extensions);
    if (types === undefined) return Alert.UNSUPPORTED_CERTIFICATE;
    handshake.certificateTypes = types;
    association.security = securityOf(types);
    handshake.state = 'CERTIFICATE';
    return undefined;
  }
  const { master, security } = handshake.session as Session;
  handshake.master = master;
  association.security = security;
  deriveKeys(surroundings.crypto, association, handshake);
  handshake.state = 'FINISHED';
  return undefined;
}

/** RFC 5246 s7.4.1.3: the server says so by the id it was asked for. */
function isResumed(session: Session | undefined, hello: ServerHello): boolean {
  const { sessionId } = hello;
  return session !== undefined && sessionId.length > 0 && sessionId.length === session.id.length
    && sessionId.every((byte, index) => byte === session.id[index]);
}

/** The alert for a server that took what was not offered; undefined when all is well. */
function refusalOf(
  handshake: Handshake, hello: ServerHello, suite: Suite,
): AlertDescription | undefined {
  const { extensions } = hello;
  const profile = handshake.profile as ClientProfile;
  const offered = [
    ...(profile.serverName === undefined ? [] : [ExtensionType.SERVER_NAME]),
    ...(profile.maxFragmentLength === undefined ? [] : [ExtensionType.MAX_FRAGMENT_LENGTH]),
    ...(offersEncryptThenMac(profile, suite) ? [ExtensionType.ENCRYPT_THEN_MAC] : []),
    ...(profile.hasExtendedMasterSecret ? [ExtensionType.EXTENDED_MASTER_SECRET] : []),
    ...(profile.connectionId === 'none' ? [] : [ExtensionType.CONNECTION_ID]),
    ...(suite.keyExchange === 'ECDHE_ECDSA' && profile.rawKey !== undefined
      ? [ExtensionType.CLIENT_CERTIFICATE_TYPE, ExtensionType.SERVER_CERTIFICATE_TYPE] : []),
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
  if (session.suite !== suite) return Alert.ILLEGAL_PARAMETER;
  // RFC 7627 s5.3.
  return session.hasExtendedMasterSecret === extensions.hasExtendedMasterSecret ? undefined
    : Alert.HANDSHAKE_FAILURE;
}

/** Of the one server we know: any other key is wrong, whoever has it; or whom we believe it. */
function onCertificate(
  { crypto }: Surroundings, handshake: Handshake, message: HandshakeMessage, now: Milliseconds,
): Refusal | undefined {
  const { rawKey, x509 } = handshake.profile as ClientProfile;
  const { server } = handshake.certificateTypes as CertificateTypes;
  const refusal = takeCertificate(handshake, server, x509?.certificates, message.body);
  if (refusal !== undefined) return refusal;
  const { peerKey = NOTHING, peerChain } = handshake;
  if (peerChain !== undefined && x509 !== undefined) {
    const reason = serverRefusal(x509, peerChain, now);
    if (reason !== undefined) return refusalFor(reason);
  } else if (rawKey === undefined || !crypto.isEqual(peerKey, rawKey.serverKey)) {
    return refusalFor('unknown identity');
  }
  noteMessage(handshake, message);
  handshake.state = 'SERVER_KEY_EXCHANGE';
  return undefined;
}

function onServerKeyExchange(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage,
): AlertDescription | undefined {
  const alert = exchangeOf(association).take(surroundings, handshake, message.body);
  if (alert !== undefined) return alert;
  noteMessage(handshake, message);
  handshake.state = 'SERVER_HELLO_DONE';
  return undefined;
}

function onCertificateRequest(
  association: Association, handshake: Handshake, message: HandshakeMessage,
): AlertDescription | undefined {
  // RFC 5246 s7.4.4: once, and by nobody who shows no key himself.
  const mayAsk = exchangeOf(association).isCertified && !handshake.hasCertificateRequest;
  if (!mayAsk) return Alert.UNEXPECTED_MESSAGE;
  const isAccepted = acceptsOurSignature(message.body);
  if (isAccepted === undefined) return Alert.DECODE_ERROR;
  if (!isAccepted) return Alert.HANDSHAKE_FAILURE;
  // RFC 7250 s4.2: it wants X.509 by saying nothing, and we may have none.
  if (ownOf(handshake) === undefined) return Alert.HANDSHAKE_FAILURE;
  handshake.hasCertificateRequest = true;
  noteMessage(handshake, message);
  return undefined;
}

/** What this client shows of itself. */
function ownOf({ profile, certificateTypes }: Handshake): ReturnType<typeof ownCertificate> {
  const { client } = certificateTypes as CertificateTypes;
  return ownCertificate(client, profile?.rawKey?.keys, profile?.x509);
}

function onServerHelloDone(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage, now: Milliseconds,
): AlertDescription | undefined {
  if (message.body.length > 0) return Alert.DECODE_ERROR;
  const { crypto } = surroundings;
  const exchange = exchangeOf(association);
  if (handshake.state === 'SERVER_KEY_EXCHANGE') {
    const alert = exchange.take(surroundings, handshake, undefined);
    if (alert !== undefined) return alert;
  }
  const answer = exchange.answer(surroundings, handshake);
  if (!answer.ok) return answer.reason;
  noteMessage(handshake, message);
  const flight: FlightMessage[] = [];
  const add = (type: number, body: Uint8Array): void => {
    flight.push(nextMessage(handshake, type, body, 0));
  };
  const own = handshake.hasCertificateRequest ? ownOf(handshake) : undefined;
  if (own !== undefined) add(HandshakeType.CERTIFICATE, own.body);
  add(HandshakeType.CLIENT_KEY_EXCHANGE, answer.value.body);
  agree(crypto, handshake, answer.value.premaster);
  if (own !== undefined) {
    const writer = new ByteWriter();
    writeSignature(writer, crypto.sign(own.privateKey, handshake.transcript.view()));
    add(HandshakeType.CERTIFICATE_VERIFY, writer.finish());
  }
  deriveKeys(crypto, association, handshake);
  handshake.state = 'FINISHED';
  flight.push(...finishingMessages(crypto, association, handshake));
  startFlight(surroundings, association, handshake, flight, now);
  return undefined;
}

function onFinished(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  message: HandshakeMessage, now: Milliseconds,
): AlertDescription | undefined {
  const { crypto } = surroundings;
  if (!isFinishedGood(crypto, association, handshake, message.body)) return Alert.DECRYPT_ERROR;
  noteMessage(handshake, message);
  if (handshake.session === undefined) {
    finish(handshake, [], now);
    return undefined;
  }
  const flight = finishingMessages(crypto, association, handshake);
  startFlight(surroundings, association, handshake, flight, now);
  finish(handshake, flight, now);
  return undefined;
}
