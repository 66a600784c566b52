// What both sides of a DTLS handshake say, record by record, and ends of the same seed to say it
// to again, or something like it: as they draw the same, they understand it, keys and all.

import { toHex } from '../../core/bytes.ts';
import { Association, CID_LENGTH } from '../../core/dtls/association.ts';
import type { ClientProfile } from '../../core/dtls/handshake.ts';
import { sealRecord } from '../../core/dtls/protection.ts';
import { parseRecord } from '../../core/dtls/record.ts';
import { SUITES } from '../../core/dtls/suites.ts';
import type { Certificates, KeyPair, NamedCurve, Random } from '../../core/ports.ts';
import { SimulatedCrypto } from '../crypto.ts';
import { SeededRandom } from '../random.ts';
import {
  CBC, CERTIFIED, DEVICE, DtlsBench, KEY, OLD_CBC, PROFILE, RAW, SERVER, SERVER_X509, ZEPHYR,
  type DtlsEnd,
} from './dtls-bench.ts';

export type Role = 'client' | 'server';

/** A kind of handshake: what is agreed on, and whether it goes on with a session. */
export interface Kind {
  readonly name: string;
  readonly profile: ClientProfile;
  readonly isResumed: boolean;
}

/** Results that depend on nothing but what they are of, from all ends of a process. */
const remembered = new Map<string, unknown>();
const REMEMBERED_MAX = 5_000;

function once<Value>(parts: readonly (string | Uint8Array)[], make: () => Value): Value {
  const key = parts.map((part) => typeof part === 'string' ? part : toHex(part)).join(' ');
  if (!remembered.has(key)) {
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(key, make());
  }
  return remembered.get(key) as Value;
}

const { certificates } = SERVER_X509;
const rememberedCertificates: Certificates = {
  read: (certificate) => once(['read', certificate], () => certificates.read(certificate)),
  refusalOf: (chain, role, now) => once(['refusal', role, `${now}`, ...chain], () =>
    certificates.refusalOf(chain, role, now)),
  isRevoked: (serial) => certificates.isRevoked(serial),
};

export const ECDHE_PSK: ClientProfile = {
  ...PROFILE, suites: SUITES.filter(({ keyExchange }) => keyExchange === 'ECDHE_PSK').slice(0, 1),
};

const REMEMBERING_X509: ClientProfile = {
  ...CERTIFIED, x509: { ...CERTIFIED.x509, certificates: rememberedCertificates },
};

/** Each key exchange in full and gone on with, with connection ids of all forms and without. */
export const KINDS: readonly Kind[] = [
  ...kindsOf('PSK', PROFILE, ['empty', 'none', 'own']),
  ...kindsOf('PSK of Zephyr', ZEPHYR, ['empty']),
  ...kindsOf('ECDHE_PSK', ECDHE_PSK, ['empty', 'none']),
  ...kindsOf('raw public keys', RAW, ['empty', 'none', 'own']),
  ...kindsOf('X.509', REMEMBERING_X509, ['empty', 'none']),
  ...kindsOf('CBC with encrypt-then-MAC', CBC, ['empty']),
  ...kindsOf('CBC with MAC-then-encrypt', OLD_CBC, ['none']),
];

function kindsOf(
  name: string, profile: ClientProfile, ids: readonly ClientProfile['connectionId'][],
): Kind[] {
  return ids.flatMap((connectionId) => [false, true].map((isResumed) => ({
    name: `${name}${isResumed ? ', gone on with' : ''}, connection id: ${connectionId}`,
    profile: { ...profile, connectionId }, isResumed,
  })));
}

/** As any other end's, but curves take milliseconds, and what was computed once is remembered. */
export class RememberingCrypto extends SimulatedCrypto {
  readonly #random: Random;

  constructor(random: Random) {
    super(random);
    this.#random = random;
  }

