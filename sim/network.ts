// The datagram network between devices and the server, in virtual time. Each device has a link of
// its own with its own random stream, so that one device more or less changes nothing for the
// others. Loss is decided at delivery, as in the field.

import type { Address, Clock, Milliseconds, Random, Task } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import type { SimulatedDevice } from './device.ts';
import { NamedDatagrams, type Missed } from './named-datagrams.ts';
import { CALM, SHARE_WHOLE, type NetworkRules } from './network-rules.ts';
import { Observers, type Fate } from './observer.ts';
import { Passing, type LinkAddress } from './passing.ts';
import type { Direction } from './scenario/model.ts';
import type { Trace } from './trace.ts';

/** What a device without a network of its own is attached to. */
export const DEFAULT_NETWORK = 'default';
/** NAT ports above the usual; each rebind takes the next. */
const NAT_PORT_FIRST = 20_000;

/** The number of an address is used again when nothing remembers it any more. */
const RETIREMENT: Milliseconds = 600_000;

/** A network by its name, and what it does at the moment. */
interface Segment {
  readonly name: string;
  rules: NetworkRules;
  cloggedUntil: Milliseconds;
}

/** The way between one device and the server. */
export interface Link {
  /** The endpoint behind it, for traces and for faults that name a device. */
  readonly name: string;
  readonly segment: Segment;
  /** For delays; losses and duplicates draw from its forks, made when they are first needed. */
  readonly random: Random;
  loss: Random | undefined;
  duplicate: Random | undefined;
  readonly device: SimulatedDevice | undefined;
  /** What hears the datagrams in place of the device. */
  readonly receive: ((datagram: Uint8Array) => void) | undefined;
  /** Gives it another port, where that is not for the network to do. */
  readonly rebind: (() => void) | undefined;
  /** As the server sees it; a NAT may change it. */
  address: LinkAddress;
  /** Datagrams so far. */
  up: number;
  down: number;
  /** Infinity before its first datagram: the NAT has no port to give away. */
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

/** Takes what reaches the server; `isSecured`: where it listens for DTLS. */
export type Receive = (from: Address, datagram: Uint8Array, isSecured: boolean) => void;

export interface Joining {
  readonly name: string;
  readonly address: Address;
  readonly network?: string;
  /** A device, or another that hears, or one that hears for the device. */
  readonly device?: SimulatedDevice;
  readonly receive?: (datagram: Uint8Array) => void;
  readonly rebind?: () => void;
}

export class Network {
  readonly observers = new Observers();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #segments = new Map<string, Segment>();
  #partitions: readonly Partition[] = [];
  /** By host, which has its text and hash at hand; further ports of a host hang on `next`. */
  readonly #links = new Map<string, Link>();
  /** Datagrams to lose or to double whatever chance says. */
  readonly #drops = new NamedDatagrams('drop');
  readonly #duplicates = new NamedDatagrams('duplicate');
  #server: Receive | undefined;
  #nextNatPort = NAT_PORT_FIRST;
  #addresses = 0;
  /** Numbers of addresses that a NAT gave up, the oldest first. */
  readonly #retired: { readonly number: number; readonly at: Milliseconds }[] = [];
  readonly #passing = new Passing();

  constructor(clock: Clock, random: Random, trace: Trace, rules: NetworkRules = CALM) {
    this.#clock = clock;
    this.#random = random;
    this.#trace = trace;
    this.define(DEFAULT_NETWORK, rules);
  }

  /** Makes a network or changes what one does, also to what is under way. */
  define(name: string, rules: NetworkRules): void {
    const segment = this.#segments.get(name);
    if (segment === undefined) this.#segments.set(name, { name, rules, cloggedUntil: 0 });
    else segment.rules = rules;
  }

  rulesOf(network: string): NetworkRules {
    return this.#segmentNamed(network).rules;
  }

  /** What reaches the server goes to `receive`; undefined: nobody listens. */
  serve(receive: Receive | undefined): void {
    this.#server = receive;
  }

