// Groups that are durable and not yet in the database. A device's answer waits for one small write
// to these files and never for a checkpoint, which takes a hundred times as long. The database
// follows some milliseconds later; what it has not got when the process dies is read from here at
// the next start. A record is a header, columns of telemetry as TelemetryBatch lays them out, their
// texts, and the rest of the group, if any, as V8 writes values. Files are full of zeros before
// they are needed and are used again and again, so that a flush changes neither their length nor
// their folder: it would wait for whatever else the disk is doing.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import { DataFolderError } from '../io/data-folder.ts';
import { flushFolder } from '../io/durable-file.ts';
import type { GroupMessage, NumberedGroup } from './messages.ts';
import { SCHEMA_VERSION } from './schema.ts';
import type { TableMessage } from './table-columns.ts';
import { TelemetryBatch } from './telemetry-batch.ts';

const FOLDER = 'journal';
/** What is in the database and waits for its deletion, which a crash may cut short. */
const STORED_FOLDER = 'journal-stored';
/** "FXJ1", little-endian. */
const MAGIC = 0x314a5846;
const MAGIC_BYTES = Buffer.from('FXJ1');
/** Magic, checksum of all that follows, schema, rows, three lengths, number, salt. */
const HEADER_BYTES = 44;
const SALT_BYTES = 8;
/** A longer record has a file of its own, which stays as long. */
const FILE_BYTES = 4 * 1024 * 1024;
/** One is in use, others wait for the database. To make one more later delays answers. */
const FILES_AT_FIRST = 4;
const RECORD_BYTES_AT_FIRST = 256 * 1024;
const RECORD_BYTES_KEPT_MAX = 4 * 1024 * 1024;

interface JournalFile {
  readonly handle: FileHandle;
  length: number;
  lastNumber: number;
}

export class Journal {
  readonly #folder: string;
  /** Without it a device could write into its values what looks like a record. */
  readonly #salt = randomBytes(SALT_BYTES);
  #nextNumber: number;
  #nextName = 1;
  #current: JournalFile | undefined;
  /** Not all of these is in the database yet. */
  readonly #full: JournalFile[] = [];
  /** The one that was in use last comes last, so that what is left in them has no gap. */
  readonly #spare: JournalFile[] = [];
  #record = Buffer.allocUnsafe(RECORD_BYTES_AT_FIRST);
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(folder: string, nextNumber: number) {
    this.#folder = join(folder, FOLDER);
    this.#nextNumber = nextNumber;
  }

