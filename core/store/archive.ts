// Moves telemetry out of the database into Parquet files, each of one day of receive time, so that
// the table stays small: a checkpoint, for which questions wait, costs the more the larger it is.
// What is moved is a range of sequence numbers, so no clock decides whether a value is here or
// there. In order: announce, write, flush, rename, let count, delete rows; archive-files.ts tells
// why a crash may come anywhere.

import type { DuckDBConnection } from '@duckdb/node-api';
import {
  ArchiveFiles, COLUMNS, DAY_MS, type FileOperations, type KnownFile,
} from './archive-files.ts';
import type { RetainOrder, Retained, Row, SqlValue, Statement } from './messages.ts';
import { RANK } from './newest.ts';
import { bound } from './writer.ts';

/** Rows deleted in one transaction, for which groups of the journal wait: 6 ms. */
const DELETED_AT_ONCE = 65_536n;
/** The writer needs the rest of the disk: it stops the server when it finds none. */
const FREE_BYTES_MIN = 512 * 1024 * 1024;
/** A file whose values were measured on more days is read whatever the span. */
const DEVICE_DAYS_MAX = 64;

/** Values of one resource lie together, oldest first: a chart reads a few pages of a file. */
const PATH = 'device, object, instance, resource, resource_instance';

export interface ArchiveOptions {
  readonly folder: string;
  /** With a connection for the passes alone, which `interrupt` ends what it does. */
  readonly reading: <Answer>(
    work: (connection: DuckDBConnection) => Promise<Answer>) => Promise<Answer>;
  readonly interrupt: () => void;
  /** One transaction in the writer's turn. */
  readonly write: (statements: readonly Statement[]) => Promise<unknown>;
  readonly warn: (sentence: string) => void;
  readonly operations?: FileOperations;
}

interface Range {
  readonly first: bigint;
  readonly end: bigint;
}

export class Archive {
  readonly files: ArchiveFiles;
  readonly #reading: ArchiveOptions['reading'];
  readonly #interrupt: () => void;
  readonly #write: ArchiveOptions['write'];
  #isEnding = false;
  #pass: Promise<unknown> = Promise.resolve();

