// Who watches a world: oracles, metrics, energy meters. They see what passes on the network and
// what reaches the disk, and ask the devices for the truth; never the server.

import type { Entry } from '../core/lwm2m/value.ts';
import type { Milliseconds, Ticket } from '../core/ports.ts';
import type { Change } from '../core/store/changes.ts';
import type { SimulatedDevice } from './device.ts';
import type { Passing } from './passing.ts';

export type Fate = 'delivered' | 'lost' | 'duplicate' | 'unheard';

export interface Observer {
  /** A datagram was handed to the network. */
  sent?(passing: Passing): void;
  /** It came to its end; a duplicate arrives twice. */
  ended?(passing: Passing, fate: Fate): void;
  /** A group is on the disk. */
  committed?(at: Milliseconds, ticket: Ticket, changes: readonly Change[]): void;
  server?(at: Milliseconds, what: 'started' | 'killed'): void;
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

/** All observers of a world, by what they want to be told. */
export class Observers {
  readonly #sent: Required<Pick<Observer, 'sent'>>[] = [];
  readonly #ended: Required<Pick<Observer, 'ended'>>[] = [];
  readonly #said: Required<Pick<Observer, 'said'>>[] = [];
  readonly #all: Observer[] = [];

  add(observer: Observer): void {
    this.#all.push(observer);
    if (observer.sent !== undefined) this.#sent.push(observer as Required<Observer>);
    if (observer.ended !== undefined) this.#ended.push(observer as Required<Observer>);
    if (observer.said !== undefined) this.#said.push(observer as Required<Observer>);
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  sent(passing: Passing): void {
    const { length } = this.#sent;
    for (let index = 0; index < length; index++) this.#sent[index]?.sent(passing);
  }

  ended(passing: Passing, fate: Fate): void {
    const { length } = this.#ended;
    for (let index = 0; index < length; index++) this.#ended[index]?.ended(passing, fate);
  }

  said(at: Milliseconds, device: SimulatedDevice, content: SaidContent): void {
    for (const observer of this.#said) observer.said(at, device, content);
  }

  committed(at: Milliseconds, ticket: Ticket, changes: readonly Change[]): void {
    for (const observer of this.#all) observer.committed?.(at, ticket, changes);
  }

  server(at: Milliseconds, what: 'started' | 'killed'): void {
    for (const observer of this.#all) observer.server?.(at, what);
  }

  device(at: Milliseconds, device: SimulatedDevice, what: DeviceNews): void {
    for (const observer of this.#all) observer.device?.(at, device, what);
  }
}
