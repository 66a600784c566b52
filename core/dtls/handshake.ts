// What a handshake remembers while it lasts, and what server and client do alike in it: messages
// and their transcript, keys, Finished, the end (RFC 6347 s4.2, RFC 5246 s7.3).

import { ByteWriter } from '../bytes.ts';
import type {
  CertificateRefusal, Crypto, KeyPair, Milliseconds, NamedCurve, Random, Timer,
} from '../ports.ts';
import { Alert, encodeAlert, type AlertDescription } from './alerts.ts';
import { PROTECTED_EPOCH, type Association } from './association.ts';
import { SECP256R1, type Group } from './ecdhe.ts';
import { sendFlight, type FlightMessage } from './flight.ts';
import {
  encodeMessage, HandshakeType, RANDOM_LENGTH, type ClientHello, type HandshakeMessage,
} from './handshake-messages.ts';
import {
  CLIENT_FINISHED, extendedMasterSecret, keyBlock, masterSecret, SERVER_FINISHED, verifyData,
} from './prf.ts';
import type { CertificateTypes } from './certificate.ts';
import type { RawIdentity, RawKeys } from './key-exchange.ts';
import type { PskIdentity, PskOf } from './psk.ts';
import { Reassembly } from './reassembly.ts';
import { ContentType, plainRecord } from './record.ts';
import type { Session, Sessions } from './resumption.ts';
import { sealRecord } from './protection.ts';
import { keyBlockLengthOf, type Suite } from './suites.ts';
import type { X509, X509Identity } from './x509.ts';

/** What a handshake needs of the world around it. */
export interface Surroundings {
  readonly crypto: Crypto;
  readonly random: Random;
  /** In the order in which a server prefers them. */
  readonly suites: readonly Suite[];
  readonly pskOf: PskOf | undefined;
  readonly rawKeys: RawKeys | undefined;
  readonly x509: X509 | undefined;
  readonly sessions: Sessions;
  /** Whether our side of the association has a connection id, as bytes. */
  readonly cidOf: (association: Association) => Uint8Array | undefined;
  /** The client knows what connection ids are; or the server wants none. */
  readonly giveCid: (association: Association) => void;
  readonly giveUpCid: (association: Association) => void;
}

/** Which message is awaited; DONE when the association lives. */
export type HandshakeState =
  /** The rest of one in fragments, whose first has shown a good cookie. */
  | 'CLIENT_HELLO'
  | 'SERVER_HELLO'
  /** Or none of it, and ServerHelloDone at once. */
  | 'SERVER_KEY_EXCHANGE'
  | 'SERVER_HELLO_DONE'
  | 'CERTIFICATE' | 'CLIENT_KEY_EXCHANGE' | 'CERTIFICATE_VERIFY' | 'FINISHED' | 'DONE';

/** Why a handshake came to nothing, for the operator; the peer learns less. */
export type FailureReason =
  | 'unknown identity' | 'wrong key' | 'no common suite' | 'protocol version' | 'refused by peer'
  | 'malformed message' | 'unexpected message' | 'illegal parameter' | 'silent peer'
  | 'replaced by another' | 'too many handshakes' | 'closed' | 'no certificate'
  | CertificateRefusal;

export interface Failure {
  readonly reason: FailureReason;
  /** The alert that was sent or received. */
  readonly alert: number | undefined;
}

/** What a client is set up with. */
export interface ClientProfile {
  /** For the suites that are with a PSK. */
  readonly psk?: PskIdentity;
  /** For those with ECDSA: one of them, or both. */
  readonly rawKey?: RawIdentity;
  readonly x509?: X509Identity;
  /** For those with ephemeral keys: all that there are, unless it names some. */
  readonly curves?: readonly NamedCurve[] | undefined;
  readonly suites: readonly Suite[];
  /** What servers shall write into records to it: nothing known, nothing written, or an id. */
  readonly connectionId: 'none' | 'empty' | 'own';
  readonly hasExtendedMasterSecret: boolean;
  /** What suites with CBC are offered with, unless it says false: some devices do not know it. */
  readonly hasEncryptThenMac?: boolean | undefined;
  readonly maxFragmentLength?: number | undefined;
  /** RFC 6066 s3: the host it means to reach, for servers with several. */
  readonly serverName?: string | undefined;
}

