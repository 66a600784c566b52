// Who watches a world: oracles, metrics, energy meters. They see what passes on the network and
// what reaches the disk, and ask the devices for the truth; never the server.

import type { Entry } from '../core/lwm2m/value.ts';
import type { Milliseconds, Ticket } from '../core/ports.ts';
import type { Change } from '../core/store/changes.ts';
import type { SimulatedDevice } from './device.ts';
import type { Passing } from './passing.ts';

export type Fate = 'delivered' | 'lost' | 'duplicate' | 'unheard';

export interface Observer {
  /** A datagram was handed to the network, or came to its end: also one that carries no CoAP. */
  passed?(passing: Passing, what: 'sent' | Fate): void;
  /** A datagram with CoAP in it was handed to the network. */
  deviceSent?(passing: Passing): void;
  serverSent?(passing: Passing): void;
  /** It came to its receiver; a duplicate comes twice. */
  serverHeard?(passing: Passing): void;
  deviceHeard?(passing: Passing): void;
  /** It came to its end, whichever it was. */
  ended?(passing: Passing, fate: Fate): void;
  /** A group is on the disk. */
  committed?(at: Milliseconds, ticket: Ticket, changes: readonly Change[]): void;
  server?(at: Milliseconds, what: 'started' | 'killed'): void;
  /** An operator asked for something of a device, and the server did not take it. */
  wishRefused?(at: Milliseconds, endpoint: string): void;
  device?(at: Milliseconds, device: SimulatedDevice, what: DeviceNews): void;
  /** What the device means by a payload that it is about to send as an answer or notification. */
  said?(at: Milliseconds, device: SimulatedDevice, content: SaidContent): void;
}

/** The device's own arrays: they may be kept, not changed. */
export interface SaidContent {
  readonly token: Uint8Array;
  readonly payload: Uint8Array;
  readonly entries: readonly Entry[];
}

/** `unregistered`: it is on, but no longer believes that the server knows it. */
export type DeviceNews =
  | 'started' | 'stopped' | 'registered' | 'unregistered' | 'notified' | 'acknowledged';

type Told = keyof Observer;
type Callback<Name extends Told> = Required<Observer>[Name];

/**
 * All observers of a world, by what they want to be told. A list of plain functions for each:
 * where fifteen classes meet in one call, looking up the method of each takes longer than most of
 * them do.
 */
export class Observers {
  readonly #passed: Callback<'passed'>[] = [];
  readonly #deviceSent: Callback<'deviceSent'>[] = [];
  readonly #serverSent: Callback<'serverSent'>[] = [];
  readonly #serverHeard: Callback<'serverHeard'>[] = [];
  readonly #deviceHeard: Callback<'deviceHeard'>[] = [];
  readonly #ended: Callback<'ended'>[] = [];
  readonly #committed: Callback<'committed'>[] = [];
  readonly #server: Callback<'server'>[] = [];
  readonly #wishRefused: Callback<'wishRefused'>[] = [];
  readonly #device: Callback<'device'>[] = [];
  readonly #said: Callback<'said'>[] = [];

  add(observer: Observer): void {
    addTo(this.#passed, observer, 'passed');
    addTo(this.#deviceSent, observer, 'deviceSent');
    addTo(this.#serverSent, observer, 'serverSent');
    addTo(this.#serverHeard, observer, 'serverHeard');
    addTo(this.#deviceHeard, observer, 'deviceHeard');
    addTo(this.#ended, observer, 'ended');
    addTo(this.#committed, observer, 'committed');
    addTo(this.#server, observer, 'server');
    addTo(this.#wishRefused, observer, 'wishRefused');
    addTo(this.#device, observer, 'device');
    addTo(this.#said, observer, 'said');
  }

  passed(passing: Passing, what: 'sent' | Fate): void {
    for (const tell of this.#passed) tell(passing, what);
  }

  sent(passing: Passing): void {
    const told = passing.direction === 'up' ? this.#deviceSent : this.#serverSent;
    for (const tell of told) tell(passing);
  }

  ended(passing: Passing, fate: Fate): void {
    for (const tell of this.#ended) tell(passing, fate);
    if (fate === 'lost' || fate === 'unheard') return;
    const told = passing.direction === 'up' ? this.#serverHeard : this.#deviceHeard;
    for (const tell of told) tell(passing);
  }

  committed(at: Milliseconds, ticket: Ticket, changes: readonly Change[]): void {
    for (const tell of this.#committed) tell(at, ticket, changes);
  }

  server(at: Milliseconds, what: 'started' | 'killed'): void {
    for (const tell of this.#server) tell(at, what);
  }

  wishRefused(at: Milliseconds, endpoint: string): void {
    for (const tell of this.#wishRefused) tell(at, endpoint);
  }

  device(at: Milliseconds, device: SimulatedDevice, what: DeviceNews): void {
    for (const tell of this.#device) tell(at, device, what);
  }

  said(at: Milliseconds, device: SimulatedDevice, content: SaidContent): void {
    for (const tell of this.#said) tell(at, device, content);
  }
}

function addTo<Name extends Told>(
  list: Callback<Name>[], observer: Observer, name: Name,
): void {
  const method = observer[name] as Callback<Name> | undefined;
  if (method !== undefined) list.push(method.bind(observer) as Callback<Name>);
}
