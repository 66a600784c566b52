// What DTLS costs a server: handshakes, records to and fro, and the memory of who sleeps. Each with
// what node:crypto alone takes for the same, since nothing of ours can be faster than that.

import type { Association } from '../core/dtls/association.ts';
import type { DtlsEvent, Owner } from '../core/dtls/events.ts';
import { LAST_FLIGHT_LIFETIME } from '../core/dtls/handshake.ts';
import { DtlsLayer } from '../core/dtls/layer.ts';
import type { RawKeys } from '../core/dtls/key-exchange.ts';
import type { PskIdentity } from '../core/dtls/psk.ts';
import { exportAssociation } from '../core/dtls/stored.ts';
import { SUITES, type Suite } from '../core/dtls/suites.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import type { Address, Aead, Crypto, KeyPair, Secrets } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import { VirtualClock } from '../sim/clock.ts';
import { SimulatedCrypto } from '../sim/crypto.ts';
import { EPOCH } from '../sim/epoch.ts';
import { SeededRandom } from '../sim/random.ts';
import { figure, type Figure, type Options } from './result.ts';

const SERVER: Address = { host: '10.0.0.1', port: 5684 };
const KEY = new Uint8Array(16).fill(7);
const RECORD_BYTES = 100;
const ROUNDS = 6;
const SLEEPERS = 100_000;
const [SERVER_KEYS, DEVICE_KEYS] = [1, 2].map((seed) =>
  new SimulatedCrypto(new SeededRandom(seed)).newKeyPair()) as [KeyPair, KeyPair];
const CCM_8: readonly Suite[] = SUITES.filter(({ id }) => id === 0xc0a8);
const ECDSA_CCM_8 = SUITES.filter(({ id }) => id === 0xc0ae);
const CCM_8_AEAD: Aead = { algorithm: 'aes-128-ccm', tagLength: 8 };

/** A server, and clients that come one after another without a network between. */
class Site implements Owner {
  readonly clock = new VirtualClock(EPOCH);
  readonly server: DtlsLayer;
  /** What clients sent, from where. */
  readonly datagrams: [Address, Uint8Array][] = [];
  readonly associations: Association[] = [];
  heard = 0;
  #proved = 0;
  #client: DtlsLayer | undefined;
  #waiting: [Address, Uint8Array][] = [];
  #replies: Uint8Array[] = [];

