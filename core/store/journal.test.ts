// What is durable before the database has it: every record comes back as it went in, one cut short
// is no record, and the next start stores what is missing, once.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { openDatabase } from './database.ts';
import { DuckDbStore } from './duckdb-store.ts';
import { Journal, readJournal } from './journal.ts';
import type { GroupMessage, NumberedGroup } from './messages.ts';
import { EVENT_COLUMNS, tableMessage } from './table-columns.ts';
import { TelemetryBatch } from './telemetry-batch.ts';
import { newFolder, removeFolders } from './testing.ts';

afterAll(removeFolders);

const NONE = { rows: 0, columns: [] };
const EMPTY: GroupMessage = {
  telemetry: new TelemetryBatch().message(), devices: NONE, operations: NONE, alerts: NONE,
  events: NONE, eventValues: { events: [], values: [] }, logs: NONE, credentials: NONE,
  certificates: NONE, associations: NONE, associationStates: NONE, dtlsSessions: NONE,
  forgotten: [], removedCredentials: [], removedCertificates: [], endedAssociations: [],
  endedDtlsSessions: [],
};

function values(...sequences: readonly number[]): GroupMessage {
  const batch = new TelemetryBatch();
  for (const sequence of sequences) {
    batch.append({
      sequence, device: 1, object: 3303, instance: 0, resource: 5700, resourceInstance: -1,
      deviceTime: sequence, receiveTime: sequence,
      value: { type: 'string', value: `value ${sequence} ü` },
    });
  }
  return { ...EMPTY, telemetry: batch.message() };
}

function withEvent(group: GroupMessage): GroupMessage {
  return { ...group, events: tableMessage(EVENT_COLUMNS, [
    { device: 1, type: 'report', at: 7, detail: 'ü', sequences: [] }]) };
}

async function written(...groups: readonly GroupMessage[]): Promise<string> {
  return writtenFrom(1, ...groups);
}

async function writtenFrom(number: number, ...groups: readonly GroupMessage[]): Promise<string> {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  const journal = await Journal.open(folder, number);
  for (const group of groups) await journal.append(group);
  await journal.close();
  return folder;
}

function fileOf(folder: string): string {
  return join(folder, 'journal', '1');
}

/** Where the first two records end. */
function ends(bytes: Buffer): [number, number] {
  const endOf = (start: number): number => start + 44 + bytes.readUInt32LE(start + 16)
    + bytes.readUInt32LE(start + 20) + bytes.readUInt32LE(start + 24);
  return [endOf(0), endOf(endOf(0))];
}

function told(groups: Iterable<NumberedGroup>) {
  return [...groups].map(({ number, group: { telemetry, ...rest } }) => {
    const batch = new TelemetryBatch(telemetry);
    return { number, rows: batch.rows, columns: batch.usedColumns(), text: batch.usedText(), rest };
  });
}

async function stored(folder: string): Promise<unknown[]> {
  const db = await openDatabase({ folder });
  const rows = await db.query('SELECT sequence, txt FROM resource ORDER BY sequence');
  const [event] = await db.query('SELECT count(*) AS n FROM event');
  await db.close();
  return [...rows.map(({ sequence, txt }) => `${sequence} ${txt}`), Number(event?.['n'])];
}

test('groups come back as they went in', async () => {
  const groups = [values(1, 2, 3), EMPTY, withEvent(values(4)), { ...EMPTY, forgotten: [9] }];
  const folder = await written(...groups);
  expect(told(readJournal(folder))).toEqual(told(
    groups.map((group, index) => ({ number: index + 1, group }))));
});

test('of a record that was cut short anywhere nothing is read, of those before all', async () => {
  const folder = await written(values(1, 2), withEvent(values(3)));
  const [begin, end] = ends(readFileSync(fileOf(folder)));
  const whole = readFileSync(fileOf(folder)).subarray(0, end);
  const first = told(readJournal(folder))[0];
  for (let length = begin; length < end; length++) {
    writeFileSync(fileOf(folder), whole.subarray(0, length));
    expect(told(readJournal(folder))).toEqual([first]);
  }
  for (let index = begin; index < end; index++) {
    const damaged = Buffer.from(whole);
    damaged[index] = (damaged[index] as number) ^ 0x10;
    writeFileSync(fileOf(folder), damaged);
    expect(told(readJournal(folder))).toEqual([first]);
  }
});

