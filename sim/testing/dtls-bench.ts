// A DTLS server and a client with a network between them that does to each datagram what a test
// says: in virtual time, with the cryptography of a run. Everything that happened is kept.

import type { Association } from '../../core/dtls/association.ts';
import type { DtlsEvent, Owner, SendOutcome } from '../../core/dtls/events.ts';
import type { ClientProfile } from '../../core/dtls/handshake.ts';
import { DtlsLayer, type DtlsOptions } from '../../core/dtls/layer.ts';
import { SUITES, SUITES_WITH_CBC } from '../../core/dtls/suites.ts';
import { endpointNames, type X509 } from '../../core/dtls/x509.ts';
import { decodeLossy, encodeUtf8 } from '../../core/bytes.ts';
import { TrustedCertificates } from '../../core/io/certificates.ts';
import type { Address, Certificates, Milliseconds } from '../../core/ports.ts';
import { ProcessClock, VirtualClock } from '../clock.ts';
import { SimulatedCrypto } from '../crypto.ts';
import { EPOCH } from '../epoch.ts';
import { SeededRandom } from '../random.ts';
import { TestAuthority } from './authority.ts';

export const SERVER: Address = { host: '192.0.2.1', port: 5684 };
export const DEVICE: Address = { host: '192.0.2.7', port: 40_000 };
export const IDENTITY = 'urn:dev:test-1';
export const KEY = Uint8Array.from({ length: 16 }, (_, index) => index);
export const LATENCY: Milliseconds = 10;

/** What becomes of a datagram: when it arrives, as often as there are times. */
export type Fate = readonly Milliseconds[];
export type Network = (from: 'client' | 'server', datagram: Uint8Array, index: number) => Fate;

const maker = new SimulatedCrypto(new SeededRandom(5));
export const SERVER_KEYS = maker.newKeyPair();
export const DEVICE_KEYS = maker.newKeyPair();

/** With a PSK, and ready for raw public keys if its suites are. */
export const PROFILE = {
  psk: { identity: IDENTITY, key: KEY },
  rawKey: { identity: IDENTITY, keys: DEVICE_KEYS, serverKey: SERVER_KEYS.publicKey },
  suites: SUITES.filter(({ keyExchange }) => keyExchange === 'PSK'), connectionId: 'empty',
  hasExtendedMasterSecret: true,
} as const satisfies ClientProfile;

export const AUTHORITY = new TestAuthority('bench');

/** An authority and nobody else, with its revocation lists. */
export function trustOf(
  { certificate }: TestAuthority, ...lists: readonly Uint8Array[]
): Certificates {
  const trusted = TrustedCertificates.of([certificate], lists);
  if (!trusted.ok) throw new Error(trusted.reason);
  return trusted.value;
}

export const SERVER_X509: X509 = {
  certificates: trustOf(AUTHORITY),
  own: {
    keys: SERVER_KEYS,
    chain: [AUTHORITY.certify(SERVER_KEYS.publicKey, {
      role: 'server', commonName: 'server', dnsNames: ['lwm2m.example'],
    })],
  },
  identityOf: (facts) => endpointNames(facts)[0],
};

/** With certificates. */
export const CERTIFIED = {
  suites: SUITES.filter(({ keyExchange }) => keyExchange === 'ECDHE_ECDSA').slice(0, 1),
  x509: {
    identity: IDENTITY, keys: DEVICE_KEYS, certificates: SERVER_X509.certificates,
    chain: [AUTHORITY.certify(DEVICE_KEYS.publicKey, { commonName: IDENTITY })],
    serverName: 'lwm2m.example',
  },
  connectionId: 'empty', hasExtendedMasterSecret: true,
} as const satisfies ClientProfile;

/** With raw public keys. */
export const RAW: ClientProfile = {
  ...PROFILE, suites: SUITES.filter(({ keyExchange }) => keyExchange === 'ECDHE_ECDSA').slice(0, 1),
};

const CBC_SUITES = SUITES_WITH_CBC.filter(({ aead }) => aead === undefined);

/** What a modem offers that has nothing else: with encrypt-then-MAC, or older ones without. */
export const CBC: ClientProfile = {
  ...PROFILE, suites: CBC_SUITES.filter(({ keyExchange }) => keyExchange === 'PSK'),
};
export const OLD_CBC: ClientProfile =
  { ...CBC, hasEncryptThenMac: false, hasExtendedMasterSecret: false };

/** What Zephyr offers: no extended master secret, small records. */
export const ZEPHYR: ClientProfile = {
  ...PROFILE, suites: SUITES.slice(0, 1), hasExtendedMasterSecret: false, maxFragmentLength: 1024,
};