  constructor(options: ArchiveOptions) {
    this.#reading = options.reading;
    this.#interrupt = options.interrupt;
    this.#write = options.write;
    this.files = new ArchiveFiles({ ...options, ask: (sql, values) => this.#rows(sql, values) });
  }

  /** One pass after the other; a failed one has lost nothing and is asked for again. */
  retain(order: RetainOrder): Promise<Retained> {
    const pass = this.#pass.then(() => this.#retain(order));
    this.#pass = pass.catch(() => undefined);
    return pass;
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    this.#interrupt();
    await this.#pass;
  }

  async #retain(order: RetainOrder): Promise<Retained> {
    await this.files.sweep();
    try {
      let written = 0;
      await this.#deleteMoved();
      for (;;) {
        const range = await this.#nextRange(order);
        if (range === undefined) break;
        written += await this.#move(range);
        await this.#deleteMoved();
      }
      await this.#dropForgotten();
      return { written, removed: await this.files.expire(order.keepFrom) };
    } catch (error) {
      // What was begun takes room that the disk may lack.
      await this.files.sweep().catch(() => undefined);
      throw error;
    }
  }

  /** The oldest values of days that are over, or of whatever day when the table is too long. */
  async #nextRange(order: RetainOrder): Promise<Range | undefined> {
    const [table] = await this.#rows('SELECT min(sequence) AS first FROM resource');
    if (typeof table?.['first'] !== 'bigint') return undefined;
    const { first } = table;
    let end = first + BigInt(order.rowsAtOnce);
    const [beyond] = await this.#rows('SELECT 1 FROM resource WHERE sequence >= $1::BIGINT LIMIT 1',
      [first + BigInt(order.tableRowsMax)]);
    if (beyond === undefined) {
      const [over] = await this.#rows(`SELECT max(sequence) + 1 AS end FROM resource
        WHERE receive_time < epoch_ms($1::BIGINT)::TIMESTAMP_MS`, [order.today]);
      if (typeof over?.['end'] !== 'bigint') return undefined;
      if (over['end'] < end) end = over['end'];
    }
    while (end - first > 1n && await this.#bytesOf({ first, end }) > order.bytesAtOnce) {
      end = first + (end - first) / 2n;
    }
    return { first, end };
  }

  async #bytesOf({ first, end }: Range): Promise<number> {
    const [row] = await this.#rows(`SELECT
      coalesce(sum(strlen(txt)), 0)::DOUBLE + coalesce(sum(octet_length(bin)), 0)::DOUBLE AS bytes
      FROM resource WHERE sequence >= $1::BIGINT AND sequence < $2::BIGINT`, [first, end]);
    return row?.['bytes'] as number;
  }

  /** Afterwards the values of the range are in files and count there; how many files they are. */
  async #move({ first, end }: Range): Promise<number> {
    this.files.checkFree(FREE_BYTES_MIN);
    const values = `FROM resource WHERE sequence >= ${first} AND sequence < ${end}`;
    const days = await this.#rows(`SELECT day::VARCHAR AS day, max(sequence) AS last,
        CASE WHEN count(DISTINCT device_day) <= ${DEVICE_DAYS_MAX}
          THEN list(DISTINCT device_day)::VARCHAR END AS device_days
      FROM (SELECT receive_time::DATE AS day, sequence,
        floor(epoch_ms(device_time) / ${DAY_MS})::BIGINT AS device_day ${values})
      GROUP BY day ORDER BY day`);
    const coming = await this.files.announce([...days.map((row) => ({
      day: String(row['day']), lastSequence: row['last'] as bigint,
      deviceDays: row['device_days'] as string | null,
    })), { day: null, lastSequence: end - 1n, deviceDays: null }]);
    for (const file of coming.slice(0, -1)) {
      await this.files.write(file, `SELECT resource.*, endpoint
        FROM (SELECT * ${values} AND receive_time::DATE = DATE '${file.day}') AS resource
        LEFT JOIN device ON device = id ORDER BY ${PATH}, sequence`);
    }
    await this.#writeNewest(coming.at(-1) as KnownFile, values);
    const before = await this.files.newest();
    await this.#write([
      ...coming.map((file) => this.files.toState(file, 'HERE')),
      ...before.map((file) => this.files.toState(file, 'GOING')),
      { sql: `UPDATE meta SET moved_to = $1::BIGINT,
        next_sequence = greatest(next_sequence, $1::BIGINT)`, values: [end] },
    ]);
    return days.length;
  }

  /**
   * Of these values and those moved before, each resource's value that holds and the one that came
   * last, after which a chart goes on.
   */
  async #writeNewest(file: KnownFile, values: string): Promise<void> {
    const newest = await this.files.newest();
    const all = await this.files.days();
    await this.files.reading(async (isUsed) => {
      const isNewestUsed = newest.some(({ name }) => isUsed(name));
      // Without the last such file, as at the first time, it takes all there is.
      const before = (isNewestUsed ? newest : all).map(({ name }) => name).filter(isUsed);
      const known = `SELECT ${COLUMNS} ${values}` + (before.length === 0 ? ''
        : ` UNION ALL SELECT ${COLUMNS} FROM ${this.files.from(before)}`);
      await this.files.write(file, `WITH known AS NOT MATERIALIZED (${known})
        SELECT known.*, endpoint FROM known LEFT JOIN device ON device = id
        WHERE sequence IN (SELECT max(sequence) FROM known GROUP BY ${PATH})
          OR ${RANK} IN (SELECT max(${RANK}) FROM known GROUP BY ${PATH})
        ORDER BY ${PATH}, sequence`);
    });
  }

  /** Rows that files hold are seen by nobody; they go in pieces between commits. */
  async #deleteMoved(): Promise<void> {
    const [meta] = await this.#rows('SELECT moved_to AS end FROM meta');
    for (;;) {
      const [row] = await this.#rows(`SELECT min(sequence) AS first FROM resource
        WHERE sequence < ${String(meta?.['end'])}`);
      if (typeof row?.['first'] !== 'bigint') return;
      await this.#write([{
        sql: 'DELETE FROM resource WHERE sequence < least($1::BIGINT, $2::BIGINT)',
        values: [row['first'] + DELETED_AT_ONCE, meta?.['end'] as bigint],
      }]);
    }
  }

  /** Files that hold values of forgotten devices are replaced by ones that do not. */
  async #dropForgotten(): Promise<void> {
    const rows = await this.#rows('SELECT id FROM forgotten_device');
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => Number(id)).join(', ');
    for (const file of [...await this.files.days(), ...await this.files.newest()]) {
      const from = `FROM ${this.files.from([file.name])}`;
      const isConcerned = await this.files.reading(async (isUsed) => isUsed(file.name)
        && (await this.#rows(`SELECT 1 ${from} WHERE device IN (${ids}) LIMIT 1`)).length > 0);
      if (!isConcerned) continue;
      this.files.checkFree(FREE_BYTES_MIN);
      const [replacement] = await this.files.announce([file]);
      await this.files.write(replacement as KnownFile,
        `SELECT * ${from} WHERE device NOT IN (${ids})`);
      await this.#write([
        this.files.toState(replacement as KnownFile, 'HERE'), this.files.toState(file, 'GOING')]);
    }
    await this.#write([{ sql: `DELETE FROM forgotten_device WHERE id IN (${ids})`, values: [] }]);
  }

  async #rows(sql: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> {
    if (this.#isEnding) throw new Error('the database is closing');
    return this.#reading(async (connection) => {
      const reader = await connection.runAndReadAll(sql, bound(values));
      return reader.getRowObjectsJS() as Row[];
    });
  }
}
