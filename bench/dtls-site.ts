// A server of DTLS and clients that come one after another without a network between, for benches.

import type { Association } from '../core/dtls/association.ts';
import type { DtlsEvent, Owner } from '../core/dtls/events.ts';
import type { ClientProfile } from '../core/dtls/handshake.ts';
import { DtlsLayer, type DtlsOptions } from '../core/dtls/layer.ts';
import type { PskIdentity } from '../core/dtls/psk.ts';
import { SUITES, type Suite } from '../core/dtls/suites.ts';
import type { X509 } from '../core/dtls/x509.ts';
import type { Address, Crypto } from '../core/ports.ts';
import { VirtualClock } from '../sim/clock.ts';
import { SimulatedCrypto } from '../sim/crypto.ts';
import { EPOCH } from '../sim/epoch.ts';
import { SeededRandom } from '../sim/random.ts';

export const SERVER: Address = { host: '10.0.0.1', port: 5684 };
export const KEY = new Uint8Array(16).fill(7);
const ROUNDS = 6;
export const SLEEPERS = 100_000;
export const SERVER_KEYS = new SimulatedCrypto(new SeededRandom(1)).newKeyPair();
const CCM_8: readonly Suite[] = SUITES.filter(({ id }) => id === 0xc0a8);

/** What the device of that number has to prove who it is. */
export type Proof = (index: number) => Pick<ClientProfile, 'psk' | 'rawKey' | 'x509' | 'suites'>;

export const withPsk: Proof = (index) => ({
  psk: { identity: identityOf(index), key: KEY }, suites: CCM_8,
});

export class Site implements Owner {
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

  constructor(crypto: Crypto, x509?: X509) {
    this.server = layerOf(this.clock, crypto, this, 'server', {
      // One key, and a device each time, as more of one device would close each other.
      rawKeys: { own: SERVER_KEYS, identityOf: () => identityOf(this.#proved++) }, x509,
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
  connect(crypto: Crypto, index: number, proof: Proof = withPsk): DtlsLayer {
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
      ...proof(index), connectionId: 'empty', hasExtendedMasterSecret: false,
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
  clock: VirtualClock, crypto: Crypto, owner: Owner, label: string,
  proofs: Pick<DtlsOptions, 'rawKeys' | 'x509'> = {},
): DtlsLayer {
  const random = new SeededRandom(1, label);
  const known = credentials();
  const pskOf = (identity: string) => known.get(identity);
  return new DtlsLayer({ clock, random, crypto, owner, node: 1, pskOf, ...proofs });
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

export function identityOf(index: number): string {
  return `urn:imei:${352_656_104_000_000 + index}`;
}

function addressOf(index: number): Address {
  return { host: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, port: 5684 };
}

/** A second of CPU time of each, the best of rounds in turn, so that both see the same machine. */
export function best(
  count: number, contestants: readonly [() => void, () => void],
): [number, number] {
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