export class DtlsEnd implements Owner {
  readonly name: 'client' | 'server';
  readonly events: DtlsEvent[] = [];
  /** What the peer said, as text. */
  readonly heard: string[] = [];
  readonly sent: { readonly address: Address; readonly datagram: Uint8Array }[] = [];
  layer: DtlsLayer;
  /** Reservations are never confirmed, instead of at once. */
  isDiskSlow = false;
  #clock: ProcessClock;
  readonly #options: Omit<DtlsOptions, 'owner' | 'clock'>;
  readonly #bench: DtlsBench;

  constructor(
    name: 'client' | 'server', bench: DtlsBench, options: Omit<DtlsOptions, 'owner' | 'clock'>,
  ) {
    this.name = name;
    this.#bench = bench;
    this.#options = options;
    this.#clock = new ProcessClock(bench.clock);
    this.layer = new DtlsLayer({ ...options, clock: this.#clock, owner: this });
  }

  /** The process begins anew, and knows nothing. */
  restart(): void {
    this.#clock.kill();
    this.#clock = new ProcessClock(this.#bench.clock);
    this.layer = new DtlsLayer({ ...this.#options, clock: this.#clock, owner: this });
  }

  send(_listener: number, address: Address, datagram: Uint8Array): void {
    this.sent.push({ address, datagram });
    this.#bench.carry(this.name, address, datagram);
  }

  plaintext(_association: Association, content: Uint8Array): void {
    this.heard.push(decodeLossy(content));
  }

  event(event: DtlsEvent): void {
    this.events.push(event);
    if (event.kind !== 'reserved' || this.isDiskSlow) return;
    this.layer.reserved(event.association, event.association.reservedSequence);
  }

  /** What the events of so far say, in few words. */
  get story(): string[] {
    return this.events.filter(({ kind }) => kind !== 'reserved').map((event) =>
      'reason' in event ? `${event.kind}: ${event.reason}` : event.kind);
  }

  /** The last one that came to live. */
  get association(): Association {
    const established = this.events.filter(({ kind }) => kind === 'established').at(-1);
    if (established === undefined) throw new Error(`${this.name} has none: ${this.story.join()}`);
    return established.association;
  }

  say(text: string, to: Association = this.association): SendOutcome {
    return this.layer.send(to, encodeUtf8(text));
  }
}

export interface DtlsBenchOptions {
  readonly seed?: number;
  readonly server?: Partial<DtlsOptions>;
  readonly client?: Partial<DtlsOptions>;
}

export class DtlsBench {
  readonly clock = new VirtualClock(EPOCH);
  /** For records that no layer makes. */
  readonly random = new SeededRandom(0);
  readonly crypto = new SimulatedCrypto(this.random);
  readonly server: DtlsEnd;
  readonly client: DtlsEnd;
  /** Where the client is now, as the server sees it. */
  device = DEVICE;
  network: Network = () => [LATENCY];
  #count = 0;

  constructor({ seed = 1, server, client }: DtlsBenchOptions = {}) {
    const random = new SeededRandom(seed);
    const options = (label: string) => {
      const own = random.fork(label);
      return {
        random: own, crypto: new SimulatedCrypto(own), node: 7, suites: SUITES_WITH_CBC,
        pskOf: (identity: string) => identity === IDENTITY ? PROFILE.psk : undefined,
        rawKeys: {
          own: SERVER_KEYS,
          identityOf: (key: Uint8Array) => maker.isEqual(key, DEVICE_KEYS.publicKey)
            ? IDENTITY : undefined,
        },
        x509: SERVER_X509,
      };
    };
    this.server = new DtlsEnd('server', this, { ...options('server'), ...server });
    this.client = new DtlsEnd('client', this, { ...options('client'), ...client });
  }

  carry(from: 'client' | 'server', to: Address, datagram: Uint8Array): void {
    const { host, port } = from === 'client' ? this.device : SERVER;
    for (const delay of this.network(from, datagram, this.#count++)) {
      const bytes = datagram.slice();
      this.clock.schedule(this.clock.now() + delay, {
        onDue: () => {
          if (from === 'client') this.server.layer.receive(0, { host, port }, bytes);
          else if (to.port === this.device.port && to.host === this.device.host) {
            this.client.layer.receive(0, SERVER, bytes);
          }
          // It belongs to the socket: who kept a part of it now has zeros.
          bytes.fill(0);
        },
      });
    }
  }

  connect(profile: ClientProfile = PROFILE): Association {
    return this.client.layer.connect(0, SERVER, profile);
  }

  run(span: Milliseconds): void {
    this.clock.runUntil(this.clock.now() + span);
  }

  /** A handshake without faults, both alive at its end. */
  static established(profile: ClientProfile = PROFILE, options: DtlsBenchOptions = {}): DtlsBench {
    const bench = new DtlsBench(options);
    bench.connect(profile);
    bench.run(1_000);
    return bench;
  }
}
