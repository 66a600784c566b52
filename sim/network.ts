// The datagram network between devices and the server, in virtual time. Each device has a link of
// its own with its own random stream, so that one device more or less changes nothing for the
// others. Loss is decided at delivery, as in the field.

import type { Address, Clock, Milliseconds, Random } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import type { SimulatedDevice } from './device.ts';
import { CALM, SHARE_WHOLE, type NetworkRules } from './network-rules.ts';
import type { Fate, Observer, Passing } from './observer.ts';
import type { Direction } from './scenario/model.ts';
import type { Trace } from './trace.ts';

/** What a device without a network of its own is attached to. */
export const DEFAULT_NETWORK = 'default';
/** NAT ports above the usual; each rebind takes the next. */
const NAT_PORT_FIRST = 20_000;

/** The way between one device and the server. */
export interface Link {
  /** The endpoint behind it, for traces and for faults that name a device. */
  readonly name: string;
  readonly network: string;
  /** For delays; losses and duplicates draw from its forks, made when they are first needed. */
  readonly random: Random;
  loss: Random | undefined;
  duplicate: Random | undefined;
  readonly device: SimulatedDevice | undefined;
  /** What hears the datagrams if no device does. */
  readonly receive: ((datagram: Uint8Array) => void) | undefined;
  /** As the server sees it; a NAT may change it. */
  address: Address;
  /** Datagrams so far. */
  up: number;
  down: number;
  lastUsedAt: Milliseconds;
  cutUntil: Milliseconds;
  /** Another link from the same host. */
  next: Link | undefined;
}

interface Partition {
  readonly network: string;
  /** In thousandths. */
  readonly share: number;
  readonly until: Milliseconds;
  /** Which of a link's streams says whether it is cut off. */
  readonly stream: string;
}

export interface Joining {
  readonly name: string;
  readonly address: Address;
  readonly network?: string;
  /** Either a device or another that hears. */
  readonly device?: SimulatedDevice;
  readonly receive?: (datagram: Uint8Array) => void;
}

