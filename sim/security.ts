// DTLS of a simulated device: a client of its own, which shakes hands when the device first has
// something to say and anew when the server no longer answers. What is sealed for it or by it can
// be read here, for those who watch the network.

import type { Association } from '../core/dtls/association.ts';
import type { DtlsEvent, Owner } from '../core/dtls/events.ts';
import type { ClientProfile, FailureReason } from '../core/dtls/handshake.ts';
import type { RawIdentity } from '../core/dtls/key-exchange.ts';
import { DtlsLayer } from '../core/dtls/layer.ts';
import { openRecord } from '../core/dtls/protection.ts';
import { ContentType, parseRecord } from '../core/dtls/record.ts';
import { exportAssociation, importAssociation } from '../core/dtls/stored.ts';
import { SUITES, type KeyExchangeName } from '../core/dtls/suites.ts';
import type { X509Identity } from '../core/dtls/x509.ts';
import type { Address, Clock, Random } from '../core/ports.ts';
import { SimulatedCrypto } from './crypto.ts';
import type { Direction } from './scenario/model.ts';

/** How a device proves who it is (server-proofs.ts makes the last two). */
export type SecurityOptions =
  | { readonly kind: 'psk'; readonly identity: string; readonly key: Uint8Array }
  | { readonly kind: 'rpk'; readonly rawKey: RawIdentity }
  | { readonly kind: 'x509'; readonly x509: X509Identity };

/** What a device's security needs of it. */
export interface Secured {
  /** A datagram is ready to leave. */
  radiate(datagram: Uint8Array): void;
  /** The server said something. */
  hear(message: Uint8Array): void;
  /** A handshake came to nothing, maybe by an alert (alerts.ts) of either side. */
  failed(reason: FailureReason, alert: number | undefined): void;
}

/** Messages that wait for a handshake; a device has no more under way at a time. */
const WAITING_MAX = 8;
/** It knows one server. */
const SERVER: Address = { host: 'server', port: 5684 };
/** Half of the keys are for what one side writes, half for the other. */
const KEYS_OF_A_SIDE = 20;

export class DeviceSecurity implements Owner {
  /** Full handshakes and resumed ones that came to an end. */
  handshakes = 0;
  readonly #device: Secured;
  readonly #options: SecurityOptions;
  readonly #clock: Clock;
  readonly #crypto: SimulatedCrypto;
  readonly #random: Random;
  #dtls: DtlsLayer;
  #association: Association | undefined;
  #waiting: Uint8Array[] = [];
  /** What was read of datagrams that are under way. */
  #readers: Readers | undefined;
  readonly #read = new WeakMap<Uint8Array, Uint8Array>();

  constructor(device: Secured, options: SecurityOptions, clock: Clock, random: Random) {
    this.#device = device;
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#crypto = new SimulatedCrypto(random);
    this.#dtls = this.#newLayer();
  }

  /** A message of the device leaves, once it has somebody to say it to. */
  transmit(message: Uint8Array): void {
    const association = this.#association;
    if (association?.isLive === true) {
      this.#dtls.send(association, message);
      return;
    }
    if (this.#waiting.length === WAITING_MAX) this.#waiting.shift();
    this.#waiting.push(message);
    if (association === undefined) this.#connect();
  }

  receive(datagram: Uint8Array): void {
    this.#dtls.receive(0, SERVER, datagram);
  }

  /** The server does not answer: maybe it has forgotten who this is. */
  renew(): void {
    const before = this.#association;
    this.#association = undefined;
    this.#waiting = [];
    if (before !== undefined) this.#dtls.end(before);
  }

  /** Power off: all of it was in memory. */
  reset(): void {
    this.#association = undefined;
    this.#waiting = [];
    this.#dtls = this.#newLayer();
  }

  /** The message in a datagram of either side; undefined when it carries none. */
  read(direction: Direction, datagram: Uint8Array): Uint8Array | undefined {
    const known = this.#read.get(datagram);
    if (known !== undefined) return known;
    const message = this.#open(direction, datagram);
    if (message !== undefined) this.#read.set(datagram, message);
    return message;
  }

  // --- Owner

  send(_listener: number, _address: Address, datagram: Uint8Array): void {
    this.#device.radiate(datagram);
  }

  plaintext(_association: Association, content: Uint8Array): void {
    this.#device.hear(content);
  }

  event(event: DtlsEvent): void {
    const { association } = event;
    if (event.kind === 'reserved') {
      // It keeps nothing over a power cycle, so nothing is to be reserved on a disk.
      this.#dtls.reserved(association, association.reservedSequence);
    } else if (association !== this.#association) return;
    else if (event.kind === 'established') {
      this.handshakes++;
      for (const message of this.#waiting.splice(0)) this.#dtls.send(association, message);
    } else if (event.kind !== 'moved') {
      this.#association = undefined;
      if (event.kind === 'failed') this.#device.failed(event.reason, event.alert);
    }
  }

  #newLayer(): DtlsLayer {
    return new DtlsLayer({
      clock: this.#clock, random: this.#random, crypto: this.#crypto, owner: this, node: 0,
    });
  }

  #connect(): void {
    const profile = profileOf(this.#options);
    // Before the first datagram leaves: whoever watches asks what is in it.
    this.#association = undefined;
    this.#association = this.#dtls.connect(0, SERVER, profile);
  }

  #open(direction: Direction, datagram: Uint8Array): Uint8Array | undefined {
    const association = this.#association;
    if (association?.isLive !== true) return undefined;
    const frame = parseRecord(datagram, 0, association.peerCid.length);
    if (frame === undefined || frame.epoch === 0) return undefined;
    if (this.#readers?.id !== association.id) this.#readers = readersOf(association);
    const reader = this.#readers[direction];
    // It has no memory of what came before.
    reader.newest = -1;
    const opened = openRecord(this.#crypto, reader, datagram, frame);
    return opened?.type === ContentType.APPLICATION_DATA ? opened.content : undefined;
  }
}

/** With the one suite that a small device has for it, of the short tag. */
function profileOf(options: SecurityOptions): ClientProfile {
  const suite = (by: KeyExchangeName) => SUITES.filter(({ keyExchange, aead }) =>
    keyExchange === by && aead?.tagLength === 8);
  const others = { connectionId: 'empty', hasExtendedMasterSecret: true } as const;
  switch (options.kind) {
    case 'psk': {
      const { identity, key } = options;
      return { ...others, suites: suite('PSK'), psk: { identity, key } };
    }
    case 'rpk': return { ...others, suites: suite('ECDHE_ECDSA'), rawKey: options.rawKey };
    default: return { ...others, suites: suite('ECDHE_ECDSA'), x509: options.x509 };
  }
}

type Readers = Readonly<Record<Direction, Association>> & { readonly id: number };

/** The receivers of both directions. */
function readersOf(association: Association): Readers {
  const stored = exportAssociation(association);
  const { id, keys, peerCid } = stored;
  const swapped = new Uint8Array(keys.length);
  swapped.set(keys.subarray(KEYS_OF_A_SIDE));
  swapped.set(keys.subarray(0, KEYS_OF_A_SIDE), keys.length - KEYS_OF_A_SIDE);
  const ownCid = peerCid.length > 0 ? 0 : undefined;
  return {
    id, down: importAssociation(stored),
    up: importAssociation({ ...stored, keys: swapped, ownCid, peerCid: new Uint8Array(0) }),
  };
}