  /** In a folder whose journal was read and removed. */
  static async open(folder: string, nextNumber: number): Promise<Journal> {
    const journal = new Journal(folder, nextNumber);
    try {
      mkdirSync(journal.#folder, { recursive: true });
      await flushFolder(folder);
      journal.#current = await journal.#make();
      while (journal.#spare.length < FILES_AT_FIRST - 1) {
        journal.#spare.push(await journal.#make());
      }
    } catch (error) {
      throw new DataFolderError(
        `the data folder "${folder}" cannot be used: ${(error as Error).message}`);
    }
    return journal;
  }

  /**
   * Resolves with the number of the group when it is on the disk. The group is copied before the
   * call returns; the next one may come when this one has resolved.
   */
  append(group: GroupMessage): Promise<number> {
    if (this.#isClosed) return Promise.reject(new Error('the journal is closed'));
    const number = this.#nextNumber++;
    const appended = this.#write(number, this.#encode(number, group));
    this.#last = appended.catch(() => undefined);
    return appended;
  }

  async #write(number: number, record: Buffer): Promise<number> {
    const file = await this.#fileFor(record.length);
    for (let written = 0; written < record.length;) {
      const { bytesWritten } = await file.handle.write(
        record, written, record.length - written, file.length + written);
      written += bytesWritten;
    }
    await file.handle.datasync();
    file.length += record.length;
    file.lastNumber = number;
    return number;
  }

  /** The database has this group and all before it, on the disk. */
  stored(number: number): void {
    while ((this.#full[0]?.lastNumber ?? Infinity) <= number) {
      this.#spare.push({ ...this.#full.shift() as JournalFile, length: 0 });
    }
  }

  /** Takes no more; resolves when the group that is on its way is on the disk, or failed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
    const files = [...this.#full.splice(0), ...this.#spare.splice(0), this.#current];
    this.#current = undefined;
    for (const file of files) await file?.handle.close();
  }

  async #fileFor(length: number): Promise<JournalFile> {
    const current = this.#current as JournalFile;
    if (current.length === 0 || current.length + length <= FILE_BYTES) return current;
    this.#full.push(current);
    return this.#current = this.#spare.shift() ?? await this.#make();
  }

  async #make(): Promise<JournalFile> {
    const handle = await open(join(this.#folder, String(this.#nextName++)), 'w', 0o600);
    await handle.writeFile(Buffer.alloc(FILE_BYTES));
    await handle.sync();
    await flushFolder(this.#folder);
    return { handle, length: 0, lastNumber: 0 };
  }

  /** Valid until the next call. */
  #encode(number: number, group: GroupMessage): Buffer {
    const { telemetry, ...rest } = group;
    const batch = new TelemetryBatch(telemetry);
    const columns = batch.usedColumns();
    const others = isTelemetryAlone(group) ? Buffer.alloc(0) : serialize(rest);
    const parts = [...columns, batch.usedText(), others];
    const length = parts.reduce((sum, part) => sum + part.byteLength, HEADER_BYTES);
    const isUsual = length <= RECORD_BYTES_KEPT_MAX;
    if (isUsual && length > this.#record.length) this.#record = Buffer.allocUnsafe(2 * length);
    const record = isUsual ? this.#record.subarray(0, length) : Buffer.allocUnsafe(length);
    let end = HEADER_BYTES;
    for (const part of parts) {
      record.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), end);
      end += part.byteLength;
    }
    record.writeUInt32LE(MAGIC, 0);
    record.writeUInt32LE(SCHEMA_VERSION, 8);
    record.writeUInt32LE(telemetry.rows, 12);
    record.writeUInt32LE(columns.reduce((sum, part) => sum + part.byteLength, 0), 16);
    record.writeUInt32LE(batch.usedText().byteLength, 20);
    record.writeUInt32LE(others.byteLength, 24);
    record.writeDoubleLE(number, 28);
    this.#salt.copy(record, 36);
    record.writeUInt32LE(crc32(record.subarray(8)), 4);
    return record;
  }
}

/**
 * What a crash left, in order, and maybe some of what was stored before. Throws a DataFolderError
 * when this version cannot read it.
 */
export function readJournal(folder: string): NumberedGroup[] {
  const files = namesIn(folder).map((name) => readFileSync(join(folder, FOLDER, name)));
  const runs = files.map((bytes) => readRun(folder, bytes)).filter((run) => run.length > 0)
    .sort((left, right) => firstOf(left) - firstOf(right));
  for (const [index, run] of runs.slice(1).entries()) {
    // Only the last record of all may be cut short: it was not acknowledged.
    if (firstOf(run) === (runs[index]?.at(-1)?.number ?? 0) + 1) continue;
    throw damaged(folder);
  }
  const groups = runs.flat();
  const last = groups.at(-1)?.number ?? Infinity;
  if (files.some((bytes) => hasLater(bytes, last))) throw damaged(folder);
  return groups;
}

/** When the database has all of it: at once or not at all, whatever comes between. */
export async function removeJournal(folder: string): Promise<void> {
  const stored = join(folder, STORED_FOLDER);
  rmSync(stored, { recursive: true, force: true });
  if (!existsSync(join(folder, FOLDER))) return;
  renameSync(join(folder, FOLDER), stored);
  await flushFolder(folder);
  rmSync(stored, { recursive: true, force: true });
}

export function isTelemetryAlone(group: GroupMessage): boolean {
  const { telemetry, eventValues: _, ...others } = group;
  return telemetry.rows > 0 && Object.values(others).every((rows) => countOf(rows) === 0);
}

/** Values, and the states of the associations they came by. */
export function hasOnlyValues(group: GroupMessage): boolean {
  const { telemetry, eventValues: _, associationStates, ...others } = group;
  return telemetry.rows + associationStates.rows > 0
    && Object.values(others).every((rows) => countOf(rows) === 0);
}

