// The real database as a world's disk: what is durable in DuckDB is in the world's copy of the
// disk as well, before the server is told. Observers are shown what concerns simulated devices:
// of a real one, or of a stranger, they have not seen the datagrams.

import type { Store, Ticket } from '../../core/ports.ts';
import type { Change, Facts } from '../../core/store/changes.ts';
import type { WorldStore } from '../driver.ts';
import { applyChanges, type Disk } from '../store.ts';
import type { Pace } from './pace.ts';

interface Group {
  readonly ticket: Ticket;
  readonly changes: Change[];
}

/** Ids of devices begin with 1. */
const NO_DEVICE = 0;

export class DurableStore implements WorldStore {
  onWritten: WorldStore['onWritten'] = () => undefined;
  readonly #store: Store;
  readonly #disk: Disk;
  readonly #isSimulated: (endpoint: string) => boolean;
  /** Not known to be durable yet, the oldest first. */
  readonly #open: Group[] = [];
  #listener: (ticket: Ticket) => void = () => undefined;

  constructor(store: Store, disk: Disk, pace: Pace, isSimulated: (endpoint: string) => boolean) {
    this.#store = store;
    this.#disk = disk;
    this.#isSimulated = isSimulated;
    store.onCommitted((ticket) => pace.enter(() => this.#onCommitted(ticket)));
  }

  load(): Facts {
    return this.#store.load();
  }

  commit(changes: readonly Change[]): Ticket {
    const ticket = this.#store.commit(changes);
    const last = this.#open.at(-1);
    if (last?.ticket === ticket) last.changes.push(...changes);
    else this.#open.push({ ticket, changes: [...changes] });
    return ticket;
  }

  onCommitted(listener: (ticket: Ticket) => void): void {
    this.#listener = listener;
  }

  backlog(): number {
    return this.#store.backlog();
  }

  #onCommitted(committed: Ticket): void {
    while ((this.#open[0]?.ticket ?? Infinity) <= committed) {
      const { ticket, changes } = this.#open.shift() as Group;
      applyChanges(this.#disk, changes);
      this.onWritten(ticket, changes.filter((change) => this.#isShown(change)));
    }
    this.#listener(committed);
  }

  #isShown(change: Change): boolean {
    if (change.table === 'device') return this.#isSimulated(change.row.endpoint);
    const number = deviceOf(change);
    return this.#isSimulated(this.#disk.devices.get(number ?? NO_DEVICE)?.endpoint ?? '');
  }
}

/** Of what is about a device. */
function deviceOf(change: Change): number | undefined {
  if (change.table === 'device forgotten') return change.id;
  return 'row' in change && 'device' in change.row ? change.row.device : undefined;
}
