// Who watches a world: oracles, metrics, energy meters, the trace. They see what passes on the
// network and what reaches the disk, and ask the devices for the truth; never the server.

import type { Address, Milliseconds, Ticket } from '../core/ports.ts';
import type { Change } from '../core/store/changes.ts';
import type { SimulatedDevice } from './device.ts';
import type { Direction } from './scenario/model.ts';

export type Fate = 'delivered' | 'lost' | 'duplicate' | 'unheard';

/** One datagram on the link of one device. Reused: do not keep it beyond the call. */
export interface Passing {
  at: Milliseconds;
  device: SimulatedDevice;
  /** The device's, as the server sees it: where the datagram comes from or was sent to. */
  address: Address;
  direction: Direction;
  /** Counts the datagrams of this device in this direction from 1. */
  nth: number;
  datagram: Uint8Array;
}

export interface Observer {
  /** A datagram was handed to the network. */
  sent?(passing: Passing): void;
  /** It came to its end; a duplicate arrives twice. */
  ended?(passing: Passing, fate: Fate): void;
  /** A group is on the disk. */
  committed?(at: Milliseconds, ticket: Ticket, changes: readonly Change[]): void;
  server?(at: Milliseconds, what: 'started' | 'killed'): void;
  device?(at: Milliseconds, device: SimulatedDevice, what: DeviceNews): void;
}

export type DeviceNews = 'started' | 'stopped' | 'registered' | 'notified' | 'acknowledged';
