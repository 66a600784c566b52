// Runs the session actors: one step at a time through the transition table, effects carried out
// in order, one lazily armed timer per device, nothing visible before it is durable.

import type { LiveEvent, Registered, Wanted } from '../core/api/management.ts';
import type { BlockwiseLayer } from '../core/coap/blockwise.ts';
import type { ObjectModels } from '../core/lwm2m/models.ts';
import type { PeerTable } from '../core/peer.ts';
import type {
  BodyFiles, Clock, Crypto, Log, Milliseconds, Peer, Random, Store, Ticket, Timer, Transport,
} from '../core/ports.ts';
import { assert } from '../core/result.ts';
import { SecretBox } from '../core/secret-box.ts';
import type { Change, OperationRow } from '../core/store/changes.ts';
import { Alerts } from './alerts.ts';
import { Associations, type ServerProofs } from './associations.ts';
import {
  allWanted, groupsOf, profileOf, REGISTRATION_GRACE, type ServerConfig,
} from './config.ts';
import { Credentials } from './credentials.ts';
import { DeviceLogs } from './device-logs.ts';
import {
  declaredOf, registrationRow, rowOf, Device, type Observation, type Registration,
} from './device.ts';
import { Bodies } from './bodies.ts';
import { Captures } from './captures.ts';
import { carryOut } from './effects.ts';
import { Hosts } from './hosts.ts';
import { ObjectLists } from './object-lists.ts';
import { expectNoReports } from './overdue.ts';
import { onEnded, onGiven, Provisioning } from './provisioning.ts';
import { Refusals } from './refusals.ts';
import { Event, type DelayName, type SessionEvent } from './session.machine.ts';
import { stateOf, transition } from './transitions.ts';

export interface HostParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  /** What secrets at rest are sealed with (secret-box.ts). */
  readonly secretKey: Uint8Array;
  readonly proofs: ServerProofs;
  readonly transport: Transport;
  readonly store: Store;
  readonly bodies: BodyFiles;
  readonly log: Log;
  readonly config: ServerConfig;
  readonly layer: BlockwiseLayer;
  readonly peers: PeerTable;
  readonly models: ObjectModels;
}

/** What a step is to do besides the machine's effects. */
export interface StepOptions {
  /** The device's facts changed, whatever the machine makes of the event. */
  readonly persist?: true;
  /** Runs once the step is durable and before anything is sent to the device. */
  readonly whenDurable?: () => void;
}

/** What is to be done once a ticket is on disk. */
interface Awaiting {
  readonly ticket: Ticket;
  readonly acts: (() => void)[];
}

const FRESH = stateOf({
  registration: 'unregistered', reachability: 'offline', observations: 'none', firmware: 'idle',
});