export interface Handshake {
  state: HandshakeState;
  /** The client's own; or that of the client, without its lists before and after its answer. */
  hello: ClientHello;
  /** The message sequence number that it came by, at a server. */
  helloSequence: number;
  /** A ClientHello without its cookie has come since: who says this one again has started again. */
  isBegunAnew: boolean;
  serverRandom: Uint8Array;
  /** Undefined at a server. */
  readonly profile: ClientProfile | undefined;
  /** What a client offers to go on with, then what is gone on with. */
  session: Session | undefined;
  sessionId: Uint8Array;
  /** The host that the client means (RFC 6066 s3), in lower case. */
  serverName: string | undefined;
  hasExtendedMasterSecret: boolean;
  /** Both sides want it, and the suite is with CBC. */
  hasEncryptThenMac: boolean;
  isIdentityKnown: boolean;
  master: Uint8Array;
  /** Of the keys that are made for this handshake (ecdhe.ts). */
  group: Group;
  /** Those of a server, and what a client got of them. */
  ephemeral: KeyPair | undefined;
  peerPoint: Uint8Array | undefined;
  /** What each side shows, where both do. */
  certificateTypes: CertificateTypes | undefined;
  /** The public key that the peer has shown, and the certificates if it was by those. */
  peerKey: Uint8Array | undefined;
  peerChain: readonly Uint8Array[] | undefined;
  hasCertificateRequest: boolean;
  transcript: ByteWriter;
  reassembly: Reassembly;
  /** A ChangeCipherSpec of the peer has come; it has no sequence number of its own. */
  hasChangeCipherSpec: boolean;
  /** Both keys and ChangeCipherSpec are there: only the protected epoch is read. */
  isReading: boolean;
  /** Our ChangeCipherSpec has been sent. */
  isWriting: boolean;
  /** Records of the next epoch that came too early, as datagrams of their own. */
  early: Uint8Array[];
  nextMessage: number;
  /** Record sequence number in epoch 0. */
  plainSequence: number;
  flight: readonly FlightMessage[];
  /** When the flight is sent again, or the handshake is let go; Infinity for never. */
  due: Milliseconds;
  /** When it ends because of a Finished that could not be read; Infinity for never. */
  verdictAt: Milliseconds;
  /** An alert that nothing authenticates: why, if the peer says no more. */
  complaint: Failure | undefined;
  timeout: Milliseconds;
  retransmissions: number;
  /** Because the peer repeated itself. */
  repetitions: number;
  timer: Timer | undefined;
  /** Datagrams to be sent; the caller takes them after each step. */
  out: Uint8Array[];
  failure: Failure | undefined;
}

const NOTHING = new Uint8Array(0);
/** Of most handshakes, in bytes. */
const TRANSCRIPT_LENGTH = 512;

export function newHandshake(
  hello: ClientHello, profile: ClientProfile | undefined, state: HandshakeState,
): Handshake {
  return {
    state, hello, helloSequence: 0, isBegunAnew: false, profile, serverRandom: NOTHING,
    session: undefined, sessionId: NOTHING, serverName: undefined,
    hasExtendedMasterSecret: false, hasEncryptThenMac: false, isIdentityKnown: false,
    master: NOTHING, group: SECP256R1, ephemeral: undefined, peerPoint: undefined,
    certificateTypes: undefined, peerKey: undefined, peerChain: undefined,
    hasCertificateRequest: false,
    transcript: new ByteWriter(TRANSCRIPT_LENGTH), reassembly: new Reassembly(0),
    hasChangeCipherSpec: false, isReading: false, isWriting: false, early: [], nextMessage: 0,
    plainSequence: 0, flight: [], due: Infinity, verdictAt: Infinity, complaint: undefined,
    timeout: 0, retransmissions: 0, repetitions: 0, timer: undefined, out: [],
    failure: undefined,
  };
}

/** The random of a hello: RFC 5246 s7.4.1.2 puts the time into it, which helps nobody today. */
export function newRandom(random: Random): Uint8Array {
  return random.bytes(RANDOM_LENGTH);
}

/** Our next message: part of the transcript, and to be sent with a flight. */
export function nextMessage(
  handshake: Handshake, type: number, body: Uint8Array, epoch: number,
): FlightMessage {
  const bytes = encodeMessage({ type, sequence: handshake.nextMessage++, body });
  handshake.transcript.bytes(bytes);
  return { contentType: ContentType.HANDSHAKE, epoch, bytes };
}

/** Of the peer. RFC 6347 s4.2.6: as if it had come in one fragment. */
export function noteMessage(handshake: Handshake, message: HandshakeMessage): void {
  handshake.transcript.bytes(encodeMessage(message));
}

/** The master secret of a full handshake; the transcript ends with the ClientKeyExchange. */
export function agree(crypto: Crypto, handshake: Handshake, premaster: Uint8Array): void {
  const { hello, serverRandom, transcript } = handshake;
  handshake.master = handshake.hasExtendedMasterSecret
    ? extendedMasterSecret(crypto, premaster, transcript.view())
    : masterSecret(crypto, premaster, hello.random, serverRandom);
}

/** Keys from the master secret: from here on the protected epoch can be read and written. */
export function deriveKeys(crypto: Crypto, association: Association, handshake: Handshake): void {
  const { master, hello, serverRandom, hasEncryptThenMac } = handshake;
  const length = keyBlockLengthOf(association.suite);
  const block = keyBlock(crypto, master, hello.random, serverRandom, length);
  association.setKeys(block, hasEncryptThenMac);
}

const CHANGE_CIPHER_SPEC: FlightMessage = {
  contentType: ContentType.CHANGE_CIPHER_SPEC, epoch: 0, bytes: Uint8Array.of(1),
};

