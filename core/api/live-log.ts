// The log that one live stream follows: where it has come, and whether more is on disk. Lines are
// read from the database when the stream has its turn, so that a flood costs one question a turn.

import type { Database } from '../store/database.ts';
import { logPage, type StoredLogRow } from '../store/device-log.ts';
import type { LogTail } from './inputs.ts';

/** Lines in one message. */
export const LOG_TAIL_MAX = 200;

export interface LogNews {
  /** The newest first. */
  readonly rows: readonly StoredLogRow[];
  /** More came than fits: these take the place of all that was shown. */
  readonly replaces: boolean;
}

export class LiveLog {
  #tail: LogTail | undefined;
  /** Everything up to this id was seen. */
  #cursor = 0;
  #isBehind = false;

  /** Undefined: the page follows none. */
  show(tail: LogTail | undefined): void {
    this.#tail = tail;
    this.#cursor = tail?.after ?? 0;
    this.#isBehind = tail !== undefined;
  }

  logged(): void {
    this.#isBehind = this.#tail !== undefined;
  }

  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** What came since the last call; undefined for nothing that the page wants. */
  async read(db: Database, device: number | undefined): Promise<LogNews | undefined> {
    const tail = this.#tail;
    this.#isBehind = false;
    if (tail === undefined) return undefined;
    const { severity, search } = tail;
    const { rows, last } = await logPage(db, { device, severity, search },
      { after: this.#cursor, order: 'newest first', limit: LOG_TAIL_MAX });
    // The page may show something else by now.
    if (this.#tail !== tail) return undefined;
    this.#cursor = Math.max(this.#cursor, last);
    return rows.length === 0 ? undefined : { rows, replaces: rows.length === LOG_TAIL_MAX };
  }
}