function countOf(rows: TableMessage | readonly unknown[]): number {
  return 'rows' in rows ? rows.rows : rows.length;
}

function namesIn(folder: string): string[] {
  const path = join(folder, FOLDER);
  return existsSync(path) ? readdirSync(path).filter((name) => /^\d+$/.test(name)) : [];
}

/** The records from the beginning on; those of an earlier use of the file may lie behind. */
function readRun(folder: string, bytes: Buffer): NumberedGroup[] {
  const run: NumberedGroup[] = [];
  const isNext = (start: number): boolean => run.length === 0
    || numberOf(bytes, start) === firstOf(run) + run.length && hasSaltOf(bytes, 0, start);
  let start = 0;
  for (;;) {
    const length = recordLength(bytes, start);
    if (length === undefined || !isNext(start)) break;
    run.push(decode(folder, bytes.subarray(start, start + length)));
    start += length;
  }
  return run;
}

/** A record that was cut short is the last; a damaged one before others was acknowledged. */
function hasLater(bytes: Buffer, last: number): boolean {
  for (let at = 0; (at = bytes.indexOf(MAGIC_BYTES, at)) >= 0; at++) {
    const isOurs = at + HEADER_BYTES <= bytes.length && hasSaltOf(bytes, 0, at);
    if (isOurs && numberOf(bytes, at) > last && recordLength(bytes, at) !== undefined) return true;
  }
  return false;
}

function numberOf(bytes: Buffer, start: number): number {
  return bytes.readDoubleLE(start + 28);
}

function hasSaltOf(bytes: Buffer, one: number, other: number): boolean {
  return bytes.compare(bytes, one + 36, one + 36 + SALT_BYTES,
    other + 36, other + 36 + SALT_BYTES) === 0;
}

function damaged(folder: string): DataFolderError {
  return new DataFolderError(`the files in "${join(folder, FOLDER)}" are damaged: restore the `
    + 'data folder from a backup, or move them away and lose what they hold');
}

function firstOf(run: readonly NumberedGroup[]): number {
  return run[0]?.number ?? 0;
}

/** Of the whole and sound record that begins here; undefined when there is none. */
function recordLength(bytes: Buffer, start: number): number | undefined {
  if (start + HEADER_BYTES > bytes.length || bytes.readUInt32LE(start) !== MAGIC) return undefined;
  const length = HEADER_BYTES + bytes.readUInt32LE(start + 16) + bytes.readUInt32LE(start + 20)
    + bytes.readUInt32LE(start + 24);
  if (start + length > bytes.length) return undefined;
  const checksum = crc32(bytes.subarray(start + 8, start + length));
  return checksum === bytes.readUInt32LE(start + 4) ? length : undefined;
}

function decode(folder: string, record: Buffer): NumberedGroup {
  if (record.readUInt32LE(8) < SCHEMA_VERSION) {
    throw new DataFolderError(`an older Flownexus was not stopped in order and left values in `
      + `"${join(folder, FOLDER)}": start that version once more and stop it, then use this one`);
  }
  const columnsEnd = HEADER_BYTES + record.readUInt32LE(16);
  const textEnd = columnsEnd + record.readUInt32LE(20);
  const columns = new Uint8Array(record.subarray(HEADER_BYTES, columnsEnd)).buffer;
  const text = new Uint8Array(record.subarray(columnsEnd, textEnd)).buffer;
  const telemetry = { rows: record.readUInt32LE(12), columns, text };
  const rest = record.subarray(textEnd);
  const others = rest.length === 0 ? NO_OTHERS : deserialize(rest) as typeof NO_OTHERS;
  return { number: numberOf(record, 0), group: { telemetry, ...others } };
}

const NONE = { rows: 0, columns: [] };
const NO_OTHERS: Omit<GroupMessage, 'telemetry'> = {
  devices: NONE, operations: NONE, alerts: NONE, events: NONE,
  eventValues: { events: [], values: [] }, logs: NONE, credentials: NONE, certificates: NONE,
  associations: NONE, associationStates: NONE, dtlsSessions: NONE, forgotten: [],
  removedCredentials: [], removedCertificates: [], endedAssociations: [], endedDtlsSessions: [],
};
