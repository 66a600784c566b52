// The LwM2M server: datagrams in, datagrams and commits out, the same in production and in
// virtual time. Everything it touches arrives as a port.

import { BlockwiseLayer } from '../core/coap/blockwise.ts';
import type { OutboundRequest } from '../core/coap/exchange.ts';
import { PAYLOAD_BYTES_MAX } from '../core/lwm2m/content-format.ts';
import { ObjectModels } from '../core/lwm2m/models.ts';
import { PeerTable } from '../core/peer.ts';
import type {
  BodyFiles, Clock, Log, Peer, Random, Store, Transport,
} from '../core/ports.ts';
import { profileOf, type Profile, type ServerConfig } from './config.ts';
import { sendNext } from './downlink.ts';
import { Host } from './host.ts';
import { awaitReports } from './overdue.ts';
import { restore } from './restore.ts';
import { bodyLengthMax, onNotification, onRequest } from './uplink.ts';

export interface ServerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly store: Store;
  readonly bodies: BodyFiles;
  readonly log: Log;
}

const NON_TYPE_BITS = 0x10;

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
      blockSize: (peer) => this.#profileOf(peer).blockSize,
      bodyLengthMax,
      blockLimits: { bodyLength: PAYLOAD_BYTES_MAX },
      onProgress: (request) => this.#onProgress(request),
      messageIdSeed: facts.messageIdSeed,
      limits: { peers: Infinity },
    });
    this.#peers = new PeerTable((peer) => this.#layer.forget(peer));
    this.host = new Host({
      clock: ports.clock, random: ports.random.fork('sessions'), store: ports.store,
      bodies: ports.bodies, log: ports.log, config, layer: this.#layer, peers: this.#peers, models,
    });
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

  /** Takes in one datagram; none makes it throw. */
  receive(listener: number, host: string, port: number, datagram: Uint8Array): void {
    const { captures } = this.host;
    if (!captures.isOn) return this.#handle(listener, host, port, datagram);
    captures.received(this.#peers.meet(listener, host, port), datagram);
    this.#handle(listener, host, port, datagram);
    captures.handled();
  }

  #handle(listener: number, host: string, port: number, datagram: Uint8Array): void {
    if (this.#isShed(datagram)) {
      this.host.counters.shed++;
      return;
    }
    const received = this.#layer.receive(this.#peers.meet(listener, host, port), datagram);
    if (received.kind === 'notification') onNotification(this.host, received.notification);
    else if (received.kind === 'request') onRequest(this.host, received.request);
  }

  #send(peer: Peer, datagram: Uint8Array): void {
    const { captures } = this.host;
    if (captures.isOn) captures.sent(peer, datagram);
    this.#transport.send(peer, datagram);
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