  constructor(crypto: Crypto) {
    this.server = layerOf(this.clock, crypto, this, 'server', {
      // One key, and a device each time, as more of one device would close each other.
      own: SERVER_KEYS, identityOf: () => identityOf(this.#proved++),
    });
  }

  send(_listener: number, _address: Address, datagram: Uint8Array): void {
    this.#replies.push(datagram);
  }

  plaintext(): void {
    this.heard++;
  }

  /** Nothing is stored, and so there is nothing to wait for. */
  event(event: DtlsEvent): void {
    if (event.kind === 'reserved') confirm(this.server, event);
  }

  /** One handshake to its end. */
  connect(crypto: Crypto, index: number, suites = CCM_8): DtlsLayer {
    const address = addressOf(index);
    const owner: Owner = {
      send: (_listener, _address, datagram) => { this.#waiting.push([address, datagram]); },
      plaintext: () => {},
      event: (event) => {
        if (event.kind === 'established') this.associations.push(event.association);
        if (event.kind === 'reserved' && this.#client !== undefined) confirm(this.#client, event);
      },
    };
    const client = layerOf(this.clock, crypto, owner, `client ${index}`);
    this.#client = client;
    client.connect(0, SERVER, {
      psk: { identity: identityOf(index), key: KEY },
      rawKey: { identity: 'device', keys: DEVICE_KEYS, serverKey: SERVER_KEYS.publicKey },
      suites, connectionId: 'empty', hasExtendedMasterSecret: false,
    });
    this.#exchange();
    return client;
  }

  /** What the client sent that nobody took. */
  takeWaiting(): Uint8Array[] {
    return this.#waiting.splice(0).map(([, datagram]) => datagram);
  }

  dropReplies(): void {
    this.#replies = [];
  }

  forgetClient(): void {
    this.#client = undefined;
  }

  #exchange(): void {
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting.splice(0, 1) as [[Address, Uint8Array]];
      this.datagrams.push(first);
      this.server.receive(0, ...first);
      for (const reply of this.#replies.splice(0)) this.#client?.receive(0, SERVER, reply);
    }
  }
}

function confirm(layer: DtlsLayer, { association }: DtlsEvent): void {
  layer.reserved(association, association.reservedSequence);
}

function layerOf(
  clock: VirtualClock, crypto: Crypto, owner: Owner, label: string, rawKeys?: RawKeys,
): DtlsLayer {
  const random = new SeededRandom(1, label);
  const known = credentials();
  const pskOf = (identity: string) => known.get(identity);
  return new DtlsLayer({ clock, random, crypto, owner, node: 1, pskOf, rawKeys });
}

let made: Map<string, PskIdentity> | undefined;

/** As a server has them, before anybody comes. */
function credentials(): Map<string, PskIdentity> {
  made ??= new Map(Array.from({ length: SLEEPERS }, (_, index) => {
    const identity = identityOf(index);
    return [identity, { identity, key: KEY }];
  }));
  return made;
}

function identityOf(index: number): string {
  return `urn:imei:${352_656_104_000_000 + index}`;
}

function addressOf(index: number): Address {
  return { host: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, port: 5684 };
}

export function dtlsHandshakePsk({ isQuick }: Options): Figure {
  return handshakeRate('dtls.handshake.psk', CCM_8, isQuick ? 300 : 3_000);
}

/** With raw public keys on both sides. */
export function dtlsHandshakeEcdsa({ isQuick }: Options): Figure {
  return handshakeRate('dtls.handshake.ecdsa', ECDSA_CCM_8, isQuick ? 100 : 1_000);
}

/**
 * The server alone: what clients said to a server of the same seed is said again, and as nothing
 * is left to chance it answers the same.
 */
function handshakeRate(name: string, suites: readonly Suite[], count: number): Figure {
  const original = new Recorder();
  const site = new Site(original);
  const clientCrypto = new NodeCrypto();
  for (let index = 0; index < count; index++) site.connect(clientCrypto, index, suites);
  assert(site.server.sizes().associations === count, 'all handshakes came to their end');
  const [ours, bare] = best(count, [
    () => {
      const again = new Site(new Repeater(original));
      for (const [address, datagram] of site.datagrams) again.server.receive(0, address, datagram);
      assert(again.server.sizes().associations === count, 'it is as before');
    },
    () => original.repeat(),
  ]);
  return figure(name, ours, 'handshakes/s', { reference: bare });
}

/** Does all the work, and then says what was said before where chance is in it. */
class Repeater extends NodeCrypto {
  readonly #original: Recorder;
  #pairs = 0;
  #signatures = 0;

  constructor(original: Recorder) {
    super();
    this.#original = original;
  }

  override newKeyPair(): KeyPair {
    super.newKeyPair();
    return this.#original.pairs[this.#pairs++] as KeyPair;
  }

  override sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    super.sign(privateKey, message);
    return this.#original.signatures[this.#signatures++] as Uint8Array;
  }
}

/** Remembers the calls, with arguments of their own, to make them again without us. */
class Recorder extends NodeCrypto {
  readonly pairs: KeyPair[] = [];
  readonly signatures: Uint8Array[] = [];
  readonly #calls: (() => unknown)[] = [];

  override newKeyPair(): KeyPair {
    this.#calls.push(() => super.newKeyPair());
    const keys = super.newKeyPair();
    this.pairs.push(keys);
    return keys;
  }

  override sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
    const own = publicKey.slice();
    this.#calls.push(() => super.sharedSecret(privateKey, own));
    return super.sharedSecret(privateKey, publicKey);
  }

  override sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    const own = message.slice();
    this.#calls.push(() => super.sign(privateKey, own));
    const signature = super.sign(privateKey, message);
    this.signatures.push(signature);
    return signature;
  }

  override verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const [own, ownSignature] = [message.slice(), signature.slice()];
    this.#calls.push(() => super.verify(publicKey, own, ownSignature));
    return super.verify(publicKey, message, signature);
  }

  override hash(message: Uint8Array): Uint8Array {
    const own = message.slice();
    this.#calls.push(() => super.hash(own));
    return super.hash(message);
  }

  override hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
    const [ownKey, own] = [key.slice(), message.slice()];
    this.#calls.push(() => super.hmac(ownKey, own));
    return super.hmac(key, message);
  }

  override seal(
    aead: Aead, secrets: Secrets, plaintext: Uint8Array, target: Uint8Array, at: number,
  ): void {
    const [own, ownPlaintext, ownTarget] = [copyOf(secrets), plaintext.slice(), target.slice()];
    this.#calls.push(() => super.seal(aead, own, ownPlaintext, ownTarget, at));
    super.seal(aead, secrets, plaintext, target, at);
  }

  override open(aead: Aead, secrets: Secrets, sealed: Uint8Array): Uint8Array | undefined {
    const [own, ownSealed] = [copyOf(secrets), sealed.slice()];
    this.#calls.push(() => super.open(aead, own, ownSealed));
    return super.open(aead, secrets, sealed);
  }

  repeat(): void {
    for (const call of this.#calls) call();
  }
}

