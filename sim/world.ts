// A small world in virtual time: the production server on virtual ports, simulated devices, a
// lossy network, a store that can crash. A run is a value: the same seed gives the same trace.
// With a driver (driver.ts) the same world stands in real time, on sockets and a real disk.

import type { ServerConfig } from '../actors/config.ts';
import { Lwm2mServer } from '../actors/server.ts';
import type { Address, Log, Milliseconds, Place } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import { SECRET_KEY_LENGTH } from '../core/secret-box.ts';
import { SimulatedBodies } from './body-files.ts';
import { ProcessClock, VirtualClock } from './clock.ts';
import { SimulatedCrypto } from './crypto.ts';
import { DeviceLayer } from './device-layer.ts';
import { SimulatedDevice, type DeviceOptions, type Uplink } from './device.ts';
import type { Connected, Driver, WorldStore } from './driver.ts';
import { EPOCH } from './epoch.ts';
import { Network, type Joining, type Link } from './network.ts';
import type { NetworkRules } from './network-rules.ts';
import type { DeviceNews, Observer, SaidContent } from './observer.ts';
import { SeededRandom } from './random.ts';
import type { SecurityOptions } from './security.ts';
import { SERVER_PROOFS } from './server-proofs.ts';
import { emptyDisk, SimulatedStore } from './store.ts';
import { Trace } from './trace.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly network: NetworkRules;
  readonly config: ServerConfig;
  /** Undefined: all is in the world, and its time is virtual. */
  readonly driver?: Driver;
}

export { EPOCH } from './epoch.ts';
/** Of the server's key file; what is on a simulated disk is nobody's secret. */
export const SECRET_KEY = new Uint8Array(SECRET_KEY_LENGTH);
const SECURED_LISTENER = 1;
/** Where devices find the server. */
export const SERVER: Address = { host: '10.0.0.1', port: 5683 };

/** A device's end of its link. */
class NetworkUplink implements Uplink {
  readonly #network: Network;
  readonly #clock: VirtualClock;
  link: Link | undefined = undefined;
  /** Takes the datagrams ahead of the link. */
  socket: Connected['send'] = undefined;

  constructor(network: Network, clock: VirtualClock) {
    this.#network = network;
    this.#clock = clock;
  }

  send(datagram: Uint8Array): void {
    if (this.socket !== undefined) this.socket(datagram);
    else if (this.link !== undefined) this.#network.sendUp(this.link, datagram);
  }

  tell(device: SimulatedDevice, what: DeviceNews): void {
    this.#network.observers.device(this.#clock.now(), device, what);
  }

  say(device: SimulatedDevice, content: SaidContent): void {
    this.#network.observers.said(this.#clock.now(), device, content);
  }
}

/** One life of the server: it ends with a crash. */
interface Process {
  readonly server: Lwm2mServer;
  readonly store: WorldStore;
  readonly clock: ProcessClock;
}

export class World {
  readonly clock: VirtualClock;
  readonly trace = new Trace();
  readonly disk = emptyDisk();
  readonly network: Network;
  /** What the next start of the server runs with. */
  config: ServerConfig;
  readonly #random: SeededRandom;
  readonly #deviceLayer: DeviceLayer;
  readonly #driver: Driver | undefined;
  #process: Process | undefined;
  #starts = 0;
  /** By endpoint. */
  readonly #devices = new Map<string, SimulatedDevice>();

  constructor(options: WorldOptions) {
    this.#random = new SeededRandom(options.seed);
    this.#driver = options.driver;
    this.clock = options.driver?.clock ?? new VirtualClock(EPOCH);
    this.config = options.config;
    const random = this.#random.fork('network');
    this.network = new Network(this.clock, random, this.trace, options.network);
    this.#deviceLayer = new DeviceLayer(this.clock, this.#random.fork('devices'));
    this.#driver?.begin(this.network);
    if (!this.isServerElsewhere) this.startServer();
  }

  /** The devices speak to a server that is not ours: of it nothing is known but its datagrams. */
  get isServerElsewhere(): boolean {
    return this.#driver !== undefined && this.#driver.ground === undefined;
  }