  override newKeyPair(curve: NamedCurve = 'secp256r1'): KeyPair {
    const privateKey = this.#random.bytes(32);
    const drawn = { bytes: () => privateKey } as Partial<Random> as Random;
    return once(['pair', curve, privateKey], () => new SimulatedCrypto(drawn).newKeyPair(curve));
  }

  override sharedSecret(
    privateKey: Uint8Array, publicKey: Uint8Array, curve: NamedCurve = 'secp256r1',
  ): Uint8Array | undefined {
    return once(['shared', curve, privateKey, publicKey], () =>
      super.sharedSecret(privateKey, publicKey, curve));
  }

  override sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    return once(['signed', privateKey, message], () => super.sign(privateKey, message));
  }

  override verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return once(['verified', publicKey, message, signature], () =>
      super.verify(publicKey, message, signature));
  }
}

/** Both ends of a seed, ready to begin; whoever goes on with a session has had one. */
export function endsOf({ profile, isResumed }: Kind, seed = 1): DtlsBench {
  const random = new SeededRandom(seed, 'ends');
  const options = (label: string) => {
    const own = random.fork(label);
    const pskOf = (identity: string) => ({ identity, key: KEY });
    const x509 = { ...SERVER_X509, certificates: rememberedCertificates };
    return { random: own, crypto: new RememberingCrypto(own), pskOf, x509 };
  };
  const bench = new DtlsBench({ server: options('server'), client: options('client') });
  if (!isResumed) return bench;
  bench.connect(profile);
  bench.run(500);
  bench.client.layer.end(bench.client.association);
  bench.run(100);
  for (const end of [bench.client, bench.server]) {
    for (const list of [end.events, end.sent, end.heard]) list.length = 0;
  }
  return bench;
}

export interface Told {
  /** Records of the client and of the server in a whole handshake, in their order. */
  readonly up: readonly Uint8Array[];
  readonly down: readonly Uint8Array[];
  readonly bench: DtlsBench;
}

export function told(kind: Kind, seed = 1): Told {
  const bench = endsOf(kind, seed);
  bench.connect(kind.profile);
  bench.run(500);
  const [up, down] = [bench.client, bench.server].map(({ sent }) =>
    sent.flatMap(({ datagram }) => recordsOf(datagram)));
  return { up: up as Uint8Array[], down: down as Uint8Array[], bench };
}

/** Each record of a datagram, alone. */
export function recordsOf(datagram: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let start = 0; start < datagram.length;) {
    const frame = parseRecord(datagram, start, CID_LENGTH);
    if (frame === undefined) throw new Error('only for datagrams of ours');
    records.push(datagram.slice(start, frame.to));
    start = frame.to;
  }
  return records;
}

/** An end of the seed that hears nobody but who gives it records. */
export interface Listener {
  readonly bench: DtlsBench;
  readonly end: DtlsEnd;
  readonly hear: (datagram: Uint8Array) => void;
}

/** A client has said its ClientHello. */
export function listenerOf(kind: Kind, role: Role): Listener {
  const bench = endsOf(kind);
  bench.network = () => [];
  if (role === 'client') bench.connect(kind.profile);
  const end = bench[role];
  const from = role === 'client' ? SERVER : DEVICE;
  return { bench, end, hear: (datagram) => end.layer.receive(0, from, datagram) };
}

/** The same keys and numbers, for records that its owner does not know of. */
export function twinOf(association: Association): Association {
  const { role, suite, ownCid, peerCid, writeSequence } = association;
  const twin = new Association(0, role, 0, DEVICE);
  twin.suite = suite;
  twin.importKeys(association.exportKeys());
  return Object.assign(twin, { ownCid, peerCid, writeSequence });
}

/** What the owner of the association would write, with its next number. */
export function sealedBy(
  { crypto, random }: DtlsBench, association: Association, type: number, content: Uint8Array,
): Uint8Array {
  return sealRecord(crypto, random, association, type, content);
}
