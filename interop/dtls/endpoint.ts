// Our layer on a socket of its own, as the peers of the DTLS matrix meet it. The server as a whole
// is checked in story.ts; this is about security alone.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Association } from '../../core/dtls/association.ts';
import type { DtlsEvent, Owner } from '../../core/dtls/events.ts';
import { DtlsLayer } from '../../core/dtls/layer.ts';
import { SUITES_WITH_CBC, type Suite } from '../../core/dtls/suites.ts';
import type { X509, X509Identity } from '../../core/dtls/x509.ts';
import { SystemClock } from '../../core/io/clock.ts';
import { NodeCrypto } from '../../core/io/crypto.ts';
import { SystemRandom } from '../../core/io/random.ts';
import type { Address, KeyPair } from '../../core/ports.ts';
import { until } from '../until.ts';

export const HOST = '127.0.0.1';
export const IDENTITY = 'urn:dev:interop';
export const KEY = 'interop-secret-1';
export const WRONG_KEY = 'interop-secret-2';

/** What our client knows of its server. */
interface Server {
  readonly identity: string;
  readonly suite: Suite;
  readonly serverKey: Uint8Array;
  /** With which it has certificates and no keys. */
  readonly x509: X509Identity | undefined;
}

/** What our server has besides keys. */
export interface EndpointOptions {
  readonly x509?: X509 | undefined;
  /** All that there are, unless it has few. */
  readonly ourSuites?: readonly Suite[] | undefined;
}

export class Endpoint implements Owner {
  readonly layer: DtlsLayer;
  readonly rawKeys: KeyPair;
  readonly events: DtlsEvent[] = [];
  readonly heard: string[] = [];
  /** The identity that has the key; one of the greatest length makes fragments necessary. */
  identity = IDENTITY;
  /** The raw public key of the client, a point. */
  clientKey: Uint8Array | undefined;
  /** What is done with what is heard, besides keeping it. */
  onHeard: (association: Association, content: Uint8Array) => void = () => {};
  readonly #clock = new SystemClock();
  readonly #socket: Socket = createSocket('udp4');

  constructor({ x509, ourSuites = SUITES_WITH_CBC }: EndpointOptions = {}) {
    const crypto = new NodeCrypto();
    this.rawKeys = crypto.newKeyPair();
    const identityOf = (key: Uint8Array): string | undefined =>
      this.clientKey && Buffer.compare(this.clientKey, key) === 0 ? IDENTITY : undefined;
    this.layer = new DtlsLayer({
      clock: this.#clock, random: new SystemRandom(), crypto, owner: this, node: 1,
      pskOf: (identity) =>
        identity === this.identity ? { identity, key: Buffer.from(KEY) } : undefined,
      rawKeys: { own: this.rawKeys, identityOf }, x509, suites: ourSuites,
    });
    this.#socket.on('message', (datagram, { address, port }) =>
      this.layer.receive(0, { host: address, port }, datagram));
  }

  async listen(): Promise<this> {
    this.#socket.bind(0, HOST);
    await once(this.#socket, 'listening');
    return this;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Begins a handshake as a client, which has the same raw keys as our server. */
  connect(port: number, { identity, suite, serverKey, x509 }: Server): Association {
    return this.layer.connect(0, { host: HOST, port }, {
      ...(x509 ? { x509 } : {
        psk: { identity, key: Buffer.from(KEY) },
        rawKey: { identity, keys: this.rawKeys, serverKey },
      }),
      suites: [suite], connectionId: 'empty', hasExtendedMasterSecret: true,
    });
  }

  send(_listener: number, { host, port }: Address, datagram: Uint8Array): void {
    this.#socket.send(datagram, port, host);
  }

  plaintext(association: Association, content: Uint8Array): void {
    this.heard.push(Buffer.from(content).toString());
    this.onHeard(association, content);
  }

  event(event: DtlsEvent): void {
    this.events.push(event);
    // Nothing of it outlives the process.
    if (event.kind === 'reserved') {
      this.layer.reserved(event.association, event.association.reservedSequence);
    }
  }

  /** The first event of the kind, or the one after so many, when it has come. */
  next<Kind extends DtlsEvent['kind']>(
    kind: Kind, after = 0,
  ): Promise<Extract<DtlsEvent, { readonly kind: Kind }>> {
    const isOne = (event: DtlsEvent): event is Extract<DtlsEvent, { readonly kind: Kind }> =>
      event.kind === kind;
    return until(`the layer says "${kind}"`, () => this.events.filter(isOne)[after],
      () => `It said: ${this.events.map((event) => describe(event)).join(', ')}`);
  }

  close(): void {
    this.#clock.stop();
    this.#socket.close();
  }
}

function describe(event: DtlsEvent): string {
  return 'reason' in event ? `${event.kind} (${event.reason})` : event.kind;
}
