// Energy and airtime of each device, from what passes on its link and the model of its radio.
// Devices without a radio model are not counted. It watches and changes nothing.

import type { Milliseconds } from '../../core/ports.ts';
import type { SimulatedDevice } from '../device.ts';
import type { DeviceNews, Fate, Observer } from '../observer.ts';
import type { Passing } from '../passing.ts';
import {
  HEADERS_BYTES, radioModel, type Nanocoulomb, type RadioModel,
} from './radio-model.ts';

/** What the charge went into. */
export interface Charge {
  /** Attach, random access, signalling. */
  setup: Nanocoulomb;
  /** Datagrams in the air. */
  air: Nanocoulomb;
  /** Connected, and nothing to do: until the network releases the connection. */
  tail: Nanocoulomb;
  /** Released, and reachable by paging. */
  idle: Nanocoulomb;
  /** PSM or eDRX, with its tracking updates. */
  sleep: Nanocoulomb;
}

export interface Consumption {
  readonly charge: Readonly<Charge>;
  readonly joules: number;
  /** While the device was on. */
  readonly joulesPerHour: number;
  readonly airtime: { readonly up: Milliseconds; readonly down: Milliseconds };
  /** How often the radio connected; the charge of each, all that follows it included. */
  readonly connections: number;
  readonly millicoulombPerConnection: number;
}

interface Account {
  readonly model: RadioModel;
  /** T3324: reachable so long after the connection ends. */
  readonly active: Milliseconds;
  readonly charge: Charge;
  isOn: boolean;
  onFor: Milliseconds;
  /** The last datagram of the connection; what came since is not counted yet. */
  lastAt: Milliseconds;
  /** -Infinity before the first datagram. */
  connectedUntil: Milliseconds;
  up: Milliseconds;
  down: Milliseconds;
  connections: number;
}

export class EnergyMeter implements Observer {
  readonly #accounts = new Map<SimulatedDevice, Account>();

  passed({ at, device, direction, length }: Passing, what: 'sent' | Fate): void {
    // What is lost on its way up has been transmitted all the same.
    const isHeard = what === 'delivered' || what === 'duplicate';
    if (direction === 'up' ? what === 'sent' : isHeard && device.isListening) {
      this.#count(device, at, direction, length);
    }
  }

  device(at: Milliseconds, device: SimulatedDevice, what: DeviceNews): void {
    if (what !== 'started' && what !== 'stopped') return;
    const account = this.#accountOf(device, at);
    if (account === undefined) return;
    settle(account, at);
    account.isOn = what === 'started';
    account.connectedUntil = -Infinity;
    if (what === 'started') account.charge.setup += account.model.attach;
  }

  /** Up to now; undefined for a device without a radio model, or never on. */
  consumptionOf(device: SimulatedDevice, now: Milliseconds): Consumption | undefined {
    // Asked at each sample of each device, and most worlds have no radios.
    const account = device.options.radio === undefined ? undefined : this.#accounts.get(device);
    if (account === undefined) return undefined;
    settle(account, now);
    const { charge, model, connections, up, down, onFor } = account;
    const total = charge.setup + charge.air + charge.tail + charge.idle + charge.sleep;
    const joules = total * model.millivolts / 1e12;
    return {
      charge, joules, connections, airtime: { up, down },
      joulesPerHour: onFor === 0 ? 0 : joules * 3_600_000 / onFor,
      millicoulombPerConnection: connections === 0 ? 0 : total / 1e6 / connections,
    };
  }

  #count(
    device: SimulatedDevice, at: Milliseconds, direction: 'up' | 'down', bytes: number,
  ): void {
    const account = this.#accountOf(device, at);
    if (account === undefined) return;
    settle(account, at);
    const { model, charge } = account;
    if (at > account.connectedUntil) {
      charge.setup += model.setup;
      account.connections++;
    }
    const airtime = model.fixed + (bytes + HEADERS_BYTES) * 8 / model.bitsPerMillisecond;
    charge.air += airtime * (direction === 'up' ? model.transmit : model.receive);
    account[direction] += airtime;
    account.connectedUntil = at + (model.releaseAfter ?? model.inactivity);
  }

  /** Opened when the device is first heard of. */
  #accountOf(device: SimulatedDevice, at: Milliseconds): Account | undefined {
    const { radio, awake, closesAfterAck } = device.options;
    if (radio === undefined) return undefined;
    const known = this.#accounts.get(device);
    if (known !== undefined) return known;
    const account: Account = {
      model: radioModel(radio), active: closesAfterAck === true ? 0 : awake ?? Infinity,
      charge: { setup: 0, air: 0, tail: 0, idle: 0, sleep: 0 },
      isOn: device.isOn, onFor: 0, lastAt: at, connectedUntil: -Infinity,
      up: 0, down: 0, connections: 0,
    };
    this.#accounts.set(device, account);
    return account;
  }
}

/** Counts what the radio drew since it was last counted: connected, reachable, asleep. */
function settle(account: Account, now: Milliseconds): void {
  const { model, charge, lastAt, connectedUntil } = account;
  account.lastAt = now;
  if (!account.isOn) return;
  account.onFor += now - lastAt;
  // The connection began to idle with its last datagram, which `connectedUntil` remembers.
  const begun = connectedUntil - (model.releaseAfter ?? model.inactivity);
  const listening = overlap(lastAt, now, begun, Math.min(begun + model.connectedSpan,
    connectedUntil));
  const connected = overlap(lastAt, now, begun, connectedUntil);
  charge.tail += listening * model.connected + (connected - listening) * model.connectedDrx;
  const released = Math.max(lastAt, connectedUntil);
  const asleepFrom = connectedUntil === -Infinity ? released : connectedUntil + account.active;
  const idle = overlap(lastAt, now, released, asleepFrom);
  charge.idle += idle * model.idle;
  const asleep = now - lastAt - connected - idle;
  charge.sleep += asleep * model.sleep;
  // T3412 counts from the release; without queue mode the radio updates just the same.
  const trackingFrom = connectedUntil === -Infinity ? lastAt : connectedUntil;
  charge.sleep += model.tracking * (timesWithin(now - trackingFrom, model.trackingEvery)
    - timesWithin(lastAt - trackingFrom, model.trackingEvery));
}

function overlap(from: number, to: number, begin: number, end: number): number {
  return Math.max(0, Math.min(to, end) - Math.max(from, begin));
}

function timesWithin(span: Milliseconds, every: Milliseconds): number {
  return Math.max(0, Math.floor(span / every));
}
