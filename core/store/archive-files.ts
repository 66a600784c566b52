// The Parquet files and the table that knows them. A file is announced before it is written
// (COMING), counts by the transaction that makes it HERE and takes its values from the table's, and
// is taken back by another (GOING) a pass before it is deleted, so that who reads it still can.
// What is not HERE when a pass begins is deleted, whether a crash left it or not. No file that is
// HERE changes.

import { existsSync, mkdirSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { flushFolder, removeDurably, renameDurably } from '../io/durable-file.ts';
import type { Row, SqlValue, Statement } from './messages.ts';
import { quoted } from './quoted.ts';

/** Values by day, for people too. */
const DAYS_FOLDER = 'telemetry';
/** One file with the newest values of each resource of all those that were moved to files. */
const NEWEST_FOLDER = 'newest';
/** Other tools take `*.parquet`, which what is not whole must not be. */
const DRAFT_SUFFIX = '.draft';
export const DAY_MS = 86_400_000;
/** How many names a sentence lists. */
const NAMES_MAX = 3;

/** What files and table have in common; the files also name the endpoint. */
export const COLUMNS = `sequence, device, object, instance, resource, resource_instance,
  device_time, receive_time, type::VARCHAR AS type, num, "int", txt, bin`;

export interface AnnouncedFile {
  /** Of receive time; null for the file of newest values. */
  readonly day: string | null;
  readonly lastSequence: bigint;
  /** Days of device time since 1970, as DuckDB writes a list; null when they are too many. */
  readonly deviceDays: string | null;
}

export interface KnownFile extends AnnouncedFile {
  readonly id: number;
  readonly name: string;
}

/** Whether this file is to be read; by its name. */
export type Choice = (name: string) => boolean;

/** What happens to files beyond SQL; tests end it in the middle. */
export interface FileOperations {
  rename(draft: string, path: string): Promise<void>;
  remove(path: string): Promise<void>;
  freeBytes(folder: string): number;
}

const DISK: FileOperations = {
  rename: renameDurably,
  remove: removeDurably,
  freeBytes: (folder) => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
};

interface FilesOptions {
  readonly folder: string;
  readonly ask: (sql: string, values?: readonly SqlValue[]) => Promise<readonly Row[]>;
  /** One transaction in the writer's turn. */
  readonly write: (statements: readonly Statement[]) => Promise<unknown>;
  readonly warn: (sentence: string) => void;
  readonly operations?: FileOperations;
}

/** What DuckDB's words begin with when it was stopped or lacks memory: no file is to blame. */
export const OF_NO_FILE = 'INTERRUPT|Out of Memory';
const isOfNoFile = ({ message }: Error): boolean => new RegExp(`^(${OF_NO_FILE})`).test(message);

export class ArchiveFiles {
  readonly folder: string;
  readonly #ask: FilesOptions['ask'];
  readonly #write: FilesOptions['write'];
  readonly #warn: FilesOptions['warn'];
  readonly #operations: FileOperations;
  /** Left out until the next start. */
  readonly #broken = new Set<string>();

  constructor({ folder, ask, write, warn, operations = DISK }: FilesOptions) {
    this.folder = folder;
    this.#ask = ask;
    this.#write = write;
    this.#warn = warn;
    this.#operations = operations;
  }

  /** Says once what is missing in the folders and what does not belong there. */
  async open(): Promise<void> {
    const known = new Set((await this.#ask('SELECT name FROM telemetry_file'))
      .map(({ name }) => String(name)));
    const missing = new Set((await this.#here('true')).map(({ name }) => name));
    const foreign: string[] = [];
    for (const folder of [DAYS_FOLDER, NEWEST_FOLDER]) {
      const path = join(this.folder, folder);
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
      for (const file of readdirSync(path)) {
        const name = `${folder}/${file}`;
        missing.delete(name);
        if (name.endsWith('.parquet') && !known.has(name)) foreign.push(name);
      }
    }
    if (foreign.length > 0) {
      this.#warn(`${namesOf(foreign)} in the data folder: not written by this server, left out`);
    }
    if (missing.size > 0) {
      this.#warn(`${namesOf([...missing])} in the data folder: missing, the values are left out`);
    }
    for (const name of missing) this.#broken.add(name);
  }

  days(): Promise<KnownFile[]> {
    return this.#here('day IS NOT NULL');
  }

  newest(): Promise<KnownFile[]> {
    return this.#here('day IS NULL');
  }

  /** Each file is deleted before the table forgets it. */
  async sweep(): Promise<void> {
    for (const folder of [DAYS_FOLDER, NEWEST_FOLDER]) {
      const made = mkdirSync(join(this.folder, folder), { recursive: true });
      if (made !== undefined) await flushFolder(this.folder);
    }
    for (const { id, name } of await this.#ask(
      `SELECT id, name FROM telemetry_file WHERE state <> 'HERE'`)) {
      const path = join(this.folder, String(name));
      await this.#operations.remove(path + DRAFT_SUFFIX);
      await this.#operations.remove(path);
      await this.#write([
        { sql: 'DELETE FROM telemetry_file WHERE id = $1', values: [id as number] }]);
    }
  }

  async announce(files: readonly AnnouncedFile[]): Promise<KnownFile[]> {
    const [last] = await this.#ask('SELECT coalesce(max(id), 0) AS id FROM telemetry_file');
    let id = Number(last?.['id']);
    const coming = files.map(({ day, lastSequence, deviceDays }) => {
      let name: string;
      do {
        id++;
        name = day === null ? `${NEWEST_FOLDER}/${id}.parquet`
          : `${DAYS_FOLDER}/${day}-${id}.parquet`;
      } while (existsSync(join(this.folder, name)));
      return { id, name, day, lastSequence, deviceDays };
    });
    await this.#write(coming.map((file) => ({
      sql: `INSERT INTO telemetry_file
        VALUES ($1, $2, $3::DATE, 'COMING', $4::BIGINT, $5::BIGINT[])`,
      values: [file.id, file.name, file.day, file.lastSequence, file.deviceDays],
    })));
    return coming;
  }

  /** Puts the rows of a query into an announced file. */
  async write({ name }: KnownFile, select: string): Promise<void> {
    const path = join(this.folder, name);
    await this.#ask(`COPY (${select}) TO ${quoted(path + DRAFT_SUFFIX)}
      (FORMAT parquet, COMPRESSION zstd)`);
    await this.#operations.rename(path + DRAFT_SUFFIX, path);
  }

  toState({ id }: KnownFile, state: 'HERE' | 'GOING'): Statement {
    return { sql: 'UPDATE telemetry_file SET state = $2 WHERE id = $1', values: [id, state] };
  }

  /** Takes back the files of days before that of `keepFrom`; how many they are. */
  async expire(keepFrom: number | undefined): Promise<number> {
    if (keepFrom === undefined) return 0;
    const old = (await this.days())
      .filter(({ day }) => Date.parse(day as string) + DAY_MS <= keepFrom);
    if (old.length > 0) await this.#write(old.map((file) => this.toState(file, 'GOING')));
    return old.length;
  }

  checkFree(least: number): void {
    if (this.#operations.freeBytes(this.folder) >= least) return;
    throw new Error(`less than ${least / 2 ** 20} MB are free in "${this.folder}"`);
  }

  /**
   * Reads files by `attempt`, which says of each whether it wants it. One that is damaged, replaced
   * or gone is found by trying them one by one, said, and left out from then on.
   */
  async reading<Answer>(attempt: (isUsed: Choice) => Promise<Answer>): Promise<Answer> {
    const wanted = new Set<string>();
    const isSound: Choice = (name) => this.isSound(name);
    try {
      return await attempt((name) => isSound(name) && wanted.add(name).size > 0);
    } catch (error) {
      if (isOfNoFile(error as Error)) throw error;
      const fails = (isUsed: Choice) => attempt(isUsed).then(() => false, (fault: Error) => {
        if (isOfNoFile(fault)) throw fault;
        return true;
      });
      if (await fails(() => false)) throw error;
      const broken: string[] = [];
      for (const name of wanted) if (await fails((other) => other === name)) broken.push(name);
      if (broken.length === 0) throw error;
      this.leaveOut(broken);
      return attempt(isSound);
    }
  }

  isSound(name: string): boolean {
    return !this.#broken.has(name);
  }

  /** Until the next start. */
  leaveOut(names: readonly string[]): void {
    for (const name of names) this.#broken.add(name);
    this.#warn(`${namesOf(names)} in the data folder cannot be read, left out`);
  }

  /** `read_parquet` of these files. */
  from(names: readonly string[]): string {
    return `read_parquet([${names.map((name) => quoted(join(this.folder, name))).join(', ')}])`;
  }

  async #here(which: string): Promise<KnownFile[]> {
    const rows = await this.#ask(`SELECT id, name, day::VARCHAR AS day, last_sequence,
      device_days::VARCHAR AS device_days FROM telemetry_file
      WHERE state = 'HERE' AND ${which} ORDER BY id`);
    return rows.map((row) => ({
      id: Number(row['id']), name: String(row['name']), day: row['day'] as string | null,
      lastSequence: row['last_sequence'] as bigint,
      deviceDays: row['device_days'] as string | null,
    }));
  }
}

function namesOf(names: readonly string[]): string {
  const rest = names.length - NAMES_MAX;
  return names.slice(0, NAMES_MAX).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