export class Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly bodies: Bodies;
  readonly log: Log;
  readonly config: ServerConfig;
  readonly layer: BlockwiseLayer;
  readonly peers: PeerTable;
  readonly models: ObjectModels;
  readonly credentials: Credentials;
  readonly provisioning: Provisioning;
  readonly associations: Associations;

  readonly devices = new Map<string, Device>();
  readonly byId = new Map<number, Device>();
  /** Several endpoints may share an address, as behind a gateway. */
  readonly byPeer = new Map<number, Device[]>();
  readonly bySource = new Map<string, number>();
  readonly hosts = new Hosts();
  readonly objectLists = new ObjectLists();
  readonly refusals = new Refusals();
  /** The last operations that ended, newest first, over all devices. */
  readonly endedOperations: OperationRow[] = [];
  /** Timers of operations that may not wait for ever, by operation. */
  readonly expiries = new Map<number, Timer>();
  /** When observations that have a pmax are looked at again. */
  readonly reportsDue = new Map<Observation, Timer>();
  readonly alerts: Alerts;
  readonly logs: DeviceLogs;
  readonly captures = new Captures(this);
  readonly counters = { valuesStored: 0, shed: 0, undecodable: 0 };

  nextSequence = 1;
  nextDevice = 1;
  nextOperation = 1;
  /** Characters of the parameters of all operations that have not ended. */
  waitingBytes = 0;
  /** By profile and groups. */
  readonly #wanted = new Map<string, Wanted>();
  /** Changes of the step that is under way. */
  #pending: Change[] = [];
  #committed: Ticket = 0;
  /**
   * In the order of tickets, few at a time. What is done must leave at once: 10,000 kept a while
   * cost 30 ms a GC. No Map: the tables it outgrew keep what was in them alive until a full GC.
   */
  readonly #awaiting: Awaiting[] = [];
  #valueListeners = 0;
  /** With whether each hears values. */
  readonly #listeners = new Map<(event: LiveEvent) => void, boolean>();

  constructor(parts: HostParts) {
    this.clock = parts.clock;
    this.random = parts.random;
    this.store = parts.store;
    const { bodies, clock, random, config } = parts;
    this.bodies = new Bodies(bodies, clock, random.fork('bodies'), config.limits);
    this.log = parts.log;
    this.config = parts.config;
    this.layer = parts.layer;
    this.peers = parts.peers;
    this.models = parts.models;
    const { crypto, transport, secretKey, proofs } = parts;
    const box = new SecretBox(crypto, random.fork('secrets'), secretKey);
    this.credentials = new Credentials(box);
    this.provisioning = new Provisioning(this.credentials, parts.store, clock, {
      given: (credential) => onGiven(this, credential),
      ended: (credential) => onEnded(this, credential),
    }, (serial) => proofs.x509?.certificates.isRevoked(serial) === true);
    this.associations = new Associations(
      this, { clock, random: random.fork('dtls'), crypto, transport, box, proofs });
    this.alerts = new Alerts(this, parts.config.alerts);
    this.logs = new DeviceLogs(this);
    this.store.onCommitted((ticket) => this.#onCommitted(ticket));
  }

  // --- sessions

  /** A device never seen before, counted against its source. */
  create(endpoint: string, source: string, now: Milliseconds): Device {
    const device = this.adopt(this.nextDevice++, endpoint, source);
    device.firstSeenAt = now;
    device.lastSeenAt = now;
    device.ended = 'never registered';
    return device;
  }

  /** Enters a device into the tables; at a restart its other facts follow. */
  adopt(id: number, endpoint: string, source: string): Device {
    assert(!this.devices.has(endpoint), 'an endpoint has one session');
    const device = new Device(
      id, endpoint, profileOf(this.config, endpoint), FRESH, this.#onTimer,
    );
    device.wanted = this.wantedOf(device);
    device.source = source;
    this.devices.set(endpoint, device);
    this.byId.set(id, device);
    this.bySource.set(source, (this.bySource.get(source) ?? 0) + 1);
    return device;
  }

  /** All that is wanted of a device. */
  wantedOf(device: Device): Wanted {
    const inherited = this.inheritedBy(device);
    return device.declared === '' ? inherited : allWanted([inherited, declaredOf(device)]);
  }

  /** What its profile and groups want; shared by those of which the same is said. */
  inheritedBy({ profile, endpoint }: Device): Wanted {
    const groups = groupsOf(this.config, endpoint);
    const key = JSON.stringify([profile.name, ...groups.map(({ name }) => name)]);
    let wanted = this.#wanted.get(key);
    if (wanted === undefined) this.#wanted.set(key, wanted = allWanted([profile, ...groups]));
    return wanted;
  }

  /** Takes a device out of all tables; what is stored of it is the caller's change. */
  remove(device: Device): void {
    this.unbind(device);
    this.captures.end(device);
    this.alerts.forget(device);
    if (device.timer !== undefined) this.clock.cancel(device.timer);
    this.devices.delete(device.endpoint);
    this.byId.delete(device.id);
    const left = (this.bySource.get(device.source) ?? 1) - 1;
    if (left === 0) this.bySource.delete(device.source);
    else this.bySource.set(device.source, left);
  }

  /** Moves the session by one event and commits what follows from it. */
  step(device: Device, event: SessionEvent, options?: StepOptions): void {
    const { to, effects } = transition(device.state, event);
    const { reachability } = to.states;
    const hasTurned = reachability !== device.state.states.reachability;
    device.state = to;
    let sends = false;
    for (const effect of effects) {
      if (effect.type === 'sendNext') sends = true;
      else carryOut(this, device, effect);
    }
    this.rearm(device);
    const changes = this.#pending;
    let ticket: Ticket = 0;
    if (changes.length > 0 || options?.persist === true) {
      this.#pending = [];
      changes.push({ table: 'device', row: rowOf(device) });
      ticket = this.store.commit(changes);
      this.tellEvents(device, ticket, changes);
      if (options?.whenDurable !== undefined) this.afterCommit(ticket, options.whenDurable);
      if (sends) this.afterCommit(ticket, () => this.sendNext(device));
    } else {
      options?.whenDurable?.();
      if (sends) this.sendNext(device);
    }
    const { endpoint } = device;
    this.tell({ kind: 'device', endpoint });
    if (!hasTurned || !this.isWatched) return;
    this.afterCommit(ticket, () => this.tell({ kind: 'reachability', endpoint, reachability }));
  }

  /** Adds a change to the group that the step under way commits. */
  alsoCommit(change: Change): void {
    this.#pending.push(change);
  }

  /** Notes that the device sent something just now; only waking up is an event. */
  hear(device: Device, now: Milliseconds): void {
    device.lastSeenAt = now;
    if (device.isMissed) this.alerts.onHeard(device);
    if (device.awakeUntil !== Infinity) device.awakeUntil = now + device.awakeWindow;
    if (!device.isAwake && device.registration !== undefined) this.step(device, Event.HEARD);
  }

  /** Sends the next thing that waits for the device; set by the server to downlink's function. */
  sendNext: (device: Device) => void = () => undefined;

  // --- time

  deadline(device: Device, delay: DelayName): Milliseconds {
    if (delay === 'awakeWindow') return device.awakeUntil;
    return (device.registration?.expiresAt ?? Infinity) + REGISTRATION_GRACE;
  }

  /** Sees to it that the timer runs no later than the session's earliest deadline. */
  rearm(device: Device): void {
    let due = Infinity;
    for (const { name } of device.state.delays) due = Math.min(due, this.deadline(device, name));
    const { timer } = device;
    if (timer !== undefined) {
      if (timer.due <= due && due !== Infinity) return;
      this.clock.cancel(timer);
      device.timer = undefined;
    }
    if (due !== Infinity) device.timer = this.clock.schedule(due, device);
  }

  readonly #onTimer = (device: Device, now: Milliseconds): void => {
    for (const { name, event } of device.state.delays) {
      if (this.deadline(device, name) > now) continue;
      this.step(device, event);
      return;
    }
    this.rearm(device);
  };

  // --- peers

  /** Lets the registration live on its peer. */
  bind(device: Device, registration: Registration): void {
    device.registration = registration;
    this.#attach(device, registration.peer);
  }

  /** Ends what the registration holds: its peer and its object list. */
  unbind(device: Device): void {
    const { registration } = device;
    if (registration === undefined) return;
    if (this.isWatched) {
      const registered = registeredOf(device, registration);
      this.afterCommit(this.store.commit([]), () => {
        this.tell({ kind: 'registration', what: 'ended', registered });
      });
    }
    this.withdraw(device);
    expectNoReports(this, device);
    this.#detach(device, registration.peer);
    this.objectLists.release(registration.objects);
    device.registration = undefined;
  }

  /** Cancels what is asked of it and under way. */
  withdraw(device: Device): void {
    if (device.request !== undefined) this.layer.cancel(device.request);
    for (const { request } of device.longNotifications) {
      if (request !== undefined) this.layer.cancel(request);
    }
  }

  /** The registration continues at another address. */
  move(device: Device, registration: Registration, peer: Peer): void {
    this.withdraw(device);
    this.#detach(device, registration.peer);
    registration.peer = peer;
    this.#attach(device, peer);
  }

  /** The peer is where it was not; what it holds goes with it. */
  moved(peer: Peer, from: string): void {
    for (const { id } of this.byPeer.get(peer.id) ?? []) {
      this.hosts.remove(from, id);
      this.hosts.add(peer.address.host, id);
    }
  }

  #attach(device: Device, peer: Peer): void {
    this.peers.hold(peer);
    this.hosts.add(peer.address.host, device.id);
    const there = this.byPeer.get(peer.id);
    if (there === undefined) this.byPeer.set(peer.id, [device]);
    else there.push(device);
  }

  #detach(device: Device, peer: Peer): void {
    this.peers.release(peer);
    this.hosts.remove(peer.address.host, device.id);
    const left = (this.byPeer.get(peer.id) ?? []).filter((other) => other !== device);
    if (left.length === 0) this.byPeer.delete(peer.id);
    else this.byPeer.set(peer.id, left);
  }

  // --- durability

  /** Runs `act` once the ticket is on disk, in the order of the calls. */
  afterCommit(ticket: Ticket, act: () => void): void {
    const last = this.#awaiting.at(-1);
    if (ticket <= this.#committed) act();
    else if (last?.ticket === ticket) last.acts.push(act);
    else this.#awaiting.push({ ticket, acts: [act] });
  }

  #onCommitted(ticket: Ticket): void {
    this.#committed = ticket;
    while ((this.#awaiting[0]?.ticket ?? Infinity) <= ticket) {
      for (const act of this.#awaiting.shift()?.acts ?? []) act();
    }
  }

  // --- people watching

  tell(event: LiveEvent): void {
    for (const listener of this.#listeners.keys()) listener(event);
  }

  subscribe(listener: (event: LiveEvent) => void, hearsValues: boolean): () => void {
    this.#listeners.set(listener, hearsValues);
    if (hearsValues) this.#valueListeners++;
    return () => {
      if (this.#listeners.delete(listener) && hearsValues) this.#valueListeners--;
    };
  }

  /** Whether values are worth telling: each notification asks. */
  get isWatched(): boolean {
    return this.#valueListeners > 0;
  }

  /** What happened to the device, once it is on disk. */
  tellEvents({ endpoint }: Device, ticket: Ticket, changes: readonly Change[]): void {
    if (this.#listeners.size === 0) return;
    for (const change of changes) {
      if (change.table !== 'event') continue;
      this.afterCommit(ticket, () => this.tell({ kind: 'event', endpoint, row: change.row }));
    }
  }
}

/** For who watches. */
export function registeredOf(device: Device, registration: Registration): Registered {
  return {
    endpoint: device.endpoint,
    registration: registrationRow(device, registration),
    isAsleep: device.state.states.reachability === 'asleep',
  };
}