export class Network {
  readonly observers: Observer[] = [];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #rules = new Map<string, NetworkRules>();
  readonly #cloggedUntil = new Map<string, Milliseconds>();
  #partitions: readonly Partition[] = [];
  /** By host, which has its text and hash at hand; further ports of a host hang on `next`. */
  readonly #links = new Map<string, Link>();
  /** Datagrams to lose or to double whatever chance says, as `name direction nth`. */
  readonly #drops = new Set<string>();
  readonly #duplicates = new Set<string>();
  #server: ((from: Address, datagram: Uint8Array) => void) | undefined;
  #nextNatPort = NAT_PORT_FIRST;
  readonly #passing: Passing = {
    at: 0, device: undefined as never, address: undefined as never, direction: 'up', nth: 0,
    datagram: new Uint8Array(0),
  };

  constructor(clock: Clock, random: Random, trace: Trace, rules: NetworkRules = CALM) {
    this.#clock = clock;
    this.#random = random;
    this.#trace = trace;
    this.#rules.set(DEFAULT_NETWORK, rules);
  }

  /** Makes a network or changes what one does, also to what is under way. */
  define(network: string, rules: NetworkRules): void {
    this.#rules.set(network, rules);
  }

  rulesOf(network: string): NetworkRules {
    const rules = this.#rules.get(network);
    assert(rules !== undefined, `a network is called ${network}`);
    return rules;
  }

  /** What reaches the server goes to `receive`; undefined: nobody listens. */
  serve(receive: ((from: Address, datagram: Uint8Array) => void) | undefined): void {
    this.#server = receive;
  }

  join({ name, address, network = DEFAULT_NETWORK, device, receive }: Joining): Link {
    const link: Link = {
      name, network, device, receive, address, random: this.#random.fork(name),
      loss: undefined, duplicate: undefined, up: 0, down: 0, lastUsedAt: this.#clock.now(),
      cutUntil: 0, next: undefined,
    };
    for (const partition of this.#partitions) cut(link, partition);
    const before = this.#linkAt(address);
    if (before !== undefined) this.leave(before);
    link.next = this.#links.get(address.host);
    this.#links.set(address.host, link);
    return link;
  }

  leave(link: Link): void {
    const { host } = link.address;
    const first = this.#links.get(host);
    if (first !== link) {
      for (let other = first; other !== undefined; other = other.next) {
        if (other.next === link) other.next = link.next;
      }
    } else if (link.next === undefined) this.#links.delete(host);
    else this.#links.set(host, link.next);
  }

  /** The NAT gives the link another port; what is sent to the old one is not heard. */
  rebind(link: Link): void {
    link.address = { host: link.address.host, port: this.#nextNatPort };
    this.#nextNatPort = this.#nextNatPort === 65_535 ? NAT_PORT_FIRST : this.#nextNatPort + 1;
  }

  /** The link of the device with this name. */
  linkNamed(name: string): Link | undefined {
    for (const link of this.#all()) if (link.name === name) return link;
    return undefined;
  }

  /** Nothing passes for a share of the network's links, also of those to come, until then. */
  partition(network: string, share: number, until: Milliseconds): void {
    const now = this.#clock.now();
    const partition = { network, share, until, stream: `partition ${now}` };
    this.#partitions = [...this.#partitions.filter((one) => one.until > now), partition];
    for (const link of this.#all()) cut(link, partition);
  }

  /** Datagrams of the network wait until then. */
  clog(network: string, until: Milliseconds): void {
    this.#cloggedUntil.set(network, until);
  }

  /** Loses the nth datagram of a device in a direction. */
  drop(name: string, direction: Direction, nth: number): void {
    this.#drops.add(`${name} ${direction} ${nth}`);
  }

  /** Lets the nth datagram of a device in a direction arrive twice. */
  duplicate(name: string, direction: Direction, nth: number): void {
    this.#duplicates.add(`${name} ${direction} ${nth}`);
  }

  /** Ends partitions and clogs and makes every network calm: what liveness is judged after. */
  heal(): void {
    for (const name of this.#rules.keys()) this.#rules.set(name, CALM);
    for (const link of this.#all()) link.cutUntil = 0;
    this.#partitions = [];
    this.#cloggedUntil.clear();
  }

  sendUp(link: Link, datagram: Uint8Array): void {
    const { natRebindAfter } = this.rulesOf(link.network);
    const idle = this.#clock.now() - link.lastUsedAt;
    if (natRebindAfter > 0 && idle > natRebindAfter) this.rebind(link);
    link.lastUsedAt = this.#clock.now();
    this.#send(link, 'up', ++link.up, datagram);
  }

  sendDown(to: Address, datagram: Uint8Array): void {
    const link = this.#linkAt(to);
    if (link === undefined) {
      this.#trace.note(this.#clock.now(), `> ${keyOf(to)} unheard`);
      return;
    }
    this.#send(link, 'down', ++link.down, datagram);
  }

  #linkAt({ host, port }: Address): Link | undefined {
    let link = this.#links.get(host);
    while (link !== undefined && link.address.port !== port) link = link.next;
    return link;
  }

  *#all(): Iterable<Link> {
    for (const first of this.#links.values()) {
      for (let link: Link | undefined = first; link !== undefined; link = link.next) yield link;
    }
  }

  #send(link: Link, direction: Direction, nth: number, datagram: Uint8Array): void {
    this.#tell('sent', link, link.address, direction, nth, datagram);
    const { duplicate } = this.rulesOf(link.network);
    this.#schedule(link, direction, nth, datagram, 'delivered');
    const isDoubled = isDrawn(link, 'duplicate', duplicate)
      || this.#duplicates.size > 0 && this.#duplicates.has(`${link.name} ${direction} ${nth}`);
    if (isDoubled) this.#schedule(link, direction, nth, datagram, 'duplicate');
  }

  #schedule(
    link: Link, direction: Direction, nth: number, datagram: Uint8Array, fate: Fate,
  ): void {
    const now = this.#clock.now();
    const clogged = this.#cloggedUntil.get(link.network) ?? 0;
    const random = fate === 'duplicate' ? streamOf(link, 'duplicate') : link.random;
    const due = Math.max(now, clogged) + this.#delay(link, random);
    const { address } = link;
    this.#clock.schedule(due, {
      onDue: (at) => this.#arrive(at, link, address, direction, nth, datagram, fate),
    });
  }

  #arrive(
    at: Milliseconds, link: Link, address: Address, direction: Direction, nth: number,
    datagram: Uint8Array, intended: Fate,
  ): void {
    let fate = intended;
    if (this.#isLost(at, link, direction, nth, datagram)) fate = 'lost';
    // A NAT that gave the port away does not pass on what is sent to it.
    else if (direction === 'down' && link.address !== address) fate = 'unheard';
    else if (direction === 'up' && this.#server === undefined) fate = 'unheard';
    this.#trace.datagram(at, link.name, direction, nth, fate, datagram);
    this.#tell(fate, link, address, direction, nth, datagram);
    if (fate === 'lost' || fate === 'unheard') return;
    if (direction === 'up') this.#server?.(address, datagram);
    else if (link.device !== undefined) link.device.receive(datagram);
    else link.receive?.(datagram);
  }

  #isLost(
    at: Milliseconds, link: Link, direction: Direction, nth: number, datagram: Uint8Array,
  ): boolean {
    const { loss, mtu } = this.rulesOf(link.network);
    // Always drawn, so that other faults do not shift the ones that follow.
    const isUnlucky = isDrawn(link, 'loss', loss);
    if (isUnlucky || link.cutUntil > at || (mtu > 0 && datagram.length > mtu)) return true;
    return this.#drops.size > 0 && this.#drops.has(`${link.name} ${direction} ${nth}`);
  }

  #delay(link: Link, random: Random): Milliseconds {
    const { latency: { typical, p99 }, reorder } = this.rulesOf(link.network);
    if (reorder > 0 && random.below(SHARE_WHOLE) < reorder) {
      return typical + random.below(10 * typical + 1);
    }
    if (typical === p99) return typical;
    const share = random.below(1000);
    const half = Math.ceil(typical / 2);
    if (share < 500) return half + random.below(Math.max(1, half));
    if (share >= 990) return p99 + random.below(p99 + 1);
    // Most of the slower half is only a little slower: the cube of an even draw.
    const even = random.below(1024) / 1024;
    return typical + Math.floor((p99 - typical) * even * even * even);
  }

  #tell(
    what: 'sent' | Fate, link: Link, address: Address, direction: Direction, nth: number,
    datagram: Uint8Array,
  ): void {
    if (link.device === undefined || this.observers.length === 0) return;
    const passing = this.#passing;
    passing.at = this.#clock.now();
    passing.device = link.device;
    passing.address = address;
    passing.direction = direction;
    passing.nth = nth;
    passing.datagram = datagram;
    for (const observer of this.observers) {
      if (what === 'sent') observer.sent?.(passing);
      else observer.ended?.(passing, what);
    }
  }
}

function cut(link: Link, { network, share, until, stream }: Partition): void {
  if (link.network !== network) return;
  if (link.random.fork(stream).below(1000) < share) link.cutUntil = until;
}

/** Each fault draws from a stream of its own: without it the others happen as before. */
function isDrawn(link: Link, fault: 'loss' | 'duplicate', share: number): boolean {
  return share > 0 && streamOf(link, fault).below(SHARE_WHOLE) < share;
}

function streamOf(link: Link, fault: 'loss' | 'duplicate'): Random {
  link[fault] ??= link.random.fork(fault);
  return link[fault];
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}