function copyOf({ key, nonce, additional }: Secrets): Secrets {
  return { key: key.slice(), nonce: nonce.slice(), additional: additional.slice() };
}

const RECORDS = 20_000;

/** Records of a device with a connection id, opened by the server: each once, as it must be. */
export function dtlsOpen({ isQuick }: Options): Figure {
  const count = isQuick ? RECORDS / 10 : RECORDS;
  const crypto = new NodeCrypto();
  const { site, client, association } = pair(crypto);
  const [kept] = [...site.server.live()];
  assert(kept !== undefined, 'it lives');
  const stored = exportAssociation(kept);
  const plaintext = new Uint8Array(RECORD_BYTES);
  for (let index = 0; index < count; index++) client.send(association, plaintext);
  const records = site.takeWaiting();
  const [ours, bare] = best(count, [
    () => {
      const again = new Site(crypto);
      assert(again.server.import(stored) !== undefined, 'there is room');
      for (const record of records) again.server.receive(0, SERVER, record);
      assert(again.heard === count, 'all were opened');
    },
    bareOpen(crypto, count),
  ]);
  return figure('dtls.open', ours, 'records/s', { reference: bare });
}

export function dtlsSeal({ isQuick }: Options): Figure {
  const count = isQuick ? RECORDS / 10 : RECORDS;
  const crypto = new NodeCrypto();
  const { site } = pair(crypto);
  const [association] = [...site.server.live()];
  assert(association !== undefined, 'it lives');
  const plaintext = new Uint8Array(RECORD_BYTES);
  const { secrets, target } = bareSecrets();
  const [ours, bare] = best(count, [
    () => {
      for (let index = 0; index < count; index++) site.server.send(association, plaintext);
      site.dropReplies();
    },
    () => {
      for (let index = 0; index < count; index++) {
        crypto.seal(CCM_8_AEAD, secrets, plaintext, target, 0);
      }
    },
  ]);
  return figure('dtls.seal', ours, 'records/s', { reference: bare });
}

function pair(crypto: Crypto): {
  site: Site; client: DtlsLayer; association: Association;
} {
  const site = new Site(crypto);
  const client = site.connect(crypto, 0);
  const [association] = site.associations;
  assert(association !== undefined, 'the handshake came to its end');
  return { site, client, association };
}

function bareSecrets(): { secrets: Secrets; target: Uint8Array } {
  const secrets = {
    key: KEY, nonce: new Uint8Array(12), additional: new Uint8Array(28),
  };
  return { secrets, target: new Uint8Array(RECORD_BYTES + CCM_8_AEAD.tagLength) };
}

function bareOpen(crypto: Crypto, count: number): () => void {
  const { secrets, target } = bareSecrets();
  crypto.seal(CCM_8_AEAD, secrets, new Uint8Array(RECORD_BYTES), target, 0);
  return () => {
    for (let index = 0; index < count; index++) {
      assert(crypto.open(CCM_8_AEAD, secrets, target) !== undefined, 'it is authentic');
    }
  };
}

/** Idle: their handshakes are over, and what could have had to be repeated is let go. */
export function dtlsAssociationBytes({ isQuick }: Options): Figure {
  const collect = globalThis.gc;
  assert(collect !== undefined, 'run with --expose-gc, as npm run bench does');
  const count = isQuick ? SLEEPERS / 10 : SLEEPERS;
  const crypto = new NodeCrypto();
  const site = new Site(crypto);
  collect();
  const before = process.memoryUsage();
  for (let index = 0; index < count; index++) {
    site.connect(crypto, index);
    site.datagrams.length = 0;
    site.associations.length = 0;
    site.clock.runUntil(site.clock.now() + 100);
  }
  site.clock.runUntil(site.clock.now() + 2 * LAST_FLIGHT_LIFETIME);
  site.forgetClient();
  collect();
  collect();
  const after = process.memoryUsage();
  const { associations, handshakes, sessions } = site.server.sizes();
  assert(associations === count && handshakes === 0, 'all of them sleep');
  const heap = after.heapUsed - before.heapUsed;
  const external = after.external - before.external;
  return figure('dtls.association.bytes', (heap + external) / count, 'bytes', {
    notes: [
      `heap ${Math.round(heap / count)}, external ${Math.round(external / count)}; `
      + `${sessions} sessions to resume are in it`,
    ],
  });
}

/** A second of CPU time of each, the best of rounds in turn, so that both see the same machine. */
function best(count: number, contestants: readonly [() => void, () => void]): [number, number] {
  const most: [number, number] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    contestants.forEach((contestant, index) => {
      const start = process.cpuUsage();
      contestant();
      const { user, system } = process.cpuUsage(start);
      most[index] = Math.max(most[index] as number, count / ((user + system) / 1e6));
    });
  }
  return most;
}
