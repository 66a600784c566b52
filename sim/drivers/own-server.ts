// A run over sockets against our own server: the production server on a real socket and a real
// database in a folder that ends with the run. The networks of the scenario lie between the
// server's socket and the server, and so do the observers: they see what the server sees, when it
// does. Who is no device of the scenario, a real one above all, passes without any network.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemRandom } from '../../core/io/random.ts';
import { UdpTransport } from '../../core/io/udp.ts';
import type { Address } from '../../core/ports.ts';
import { openDatabase, type Database } from '../../core/store/database.ts';
import { DuckDbStore } from '../../core/store/duckdb-store.ts';
import type { Connected, Driver, Ground } from '../driver.ts';
import type { Joining, Link, Network } from '../network.ts';
import { CALM } from '../network-rules.ts';
import { concernOf, type LinkAddress } from '../passing.ts';
import { openPlaces, type DeviceSocket, type Socketed } from './device-socket.ts';
import { DurableStore } from './durable-store.ts';
import type { Pace } from './pace.ts';

/** No name of a scenario has a space. */
const OUTSIDE = 'the outside';
/** Addresses of others that are remembered, the oldest is forgotten first. */
const OTHERS_MAX = 1000;

export class OwnServer implements Driver {
  readonly clock: Driver['clock'];
  readonly ground: Ground;
  readonly #pace: Pace;
  readonly #folder: string;
  readonly #database: Database;
  /** Resolves when the database has failed. */
  readonly #broken: Promise<void>;
  readonly #store: DuckDbStore;
  readonly #simulated = new Set<string>();
  readonly #links = new Map<string, Link>();
  /** The address that each link had before the one it has. */
  readonly #former = new Map<Link, LinkAddress>();
  readonly #others = new Set<Link>();
  #transport = new UdpTransport();
  #address: Address = { host: '', port: 0 };
  #places: readonly Socketed[] = [];
  #network: Network | undefined;

  private constructor(pace: Pace, folder: string, database: Database, broken: Promise<void>) {
    this.clock = pace.clock;
    this.#pace = pace;
    this.#folder = folder;
    this.#database = database;
    this.#broken = broken;
    this.#store = new DuckDbStore(database);
    this.ground = {
      random: new SystemRandom(),
      open: (disk) => new DurableStore(this.#store, disk, pace, (endpoint) => (
        this.#simulated.has(endpoint)
      )),
    };
  }

  /** Listens, and opens a socket for each device; rejects with the system's error. */
  static async open(pace: Pace, at: Address, devices: number): Promise<OwnServer> {
    const folder = await mkdtemp(join(tmpdir(), 'flownexus-own-server-'));
    let isBroken = (): void => undefined;
    const broken = new Promise<void>((resolve) => { isBroken = resolve; });
    const onFailure = (error: Error): void => {
      isBroken();
      pace.fail(error);
    };
    const database = await openDatabase({ folder, onFailure }).catch(async (error: Error) => {
      await rm(folder, { recursive: true });
      throw error;
    });
    const server = new OwnServer(pace, folder, database, broken);
    try {
      server.#address = await server.#listen(at);
      server.#places = await openPlaces(devices, server.#near, server.#near.host);
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** Where devices find it. */
  get address(): Address {
    return this.#address;
  }

  begin(network: Network): void {
    network.define(OUTSIDE, { ...CALM, latency: { typical: 0, p99: 0 } });
    this.#network = network;
  }

  connect(joining: Omit<Joining, 'address'>): Connected {
    const network = this.#network as Network;
    const { socket, address } = this.#places[this.#simulated.size] as Socketed;
    socket.hear = (datagram) => this.#pace.enter(() => joining.device?.receive(datagram));
    const link: Link = network.join({
      ...joining, address,
      receive: (datagram) => this.#answer(link, datagram),
      rebind: () => this.#rebind(link, socket),
    });
    this.#simulated.add(link.name);
    this.#links.set(keyOf(link.address), link);
    return {
      link, send: (datagram) => {
        network.wake(link);
        socket.send(datagram);
      },
    };
  }

  async close(): Promise<void> {
    for (const { socket } of this.#places) socket.close();
    this.#transport.close();
    // The thread must not be ended in the middle of a group.
    await Promise.race([this.#store.settled(), this.#broken]);
    await this.#database.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #listen(at: Address): Promise<Address> {
    try {
      const { address } = await this.#transport.listen(at, (_, host, port, datagram) => {
        this.#pace.enter(() => this.#onDatagram({ host, port }, datagram));
      });
      return address;
    } catch (error) {
      // An IPv6 wildcard on a machine without IPv6 means every address it has.
      const isWithoutIpv6 = (error as NodeJS.ErrnoException).code === 'EAFNOSUPPORT';
      if (!isWithoutIpv6 || at.host !== '::') throw error;
      this.#transport = new UdpTransport();
      return this.#listen({ ...at, host: '0.0.0.0' });
    }
  }

  /** Where its own devices speak to it, and from: the source of a datagram names its device. */
  get #near(): Address {
    const { host, port } = this.#address;
    const isAny = host === '::' || host === '0.0.0.0';
    return { host: isAny ? '127.0.0.1' : host, port };
  }

  #onDatagram(from: Address, datagram: Uint8Array): void {
    const network = this.#network;
    if (network === undefined) return;
    const link = this.#links.get(keyOf(from)) ?? this.#meet(network, from, datagram);
    const former = this.#former.get(link);
    const isLate = former !== undefined && keyOf(former) === keyOf(from);
    network.sendFrom(link, isLate ? former : link.address, datagram);
  }

  /** Somebody else; the trace calls a device by its endpoint if it registers at once. */
  #meet(network: Network, address: Address, datagram: Uint8Array): Link {
    const concern = concernOf(datagram);
    const endpoint = concern?.kind === 'register' ? concern.of : '';
    const isNamed = endpoint !== '' && !this.#simulated.has(endpoint);
    const link: Link = network.join({
      name: isNamed ? endpoint : keyOf(address), address, network: OUTSIDE,
      receive: (answer) => this.#answer(link, answer),
    });
    this.#links.set(keyOf(address), link);
    this.#others.add(link);
    const [oldest] = this.#others;
    if (this.#others.size > OTHERS_MAX && oldest !== undefined) {
      this.#others.delete(oldest);
      this.#links.delete(keyOf(oldest.address));
      network.leave(oldest);
    }
    return link;
  }

  #answer({ address }: Link, datagram: Uint8Array): void {
    this.#transport.send({ listener: 0, address }, datagram);
  }

  #rebind(link: Link, socket: DeviceSocket): void {
    socket.reopen((address) => {
      // What left from the address before may still be under way.
      const former = this.#former.get(link);
      if (former !== undefined) this.#links.delete(keyOf(former));
      this.#former.set(link, link.address);
      this.#network?.move(link, address.port);
      this.#links.set(keyOf(address), link);
    }, (error) => this.#pace.fail(error));
  }
}

function keyOf({ host, port }: Address): string {
  return `${host} ${port}`;
}