  join({ name, address, network = DEFAULT_NETWORK, device, receive, rebind }: Joining): Link {
    const link: Link = {
      name, segment: this.#segmentNamed(network), device, receive, rebind,
      address: this.#numbered(address.host, address.port),
      random: this.#random.fork(name), loss: undefined, duplicate: undefined,
      up: 0, down: 0, lastUsedAt: Infinity, cutUntil: 0, next: undefined,
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
    if (link.rebind !== undefined) return link.rebind();
    this.move(link, this.#nextNatPort);
    this.#nextNatPort = this.#nextNatPort === 65_535 ? NAT_PORT_FIRST : this.#nextNatPort + 1;
  }

  /** The link goes on from another port. */
  move(link: Link, port: number): void {
    const { host, number } = link.address;
    this.#retired.push({ number, at: this.#clock.now() });
    link.address = this.#numbered(host, port);
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

  /** Datagrams of the network wait until then, or longer if they had to already. */
  clog(network: string, until: Milliseconds): void {
    const segment = this.#segmentNamed(network);
    segment.cloggedUntil = Math.max(segment.cloggedUntil, until);
  }

  /** Loses the nth datagram of a device in a direction. */
  drop(name: string, direction: Direction, nth: number): void {
    this.#drops.add(name, direction, nth, this.#sent(name, direction));
  }

  /** Lets the nth datagram of a device in a direction arrive twice. */
  duplicate(name: string, direction: Direction, nth: number): void {
    this.#duplicates.add(name, direction, nth, this.#sent(name, direction));
  }

  #sent(name: string, direction: Direction): number {
    return this.linkNamed(name)?.[direction] ?? 0;
  }

  /** Those named to be lost or doubled that had passed already, or have not come so far. */
  get missed(): readonly Missed[] {
    return [...this.#drops.missed(), ...this.#duplicates.missed()];
  }

  /** Ends partitions and clogs and makes every network calm: what liveness is judged after. */
  heal(): void {
    for (const segment of this.#segments.values()) {
      segment.rules = CALM;
      segment.cloggedUntil = 0;
    }
    for (const link of this.#all()) link.cutUntil = 0;
    this.#partitions = [];
  }

  /** The device is about to send: the NAT may have given its port away meanwhile. */
  wake(link: Link): void {
    const { natRebindAfter } = link.segment.rules;
    const idle = this.#clock.now() - link.lastUsedAt;
    if (natRebindAfter > 0 && idle > natRebindAfter) this.rebind(link);
    link.lastUsedAt = this.#clock.now();
  }

  sendUp(link: Link, datagram: Uint8Array): void {
    this.wake(link);
    this.sendFrom(link, link.address, datagram);
  }

  /** It left from an address that the link may not have any more. */
  sendFrom(link: Link, address: LinkAddress, datagram: Uint8Array): void {
    this.#send(link, address, 'up', ++link.up, datagram);
  }

  sendDown(to: Address, datagram: Uint8Array): void {
    const link = this.#linkAt(to);
    if (link === undefined) this.#trace.note(this.#clock.now(), `> ${keyOf(to)} unheard`);
    else this.sendDownLink(link, datagram);
  }

  sendDownLink(link: Link, datagram: Uint8Array): void {
    this.#send(link, link.address, 'down', ++link.down, datagram);
  }

  #numbered(host: string, port: number): LinkAddress {
    const [retired] = this.#retired;
    if (retired === undefined || this.#clock.now() - retired.at < RETIREMENT) {
      return { host, port, number: this.#addresses++ };
    }
    this.#retired.shift();
    return { host, port, number: retired.number };
  }

  #segmentNamed(name: string): Segment {
    const segment = this.#segments.get(name);
    assert(segment !== undefined, `a network is called ${name}`);
    return segment;
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

  #send(
    link: Link, address: LinkAddress, direction: Direction, nth: number, datagram: Uint8Array,
  ): void {
    this.#tell('sent', link, address, direction, nth, datagram);
    const { duplicate } = link.segment.rules;
    this.#schedule(link, address, direction, nth, datagram, 'delivered');
    const isNamed = this.#duplicates.take(link.name, direction, nth);
    const isDoubled = isDrawn(link, 'duplicate', duplicate) || isNamed;
    if (isDoubled) this.#schedule(link, address, direction, nth, datagram, 'duplicate');
  }

  #schedule(
    link: Link, address: LinkAddress, direction: Direction, nth: number, datagram: Uint8Array,
    fate: Fate,
  ): void {
    const random = fate === 'duplicate' ? streamOf(link, 'duplicate') : link.random;
    const clear = Math.max(this.#clock.now(), link.segment.cloggedUntil);
    const due = clear + this.#delay(link, random);
    const underWay = new UnderWay(this, link, address, direction, nth, datagram, fate);
    this.#clock.schedule(due, underWay);
  }

  /** A datagram comes to its end, whichever it is. */
  arrive(
    at: Milliseconds,
    { link, address, direction, nth, datagram, fate: intended }: UnderWay,
  ): void {
    let fate = intended;
    if (this.#isLost(at, link, direction, nth, datagram)) fate = 'lost';
    // A NAT that gave the port away does not pass on what is sent to it.
    else if (direction === 'down' && link.address !== address) fate = 'unheard';
    else if (direction === 'up' && this.#server === undefined) fate = 'unheard';
    this.#trace.datagram(at, link.name, direction, nth, fate, datagram);
    this.#tell(fate, link, address, direction, nth, datagram);
    if (fate === 'lost' || fate === 'unheard') return;
    if (direction === 'up') this.#server?.(address, datagram, link.device?.dtls !== undefined);
    else if (link.receive !== undefined) link.receive(datagram);
    else link.device?.receive(datagram);
  }

  #isLost(
    at: Milliseconds, link: Link, direction: Direction, nth: number, datagram: Uint8Array,
  ): boolean {
    const { loss, mtu } = link.segment.rules;
    // Always drawn, so that other faults do not shift the ones that follow.
    const isUnlucky = isDrawn(link, 'loss', loss);
    // It came, whatever else it would have been lost by.
    const isNamed = this.#drops.take(link.name, direction, nth);
    return isNamed || isUnlucky || link.cutUntil > at || (mtu > 0 && datagram.length > mtu);
  }

  #delay(link: Link, random: Random): Milliseconds {
    const { latency: { typical, p99 }, reorder } = link.segment.rules;
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
    what: 'sent' | Fate, link: Link, address: LinkAddress, direction: Direction, nth: number,
    datagram: Uint8Array,
  ): void {
    const { observers } = this;
    if (link.device === undefined) return;
    const at = this.#clock.now();
    const { dtls } = link.device;
    const message = dtls === undefined ? datagram : dtls.read(direction, datagram);
    const passing = this.#passing.set(
      at, link.device, address, direction, nth, message ?? NO_MESSAGE, datagram.length);
    observers.passed(passing, what);
    if (message === undefined) return;
    if (what === 'sent') observers.sent(passing);
    else observers.ended(passing, what);
  }
}

/** Of a handshake, or an alert. */
const NO_MESSAGE = new Uint8Array(0);

/** A datagram between its two ends. */
class UnderWay implements Task {
  readonly network: Network;
  readonly link: Link;
  readonly address: LinkAddress;
  readonly direction: Direction;
  readonly nth: number;
  readonly datagram: Uint8Array;
  readonly fate: Fate;

  constructor(
    network: Network, link: Link, address: LinkAddress, direction: Direction, nth: number,
    datagram: Uint8Array, fate: Fate,
  ) {
    this.network = network;
    this.link = link;
    this.address = address;
    this.direction = direction;
    this.nth = nth;
    this.datagram = datagram;
    this.fate = fate;
  }

  onDue(now: Milliseconds): void {
    this.network.arrive(now, this);
  }
}

function cut(link: Link, { network, share, until, stream }: Partition): void {
  if (link.segment.name !== network) return;
  if (link.random.fork(stream).below(1000) >= share) return;
  link.cutUntil = Math.max(link.cutUntil, until);
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
