// The LwM2M server: datagrams in, datagrams and commits out, the same in production and in
// virtual time. Everything it touches arrives as a port.

import { BlockwiseLayer } from '../core/coap/blockwise.ts';
import type { OutboundRequest } from '../core/coap/exchange.ts';
import { Association } from '../core/dtls/association.ts';
import { PAYLOAD_BYTES_MAX } from '../core/lwm2m/content-format.ts';
import { ObjectModels } from '../core/lwm2m/models.ts';
import { PeerTable } from '../core/peer.ts';
import type {
  BodyFiles, Clock, Crypto, Log, Peer, Random, Store, Transport,
} from '../core/ports.ts';
import type { ServerProofs } from './associations.ts';
import { profileOf, type Profile, type ServerConfig } from './config.ts';
import { sendNext } from './downlink.ts';
import { Host } from './host.ts';
import { awaitReports } from './overdue.ts';
import { restore } from './restore.ts';
import { bodyLengthMax, onNotification, onRequest } from './uplink.ts';

export interface ServerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  /** What secrets at rest are sealed with: SECRET_KEY_LENGTH bytes. */
  readonly secretKey: Uint8Array;
  /** None: devices prove who they are by keys that both have, if at all. */
  readonly proofs?: ServerProofs | undefined;
  readonly transport: Transport;
  readonly store: Store;
  readonly bodies: BodyFiles;
  readonly log: Log;
}

const NON_TYPE_BITS = 0x10;
const BLOCK_SIZE_MIN = 16;
/** Of a message that carries a block: header, token, path and the other options. */
const BLOCK_OVERHEAD = 128;

export class Lwm2mServer {
  readonly host: Host;
  readonly #layer: BlockwiseLayer;
  readonly #peers: PeerTable;
  readonly #transport: Transport;

  /** `models` may be added to while the server runs. */
  constructor(ports: ServerPorts, config: ServerConfig, models = new ObjectModels()) {
    const facts = ports.store.load();
    this.#transport = ports.transport;
    this.#layer = new BlockwiseLayer({
      clock: ports.clock,
      random: ports.random.fork('coap'),
      transport: { send: (peer, datagram) => this.#send(peer, datagram) },
      ackTimeout: (peer) => this.#profileOf(peer).ackTimeout,
      blockSize: (peer) => blockSizeOf(peer, this.#profileOf(peer).blockSize),
      bodyLengthMax,
      blockLimits: { bodyLength: PAYLOAD_BYTES_MAX },
      onProgress: (request) => this.#onProgress(request),
      messageIdSeed: facts.messageIdSeed,
      limits: { peers: Infinity },
    });
    this.#peers = new PeerTable(
      (peer) => this.#layer.forget(peer), { nextId: facts.nextAssociation });
    const { clock, crypto, secretKey, proofs = {}, transport, store, bodies, log } = ports;
    this.host = new Host({
      clock, random: ports.random.fork('sessions'), crypto, secretKey, proofs, transport,
      store, bodies, log, config, layer: this.#layer, peers: this.#peers, models,
    });
    this.host.associations.onMessage = (peer, message) => this.#take(peer, message);
    this.host.sendNext = (device) => sendNext(this.host, device);
    restore(this.host, facts);
    // Those that still listen need not wait for their next message.
    const now = ports.clock.now();
    for (const device of this.host.devices.values()) {
      if (this.host.deadline(device, 'lifetime') > now) sendNext(this.host, device);
      for (const observation of device.observations) {
        if (observation.state === 'established') awaitReports(this.host, device, observation, now);
      }
    }
  }

  /** Takes in one datagram of CoAP; none makes it throw. */
  receive(listener: number, host: string, port: number, datagram: Uint8Array): void {
    this.#take(this.#peers.meet(listener, host, port), datagram);
  }

  /** Takes in one datagram of DTLS; none makes it throw. */
  receiveSecured(listener: number, host: string, port: number, datagram: Uint8Array): void {
    this.host.associations.receive(listener, { host, port }, datagram);
  }

  #take(peer: Peer, message: Uint8Array): void {
    const { captures } = this.host;
    if (!captures.isOn) return this.#handle(peer, message);
    captures.received(peer, message);
    this.#handle(peer, message);
    captures.handled();
  }

  #handle(peer: Peer, message: Uint8Array): void {
    if (this.#isShed(message)) {
      this.host.counters.shed++;
      return;
    }
    const received = this.#layer.receive(peer, message);
    if (received.kind === 'notification') onNotification(this.host, received.notification);
    else if (received.kind === 'request') onRequest(this.host, received.request);
  }

  #send(peer: Peer, datagram: Uint8Array): void {
    const { captures } = this.host;
    if (captures.isOn) captures.sent(peer, datagram);
    if (peer.security === 'none') this.#transport.send(peer, datagram);
    else this.host.associations.transmit(peer, datagram);
  }

  /** Takes in one datagram of syslog; none makes it throw. */
  receiveLog(host: string, port: number, datagram: Uint8Array): void {
    this.host.logs.receive({ host, port }, datagram);
  }

  /**
   * When the writer falls behind, what is non-confirmable goes first, then confirmable
   * notifications, which come again by themselves. Confirmable requests wait, since any answer but
   * 2.01 to a Register parks a Zephyr device for 20 minutes; at twice as much they are as if lost.
   */
  #isShed(datagram: Uint8Array): boolean {
    const { backlogShed, backlogMax } = this.host.config.limits;
    const backlog = this.host.store.backlog();
    if (backlog < backlogShed) return false;
    const [head = 0, code = 0] = datagram;
    const isNotification = code >> 5 === 2 && (head & 0x20) === 0;
    if ((head & 0x30) === NON_TYPE_BITS) return true;
    const isRequest = code >> 5 === 0 && code !== 0;
    return isNotification && backlog >= backlogMax || isRequest && backlog >= 2 * backlogMax;
  }

  /** A block of a long body: the device listens on from here. */
  #onProgress(request: OutboundRequest): void {
    const device = this.host.byPeer.get(request.peer.id)?.find((one) => (
      one.request === request || one.longNotifications.some((long) => long.request === request)
    ));
    if (device === undefined) return;
    this.host.hear(device, this.host.clock.now());
    const [operation] = device.operations;
    if (operation !== undefined && this.host.bodies.hasProgressed(operation.id)) {
      this.host.tell({ kind: 'device', endpoint: device.endpoint });
    }
  }

  #profileOf(peer: Peer): Profile {
    const device = this.host.byPeer.get(peer.id)?.[0];
    return device?.profile ?? profileOf(this.host.config, '');
  }
}

/** Of blocks that fit, with what stands before them, into what the peer takes at once. */
function blockSizeOf(peer: Peer, wanted: number): number {
  if (!(peer instanceof Association)) return wanted;
  let size = wanted;
  while (size > BLOCK_SIZE_MIN && size + BLOCK_OVERHEAD > peer.plaintextMax) size /= 2;
  return size;
}