test('what the database lacks is stored at the start, once, however often it is read', async () => {
  const folder = await written(values(1, 2), withEvent(values(3)), values(4));
  const journal = readFileSync(fileOf(folder));
  const expected = ['1 value 1 ü', '2 value 2 ü', '3 value 3 ü', '4 value 4 ü', 1];
  expect(await stored(folder)).toEqual(expected);
  expect(existsSync(join(folder, 'journal'))).toBe(false);
  // As when the deletion did not reach the disk before the power went.
  mkdirSync(join(folder, 'journal'));
  writeFileSync(fileOf(folder), journal);
  expect(await stored(folder)).toEqual(expected);
});

test('what an earlier use left behind the last record is not read', async () => {
  const folder = await writtenFrom(7, values(11), values(12), values(13));
  const old = readFileSync(fileOf(folder));
  const again = readFileSync(fileOf(await writtenFrom(20, values(21))));
  again.copy(old, 0, 0, ends(again)[0]);
  writeFileSync(fileOf(folder), old);
  expect(readJournal(folder).map(({ number }) => number)).toEqual([20]);
});

test('a gap between files is said, not passed over', async () => {
  const folder = await written(values(1), values(2));
  const bytes = readFileSync(fileOf(await writtenFrom(4, values(4))));
  writeFileSync(join(folder, 'journal', '2'), bytes);
  await expect(openDatabase({ folder })).rejects.toThrow(/journal" are damaged: restore the/);
  expect(existsSync(fileOf(folder))).toBe(true);
});

test('one damaged between others is said', async () => {
  for (const at of [0, 1]) {
    const folder = await written(values(1), values(2), values(3));
    const bytes = readFileSync(fileOf(folder));
    const [first, second] = ends(bytes);
    const last = [first, second][at] as number;
    bytes[last - 1] = (bytes[last - 1] as number) ^ 1;
    writeFileSync(fileOf(folder), bytes);
    // With no sound record before it nothing tells what is damaged from what was never written.
    if (at === 0) expect(readJournal(folder)).toEqual([]);
    else expect(() => readJournal(folder)).toThrow(/journal" are damaged: restore the/);
  }
});

test('what a device wrote into its values is no record', async () => {
  const other = readFileSync(fileOf(await writtenFrom(2, values(9))));
  const forged = other.subarray(0, ends(other)[0]);
  const folder = await written(values(1));
  const bytes = readFileSync(fileOf(folder));
  forged.copy(bytes, ends(bytes)[0]);
  writeFileSync(fileOf(folder), bytes);
  expect(readJournal(folder).map(({ number }) => number)).toEqual([1]);
});

test('a deletion that was cut short is finished, and nothing of it comes back', async () => {
  const folder = await written(values(2));
  mkdirSync(join(folder, 'journal-stored'));
  writeFileSync(join(folder, 'journal-stored', '3'),
    readFileSync(fileOf(await writtenFrom(9, values(1)))));
  expect(await stored(folder)).toEqual(['2 value 2 ü', 0]);
  expect(existsSync(join(folder, 'journal-stored'))).toBe(false);
});

test('a journal of an older version is left to that version', async () => {
  const folder = await written(values(1));
  const bytes = readFileSync(fileOf(folder));
  bytes.writeUInt32LE(1, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(8, ends(bytes)[0])), 4);
  writeFileSync(fileOf(folder), bytes);
  await expect(openDatabase({ folder })).rejects.toThrow(/older Flownexus was not stopped in order/);
});

test('files that the database has are used again, and deleted when the server stops',
  async () => {
    const folder = newFolder();
    const db = await openDatabase({ folder });
    const store = new DuckDbStore(db);
    let sequence = store.load().nextSequence;
    const text = 'x'.repeat(1_000_000);
    for (let index = 0; index < 40; index++) {
      store.commit([{ table: 'resource', row: {
        sequence: sequence++, device: 1, object: 1, instance: 0, resource: 0, resourceInstance: -1,
        deviceTime: 1, receiveTime: 1, value: { type: 'string', value: text },
      } }]);
      await store.flushed();
      // Whoever asks makes the database take what is waiting.
      await db.query('SELECT 1');
    }
    expect(await db.query('SELECT count(*) AS n, sum(strlen(txt)) AS length FROM resource'))
      .toEqual([{ n: 40n, length: 40_000_000n }]);
    expect(readdirSync(join(folder, 'journal')).length).toBe(4);
    await db.close();
    expect(existsSync(join(folder, 'journal'))).toBe(false);
  });
