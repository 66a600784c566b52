// DTLS of the load generator's peers, and the keys that the server has for them.

import type { Association } from '../core/dtls/association.ts';
import type { DtlsEvent, Owner } from '../core/dtls/events.ts';
import { DtlsLayer } from '../core/dtls/layer.ts';
import { SUITES } from '../core/dtls/suites.ts';
import { SystemClock } from '../core/io/clock.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import { SystemRandom } from '../core/io/random.ts';

/** Of all peers: it is the server that is measured. */
export const KEY = new Uint8Array(16).fill(7);

const clock = new SystemClock();
const crypto = new NodeCrypto();
const random = new SystemRandom();
const SERVER = { host: '127.0.0.1', port: 5684 };

/** A peer's way to the server; messages that are sent before `isReady` are lost. */
export class SecuredWay implements Owner {
  readonly #layer: DtlsLayer;
  readonly #association: Association;
  readonly #sendDatagram: (datagram: Uint8Array) => void;
  readonly #receive: (message: Uint8Array) => void;
  onReady: () => void = () => undefined;

  constructor(
    identity: string, sendDatagram: (datagram: Uint8Array) => void,
    receive: (message: Uint8Array) => void,
  ) {
    this.#sendDatagram = sendDatagram;
    this.#receive = receive;
    this.#layer = new DtlsLayer({ clock, random, crypto, owner: this, node: 0 });
    this.#association = this.#layer.connect(0, SERVER, {
      psk: { identity, key: KEY }, suites: SUITES.slice(0, 1), connectionId: 'empty',
      hasExtendedMasterSecret: true,
    });
  }

  say(message: Uint8Array): void {
    if (this.#association.isLive) this.#layer.send(this.#association, message);
  }

  hear(datagram: Uint8Array): void {
    this.#layer.receive(0, SERVER, datagram);
  }

  send(_listener: number, _address: unknown, datagram: Uint8Array): void {
    this.#sendDatagram(datagram);
  }

  plaintext(_association: Association, content: Uint8Array): void {
    this.#receive(content);
  }

  event({ kind, association }: DtlsEvent): void {
    if (kind === 'reserved') this.#layer.reserved(association, association.reservedSequence);
    else if (kind === 'established') this.onReady();
    else if (kind === 'failed') throw new Error('a handshake of the load failed');
  }
}
