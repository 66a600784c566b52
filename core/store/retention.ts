// When values are moved to files and when files are deleted; how is archive.ts's affair.

import type { Clock, Log, Milliseconds, Task, Timer } from '../ports.ts';
import type { Database } from './database.ts';

const DAY: Milliseconds = 86_400_000;
const INTERVAL: Milliseconds = 60_000;
/** After a failure: what the disk lacks takes people. */
const RETRY_INTERVAL: Milliseconds = 600_000;
/** In one file: 2 s of one core. */
const ROWS_AT_ONCE = 2_000_000;
/** An eighth of the database's memory: they are sorted there, and the writer needs some as well. */
const BYTES_AT_ONCE = 128 * 1024 * 1024;
/** The longer the table the more a checkpoint costs: 12 ms without rows, 30 with 10 million. */
const TABLE_ROWS_MAX = 4_000_000;

export interface RetentionPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly database: Pick<Database, 'retain'>;
}

export class Retention implements Task {
  readonly #ports: RetentionPorts;
  readonly #keep: Milliseconds | undefined;
  #timer: Timer | undefined;
  #hasStopped = false;

  /** Without `keep` values are kept for ever. */
  constructor(ports: RetentionPorts, keep: Milliseconds | undefined) {
    this.#ports = ports;
    this.#keep = keep;
  }

  /** Begins at once: the server may have been off for days. */
  start(): void {
    this.#schedule(0);
  }

  onDue(now: Milliseconds): void {
    void this.#pass(now).then((next) => this.#schedule(next));
  }

  stop(): void {
    this.#hasStopped = true;
    if (this.#timer !== undefined) this.#ports.clock.cancel(this.#timer);
  }

  #schedule(wait: Milliseconds): void {
    const { clock } = this.#ports;
    if (!this.#hasStopped) this.#timer = clock.schedule(clock.now() + wait, this);
  }

  /** How long to wait for the next one. */
  async #pass(now: Milliseconds): Promise<Milliseconds> {
    const { database, log } = this.#ports;
    try {
      const { written, removed } = await database.retain({
        today: now - now % DAY,
        keepFrom: this.#keep === undefined ? undefined : now - this.#keep,
        rowsAtOnce: ROWS_AT_ONCE, bytesAtOnce: BYTES_AT_ONCE, tableRowsMax: TABLE_ROWS_MAX,
      });
      if (written > 0) log.info('values were moved to Parquet files', { files: written });
      if (removed > 0) log.info('values older than --retention were deleted', { files: removed });
      return INTERVAL;
    } catch (error) {
      if (!this.#hasStopped) {
        log.warn('values cannot be moved to Parquet files, none is lost, tried again in 10 minutes',
          { reason: (error as Error).message });
      }
      return RETRY_INTERVAL;
    }
  }
}
