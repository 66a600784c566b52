// The whole border between logic and the world. Each port has two implementations from the first
// day: core/io (or core/store) for production and sim/ for virtual time. Nothing else may touch
// the clock, randomness, sockets or disk.

import type { Result } from './result.ts';
import type { Change, Facts } from './store/changes.ts';

/** Milliseconds since the Unix epoch, or a span of them; LwM2M itself speaks Seconds. */
export type Milliseconds = number;
export type Seconds = number;

/** What a timer runs. An object rather than a closure: 100,000 idle devices each hold one. */
export interface Task {
  onDue(now: Milliseconds): void;
}

/** A scheduled task; `due` never changes. */
export interface Timer {
  readonly due: Milliseconds;
}

export interface Clock {
  /** Never goes back while the process lives. */
  now(): Milliseconds;
  /** Runs `task` at `due`; equal due times run in the order of scheduling. */
  schedule(due: Milliseconds, task: Task): Timer;
  /** Cancelling a timer that has run is allowed and does nothing. */
  cancel(timer: Timer): void;
}

export interface Random {
  /** An integer from 0 to 2^32-1. */
  uint32(): number;
  /** An integer from 0 to bound-1; bound is from 1 to 2^32. */
  below(bound: number): number;
  bytes(length: number): Uint8Array;
  /** An independent stream: a draw more here changes nothing there. */
  fork(label: string): Random;
}

/** As TLS calls them (RFC 8422 s5.1.1). The first is that of LwM2M (Transport 1.1.1 s5.2). */
export type NamedCurve = 'secp256r1' | 'x25519';

export interface KeyPair {
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
  /**
   * On secp256r1 the uncompressed point, 65 bytes: TLS knows no other form (RFC 8422 s5.1.2). On
   * x25519 32 bytes (RFC 7748 s5).
   */
  readonly publicKey: Uint8Array;
}

/** Authenticated encryption with keys of 16 bytes, as a suite of TLS names it. */
export interface Aead {
  readonly algorithm: 'aes-128-ccm' | 'aes-128-gcm';
  /** Bytes behind the ciphertext. */
  readonly tagLength: 8 | 16;
}

/**
 * Cryptography, synchronous. The made keys and the signatures are what differs between the world
 * and a run; everything else is a function of its arguments.
 */