/** ChangeCipherSpec and Finished, which end a flight of either side. */
export function finishingMessages(
  crypto: Crypto, association: Association, handshake: Handshake,
): FlightMessage[] {
  const label = association.role === 'client' ? CLIENT_FINISHED : SERVER_FINISHED;
  const data = verifyData(crypto, handshake.master, label, handshake.transcript.view());
  handshake.isWriting = true;
  return [
    CHANGE_CIPHER_SPEC, nextMessage(handshake, HandshakeType.FINISHED, data, PROTECTED_EPOCH),
  ];
}

/** Whether the peer has heard and said what we have, and knows the master secret. */
export function isFinishedGood(
  crypto: Crypto, association: Association, handshake: Handshake, body: Uint8Array,
): boolean {
  const label = association.role === 'client' ? SERVER_FINISHED : CLIENT_FINISHED;
  const { master, transcript } = handshake;
  return crypto.isEqual(body, verifyData(crypto, master, label, transcript.view()));
}

/** Ends it, with the alert that the peer is told, if any. */
export function failHandshake(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  reason: FailureReason, alert: AlertDescription | undefined,
): void {
  if (alert !== undefined) {
    const content = encodeAlert(alert);
    const { crypto, random } = surroundings;
    handshake.out.push(handshake.isWriting
      ? sealRecord(crypto, random, association, ContentType.ALERT, content)
      : plainRecord(ContentType.ALERT, handshake.plainSequence++, content));
  }
  handshake.failure = { reason, alert };
}

const REASONS: ReadonlyMap<AlertDescription, FailureReason> = new Map([
  [Alert.DECODE_ERROR, 'malformed message'], [Alert.PROTOCOL_VERSION, 'protocol version'],
  [Alert.UNEXPECTED_MESSAGE, 'unexpected message'], [Alert.DECRYPT_ERROR, 'wrong key'],
  [Alert.CERTIFICATE_UNKNOWN, 'unknown identity'],
]);

/** The reason that belongs to the alert of a message that could not be read. */
export function failMalformed(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  alert: AlertDescription,
): void {
  const reason = REASONS.get(alert) ?? 'illegal parameter';
  failHandshake(surroundings, association, handshake, reason, alert);
}

/** The name a client goes by here, in events and in what it keeps of sessions. */
export function nameOf({ psk, rawKey, x509 }: ClientProfile): string {
  return psk?.identity ?? rawKey?.identity ?? x509?.identity ?? '';
}

/** A new flight, sent at once and until it is answered. */
export function startFlight(
  surroundings: Surroundings, association: Association, handshake: Handshake,
  flight: readonly FlightMessage[], now: Milliseconds,
): void {
  handshake.flight = flight;
  handshake.timeout = RETRANSMIT_FIRST;
  handshake.due = now + handshake.timeout;
  handshake.retransmissions = 0;
  handshake.repetitions = 0;
  sendFlight(surroundings, association, handshake);
}

/** RFC 6347 s4.2.4.1: doubled each time, to a minute. */
export const RETRANSMIT_FIRST: Milliseconds = 1_000;
export const RETRANSMIT_MAX: Milliseconds = 60_000;
/** At 1, 3, 7, 15, 31 and 63 s; the handshake ends at 123 s. */
export const RETRANSMISSIONS_MAX = 6;
/** RFC 6347 s4.2.4: who spoke last keeps his flight for twice the life of a segment. */
export const LAST_FLIGHT_LIFETIME: Milliseconds = 240_000;

/** It is done: the last flight, if it was ours, stays to be asked for. */
export function finish(
  handshake: Handshake, lastFlight: readonly FlightMessage[], now: Milliseconds,
): void {
  handshake.state = 'DONE';
  handshake.transcript = new ByteWriter();
  handshake.early = [];
  handshake.flight = lastFlight;
  handshake.due = lastFlight.length > 0 ? now + LAST_FLIGHT_LIFETIME : now;
  handshake.verdictAt = Infinity;
}

/** When something is to be done, whatever it is. */
export function nextDue({ due, verdictAt }: Handshake): Milliseconds {
  return Math.min(due, verdictAt);
}

/** What is due: the flight again, or the end. */
export function onHandshakeDue(
  surroundings: Surroundings, association: Association, handshake: Handshake, now: Milliseconds,
): void {
  if (now >= handshake.verdictAt) {
    const reason = handshake.isIdentityKnown ? 'wrong key' : 'unknown identity';
    failHandshake(surroundings, association, handshake, reason, Alert.DECRYPT_ERROR);
    return;
  }
  if (handshake.retransmissions >= RETRANSMISSIONS_MAX) {
    handshake.failure = handshake.complaint ?? { reason: 'silent peer', alert: undefined };
    return;
  }
  handshake.retransmissions++;
  handshake.timeout = Math.min(2 * handshake.timeout, RETRANSMIT_MAX);
  handshake.due = now + handshake.timeout;
  sendFlight(surroundings, association, handshake);
}