  get server(): Lwm2mServer {
    assert(this.#process !== undefined, 'the server is up');
    return this.#process.server;
  }

  /** The running server's disk, to slow it down. */
  get store(): SimulatedStore {
    const store = this.#process?.store;
    assert(store instanceof SimulatedStore, 'the server is up, and its disk simulated');
    return store;
  }

  /** Changes not on the disk yet. */
  get backlog(): number {
    return this.#process?.store.backlog() ?? 0;
  }

  startServer(): void {
    assert(this.#process === undefined, 'the server is down');
    const ground = this.#driver?.ground;
    const random = ground?.random ?? this.#random.fork(`server ${this.#starts++}`);
    const clock = new ProcessClock(this.clock);
    const store = ground?.open(this.disk)
      ?? new SimulatedStore(clock, random.fork('store'), this.trace, this.disk);
    const transport = {
      send: ({ address }: Place, datagram: Uint8Array) => {
        this.network.sendDown(address, datagram);
      },
    };
    const bodies = new SimulatedBodies(clock, this.disk);
    const crypto = new SimulatedCrypto(random.fork('crypto'));
    const ports = {
      clock, random, crypto, secretKey: SECRET_KEY, proofs: SERVER_PROOFS, transport, store,
      bodies, log: this.#log,
    };
    const server = new Lwm2mServer(ports, this.config);
    store.onWritten = (ticket, changes) => {
      this.network.observers.committed(this.clock.now(), ticket, changes);
    };
    this.network.serve((from, datagram, isSecured) => {
      if (isSecured) server.receiveSecured(SECURED_LISTENER, from.host, from.port, datagram);
      else server.receive(0, from.host, from.port, datagram);
    });
    this.#process = { server, store, clock };
    this.#tellServer('started');
  }

  /** The server dies in the middle of whatever it does; see SimulatedStore.crash. */
  crashServer(keepsGroup: boolean): void {
    this.store.crash(keepsGroup);
    this.#process?.clock.kill();
    this.network.serve(undefined);
    this.#process = undefined;
    this.#tellServer('killed');
  }

  get isServerUp(): boolean {
    return this.#process !== undefined;
  }

  /** Lets somebody watch everything from now on. */
  watch(observer: Observer): void {
    this.network.observers.add(observer);
  }

  /** A device with an address of its own on a network; it is off until `start()`. */
  addDevice(given: DeviceOptions, network?: string): SimulatedDevice {
    // A server elsewhere does not know their keys.
    const options = this.isServerElsewhere ? { ...given, security: undefined } : given;
    const random = this.#random.fork(options.endpoint);
    const uplink = new NetworkUplink(this.network, this.clock);
    const device = new SimulatedDevice({ layer: this.#deviceLayer, random, uplink }, options);
    const joining = { name: options.endpoint, device, ...(network !== undefined && { network }) };
    const { link, send } = this.#driver?.connect(joining) ?? this.#connect(joining, device.id);
    uplink.link = link;
    uplink.socket = send;
    this.#devices.set(options.endpoint, device);
    if (options.security !== undefined) this.#provision(options.endpoint, options.security);
    return device;
  }

  /** The server knows it before it comes. */
  #provision(endpoint: string, security: SecurityOptions): void {
    // The authority has said all that there is to know of who has its certificate.
    if (security.kind === 'x509') return;
    const { kind } = security;
    const [identity, key] = kind === 'psk' ? [security.identity, security.key]
      : [security.rawKey.identity, security.rawKey.keys.publicKey];
    const added = this.server.host.provisioning.add({ kind, identity, key, endpoint });
    assert(added.ok, 'each device has an identity of its own');
  }

  /** The newest with this endpoint name. */
  deviceNamed(endpoint: string): SimulatedDevice | undefined {
    return this.#devices.get(endpoint);
  }

  #connect(joining: Omit<Joining, 'address'>, index: number): Connected {
    const host = `10.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
    const link = this.network.join({ ...joining, address: { host, port: 5683 } });
    return { link, send: undefined };
  }

  #tellServer(what: 'started' | 'killed'): void {
    this.network.observers.server(this.clock.now(), what);
  }

  /** Lets `span` pass. */
  run(span: Milliseconds): void {
    this.clock.runUntil(this.clock.now() + span);
  }

  readonly #note = (message: string, fields?: object): void => {
    this.trace.note(this.clock.now(), `log ${message} ${JSON.stringify(fields ?? {})}`);
  };

  readonly #log: Log = {
    debug: this.#note, info: this.#note, warn: this.#note, error: this.#note,
  };
}
