// Stories of what security keeps on the disk: credentials and associations, over restarts and over
// crashes that leave them in the journal alone.

import { cpSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import type { AssociationRow, AssociationStateRow, Change, CredentialRow } from './changes.ts';
import { openDatabase } from './database.ts';
import { DuckDbStore } from './duckdb-store.ts';
import {
  deviceRow, newFolder, NOON, registrationRow, removeFolders, telemetryRow,
} from './testing.ts';

afterAll(removeFolders);

function credential(identity: string, change: Partial<CredentialRow> = {}): Change {
  return {
    table: 'credential',
    row: {
      identity, kind: 'psk', endpoint: `endpoint of ${identity}`, secret: 'sealed', createdAt: NOON,
      lastUsedAt: undefined, ...change,
    },
  };
}

function agreed(id: number): AssociationRow {
  return { id, identity: "it's 'x'", agreed: `with ${id}`, keys: `sealed ${id}` };
}

function state(id: number, change: Partial<AssociationStateRow> = {}): AssociationStateRow {
  return {
    id, listener: 16, address: { host: '192.0.2.7', port: 5683 }, reservedSequence: 1_024,
    newest: -1, seenLow: 0, seenHigh: 0, ...change,
  };
}

function session(id: string, until = NOON): Change {
  return { table: 'dtls_session', row: { id, identity: "it's 'x'", until, secret: 'sealed' } };
}

/** What a start on a copy of the folder finds, while the one who wrote still has it open. */
async function factsOf(folder: string, isCopy: boolean) {
  const place = isCopy ? newFolder() : folder;
  if (isCopy) cpSync(folder, place, { recursive: true });
  const database = await openDatabase({ folder: place });
  const facts = database.takeFacts();
  await database.close();
  return facts;
}

test.for([false, true])('credentials and associations come back; crashed: %s', async (crashes) => {
  const folder = newFolder();
  const database = await openDatabase({ folder });
  const store = new DuckDbStore(database);
  const device = deviceRow(1, {
    registration: registrationRow({ security: 'psk', identity: "it's 'x'", association: 7 }),
  });
  store.commit([
    { table: 'device', row: device }, credential("it's 'x'"), credential('gone'), credential('b'),
    ...[7, 8].flatMap((id): Change[] => [
      { table: 'association', row: agreed(id) },
      { table: 'association_state', row: state(id) },
    ]),
  ]);
  await store.flushed();
  const used = { lastUsedAt: NOON + 5, endpoint: 'other' };
  const moved = state(7, {
    address: { host: '2001:db8::1', port: 9 }, reservedSequence: 2 ** 47, newest: 2 ** 47 - 1,
    seenLow: -1, seenHigh: -(2 ** 31),
  });
  store.commit([
    credential('b', used), { table: 'credential removed', identity: 'gone' },
    { table: 'association_state', row: state(7, { newest: 5 }) },
    { table: 'association_state', row: moved }, { table: 'association ended', id: 8 },
  ]);
  await store.flushed();
  if (!crashes) await database.close();
  const facts = await factsOf(folder, crashes);
  if (crashes) await database.close();
  expect(facts.credentials).toEqual(
    [credential('b', used), credential("it's 'x'")].map((change) => 'row' in change && change.row));
  expect(facts.associations).toEqual([{ ...agreed(7), ...moved }]);
  // Whoever had 8 may still be written of somewhere.
  expect(facts.nextAssociation).toBe(9);
  expect(facts.devices).toEqual([device]);
});

test.for([false, true])('sessions come back, oldest first; crashed: %s', async (crashes) => {
  const folder = newFolder();
  const database = await openDatabase({ folder });
  const store = new DuckDbStore(database);
  store.commit([session('a', NOON + 2), session('b'), session('c', NOON + 1)]);
  await store.flushed();
  store.commit([
    { table: 'dtls_session ended', id: 'b' }, session('d', NOON + 3),
    { table: 'dtls_session ended', id: 'd' }, { table: 'dtls_session ended', id: 'c' },
    session('c', NOON + 1),
  ]);
  await store.flushed();
  if (!crashes) await database.close();
  const { dtlsSessions } = await factsOf(folder, crashes);
  if (crashes) await database.close();
  expect(dtlsSessions).toEqual([session('c', NOON + 1), session('a', NOON + 2)].map(
    (change) => 'row' in change && change.row));
});

test.for([false, true])('certificates that were shown come back; crashed: %s', async (crashes) => {
  const folder = newFolder();
  const database = await openDatabase({ folder });
  const store = new DuckDbStore(database);
  const row = (identity: string, shownAt: number) =>
    ({ identity, serial: '0a', notAfter: Date.UTC(9999, 11, 31, 23, 59, 59), shownAt });
  const shown = (identity: string, shownAt: number): Change =>
    ({ table: 'certificate', row: row(identity, shownAt) });
  store.commit([shown("x509:it's a", NOON), shown('x509:b', NOON + 1), shown('x509:c', NOON + 2)]);
  await store.flushed();
  store.commit([
    shown("x509:it's a", NOON + 3), { table: 'certificate removed', identity: 'x509:b' },
    { table: 'certificate removed', identity: 'x509:d' }, shown('x509:d', NOON + 4),
  ]);
  await store.flushed();
  if (!crashes) await database.close();
  const { certificates } = await factsOf(folder, crashes);
  if (crashes) await database.close();
  expect(certificates)
    .toEqual([row('x509:c', NOON + 2), row("x509:it's a", NOON + 3), row('x509:d', NOON + 4)]);
});

test('a credential that was removed and given again in one group is there', async () => {
  const folder = newFolder();
  const database = await openDatabase({ folder });
  const store = new DuckDbStore(database);
  store.commit([
    credential('a'), { table: 'credential removed', identity: 'a' },
    credential('a', { secret: 'new' }), credential('b'),
    { table: 'credential removed', identity: 'b' },
  ]);
  await store.flushed();
  await database.close();
  const { credentials } = await factsOf(folder, false);
  expect(credentials.map(({ identity, secret }) => [identity, secret])).toEqual([['a', 'new']]);
});

test('of groups that are stored together, the last state of each association counts', async () => {
  const folder = newFolder();
  const database = await openDatabase({ folder });
  const store = new DuckDbStore(database);
  store.commit([1, 2].map((id): Change => ({ table: 'association', row: agreed(id) })));
  for (let round = 1; round <= 5; round++) {
    store.commit([
      { table: 'resource', row: telemetryRow(round, { type: 'float', value: round }) },
      { table: 'association_state', row: state(1, { newest: round }) },
      ...round === 2 ? [{ table: 'association_state', row: state(2, { newest: 9 }) } as const] : [],
    ]);
    await store.flushed();
  }
  store.commit([{ table: 'resource', row: telemetryRow(6, { type: 'float', value: 6 }) }]);
  await store.settled();
  const crashed = await factsOf(folder, true);
  expect(crashed.associations.map(({ id, newest }) => [id, newest])).toEqual([[1, 5], [2, 9]]);
  expect(await database.query('SELECT count(*) AS n FROM resource')).toEqual([{ n: 6n }]);
  await database.close();
});