export interface Crypto {
  /** On secp256r1 if nothing else is said. */
  newKeyPair(curve?: NamedCurve): KeyPair;
  /**
   * What both ends of a key agreement compute, on the curve of newKeyPair(); undefined when the
   * public key is no point, or one whose secret is zero with every key (RFC 7748 s6.1).
   */
  sharedSecret(
    privateKey: Uint8Array, publicKey: Uint8Array, curve?: NamedCurve,
  ): Uint8Array | undefined;
  /** ECDSA on secp256r1 with SHA-256, in DER. */
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** False also for what is no signature or no key. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** SHA-256. */
  hash(message: Uint8Array): Uint8Array;
  /** HMAC with SHA-256 (RFC 2104). */
  hmac(key: Uint8Array, message: Uint8Array): Uint8Array;
  /** Writes ciphertext and tag into `target` from `at`; the caller has made the room. */
  seal(aead: Aead, secrets: Secrets, plaintext: Uint8Array, target: Uint8Array, at: number): void;
  /** The plaintext of ciphertext and tag; undefined when they are not authentic. */
  open(aead: Aead, secrets: Secrets, sealed: Uint8Array): Uint8Array | undefined;
  /** AES-128-CBC of whole blocks without padding; writes as many into `target` from `at`. */
  encryptCbc(
    key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array, target: Uint8Array, at: number,
  ): void;
  /** The reverse. */
  decryptCbc(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array;
  /** Takes the same time wherever they differ; lengths are no secret. */
  isEqual(one: Uint8Array, other: Uint8Array): boolean;
}

/** What a certificate says, believed or not (RFC 5280 s4.1). */
export interface CertificateFacts {
  /** Its point on secp256r1, 65 bytes. */
  readonly publicKey: Uint8Array;
  /** The one CN of its subject; undefined when there is none or more than one. */
  readonly commonName: string | undefined;
  /** Of the subjectAltName. */
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  /** As people read names: `CN=..., O=...`. */
  readonly issuer: string;
  /** In hex. */
  readonly serial: string;
  readonly notBefore: Milliseconds;
  readonly notAfter: Milliseconds;
}

/** Why nobody should believe a certificate, for people. */
export type CertificateRefusal =
  | 'malformed certificate' | 'unsupported key' | 'unsupported extension' | 'chain too long'
  | 'unknown authority' | 'certificate expired' | 'certificate not yet valid'
  | 'certificate revoked' | 'revocation list out of date' | 'wrong key usage';

/** Certificates of X.509 and the authorities that are trusted, synchronous (RFC 5280). */
export interface Certificates {
  /** Of one in DER; fails with the first three refusals alone. */
  read(certificate: Uint8Array): Result<CertificateFacts, CertificateRefusal>;
  /**
   * Why the first of a chain is not to be believed now as that of such a peer; undefined when it
   * is. Each of the chain certifies the one before it, and an authority that is trusted the last.
   */
  refusalOf(
    chain: readonly Uint8Array[], role: 'client' | 'server', now: Milliseconds,
  ): CertificateRefusal | undefined;
  /**
   * Whether a revocation list names the serial number, in hex, whoever's it is: for people, since
   * two authorities may give the same one.
   */
  isRevoked(serial: string): boolean;
}

/** What an AEAD needs beside the text (RFC 5116 s2.1). */
export interface Secrets {
  readonly key: Uint8Array;
  /** 12 bytes, never twice with the same key. */
  readonly nonce: Uint8Array;
  /** Authenticated, not encrypted. */
  readonly additional: Uint8Array;
}

/** A UDP address in canonical form: `::ffff:a.b.c.d` is written a.b.c.d. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where somebody is reached. */
export interface Place {
  /** Index of the listening socket it was met on; answers leave from there. */
  readonly listener: number;
  readonly address: Address;
}

/** How a peer has proved who it is (LwM2M Transport 1.1.1 s5.2.8 to s5.2.11). */
export type Security = 'none' | 'psk' | 'rpk' | 'x509';

/**
 * Whom we talk to: without security one per (listener, address), interned by core/peer.ts, with
 * DTLS one per association. All protocol state is keyed by `id`, never by the address.
 */
export interface Peer extends Place {
  readonly id: number;
  readonly security: Security;
  /** What it has proved to be; '' without security. */
  readonly identity: string;
}

/** To places in the world, and inside the server to peers. */
export interface Transport<To extends Place = Place> {
  /** Sends now or drops; UDP promises nothing more. */
  send(to: To, datagram: Uint8Array): void;
}

/** Numbers one durable group; tickets grow, and a later one implies all earlier ones. */
export type Ticket = number;

export interface Store {
  /** What the last run left, read once at start. */
  load(): Facts;
  /** Adds the changes to the open group and returns the ticket of that group. */
  commit(changes: readonly Change[]): Ticket;
  /** Called with the highest ticket that is on disk, in the order of tickets. */
  onCommitted(listener: (ticket: Ticket) => void): void;
  /** Changes accepted but not yet on disk: what back-pressure is judged by. */
  backlog(): number;
}

/** A body that is on the disk. */
export interface StoredBody {
  readonly name: string;
  /** In bytes. */
  readonly length: number;
  /** When it was sealed. */
  readonly at: Milliseconds;
}

/**
 * Bodies too long for memory: files in production. Until it is sealed a body is a draft, which does
 * not outlive the process. What the disk refuses is said as the end of a sentence.
 */
export interface BodyFiles {
  /** Those that the last run left sealed, read once at start. */
  load(): readonly StoredBody[];
  /** Adds to a draft, and begins it. */
  append(name: string, bytes: Uint8Array): string | undefined;
  /** What a draft holds is void. */
  clear(name: string): void;
  /** Calls `done`, never inside, once it is on the disk under its name, or cannot be. */
  seal(name: string, done: (refusal: string | undefined) => void): void;
  /** Of a sealed one the bytes from `start` up to `end` or its own end; undefined: it is gone. */
  read(name: string, start: number, end: number): Uint8Array | undefined;
  /** A draft, a sealed one, or one that is being sealed; harmless when there is none. */
  remove(name: string): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** What went wrong or happened, for people; never what a peer is told. No secrets. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
