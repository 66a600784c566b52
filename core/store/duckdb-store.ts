// The Store port over the database: synchronous commits gathered into durable groups.

import type { Store, Ticket } from '../ports.ts';
import type { Change, Facts } from './changes.ts';
import type { Database } from './database.ts';

export class DuckDbStore implements Store {
  constructor(database: Database) {
    throw new Error(`not built yet: ${database.folder}`);
  }

  load(): Facts {
    throw new Error('not built yet');
  }

  commit(_changes: readonly Change[]): Ticket {
    throw new Error('not built yet');
  }

  onCommitted(_listener: (ticket: Ticket) => void): void {
    throw new Error('not built yet');
  }

  backlog(): number {
    throw new Error('not built yet');
  }

  /** Resolves when everything accepted so far is on disk; for an orderly stop. */
  async flushed(): Promise<void> {
    throw new Error('not built yet');
  }
}
