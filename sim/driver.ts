// Between a world and what is not in it. In virtual time there is nothing: without a driver
// devices, network, server and disk are all in the world. The drivers over real sockets are in
// drivers/; one that starts processes of real firmware goes beside them.

import type { Random, Store, Ticket } from '../core/ports.ts';
import type { Change } from '../core/store/changes.ts';
import type { VirtualClock } from './clock.ts';
import type { Joining, Link, Network } from './network.ts';
import type { Disk } from './store.ts';

export interface Driver {
  /** The time of the world; the driver keeps it at the present. */
  readonly clock: VirtualClock;
  /** What the world's server stands on; undefined: the devices speak to a server elsewhere. */
  readonly ground: Ground | undefined;
  /** The world is there: what comes from outside goes to its network. */
  begin(network: Network): void;
  /** A device joins the network by a way of its own. */
  connect(joining: Omit<Joining, 'address'>): Connected;
}

export interface Ground {
  readonly random: Random;
  /** Reads what is there, and writes on `disk` whatever becomes durable. */
  open(disk: Disk): WorldStore;
}

/** A store whose writing can be watched. */
export interface WorldStore extends Store {
  /** Told what has reached the disk, before the server is. */
  onWritten: (ticket: Ticket, changes: readonly Change[]) => void;
}

export interface Connected {
  readonly link: Link;
  /** Takes what the device sends; undefined: the link does. */
  readonly send: ((datagram: Uint8Array) => void) | undefined;
}
