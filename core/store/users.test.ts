// Stories of users, sessions and the audit list, each against the real database.

import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database } from './database.ts';
import { newFolder, NOON, removeFolders } from './testing.ts';
import {
  addAudit, addSession, addUser, listSessions, listUsers, removeExpiredSessions, removeUser,
  revokeSession, setPasswordHash, setRole, touchSession, type Session, type User,
} from './users.ts';

let db: Database;

const ADA: User = { name: 'ada', role: 'admin', passwordHash: '$argon2id$a', createdAt: NOON };
const BOB: User = { name: `bob'; --`, role: 'viewer', passwordHash: '$argon2id$b', createdAt: 1 };

function session(idHash: string, user: string, change: Partial<Session> = {}): Session {
  return {
    idHash, user, createdAt: NOON, lastUsedAt: NOON, expiresAt: NOON + 1_000, address: '::1',
    agent: 'Browser "x"', ...change,
  };
}

beforeEach(async () => {
  db = await openDatabase({ folder: newFolder() });
  expect(await addUser(db, ADA)).toEqual({ ok: true, value: undefined });
  expect(await addUser(db, BOB)).toEqual({ ok: true, value: undefined });
});
afterEach(async () => db.close());
afterAll(removeFolders);

test('users are listed as they are; a taken name is refused', async () => {
  expect(await listUsers(db)).toEqual([ADA, BOB]);
  expect(await addUser(db, { ...ADA, role: 'viewer' }))
    .toEqual({ ok: false, reason: 'there is a user "ada" already' });
  const upper = { ...ADA, name: 'ADA' };
  expect(await addUser(db, upper)).toMatchObject({ ok: true });
  expect(await listUsers(db)).toEqual([upper, ADA, BOB]);
});

test('there is always an admin, even when two go at once', async () => {
  expect(await removeUser(db, 'ada')).toMatchObject({ ok: false });
  expect(await setRole(db, 'ada', 'viewer')).toMatchObject({ ok: false });
  expect(await setRole(db, 'ada', 'admin')).toMatchObject({ ok: true });
  expect(await setRole(db, BOB.name, 'admin')).toMatchObject({ ok: true });
  const both = await Promise.all([removeUser(db, 'ada'), setRole(db, BOB.name, 'viewer')]);
  expect(both.map(({ ok }) => ok)).toEqual([true, false]);
  expect(await listUsers(db)).toEqual([{ ...BOB, role: 'admin' }]);
});

test('what concerns an unknown user says so', async () => {
  const unknown = { ok: false, reason: 'there is no user "eve"' };
  expect(await removeUser(db, 'eve')).toEqual(unknown);
  expect(await setRole(db, 'eve', 'admin')).toEqual(unknown);
  expect(await setPasswordHash(db, 'eve', 'x', undefined)).toEqual(unknown);
});

test('a session is listed until it expires', async () => {
  await addSession(db, session('s1', 'ada'));
  expect(await listSessions(db, NOON + 999)).toEqual([session('s1', 'ada')]);
  expect(await listSessions(db, NOON + 1_000)).toEqual([]);
  await touchSession(db, 's1', NOON + 500, NOON + 2_000);
  expect(await listSessions(db, NOON + 1_000))
    .toEqual([session('s1', 'ada', { lastUsedAt: NOON + 500, expiresAt: NOON + 2_000 })]);
  await removeExpiredSessions(db, NOON + 2_000);
  expect(await listSessions(db, 0)).toEqual([]);
});

test('sessions are listed, the last used first, and revoked one by one', async () => {
  await addSession(db, session('s1', 'ada'));
  await addSession(db, session('s2', 'ada', { lastUsedAt: NOON + 1 }));
  await addSession(db, session('s3', BOB.name, { lastUsedAt: NOON - 1 }));
  const ids = async () => (await listSessions(db, NOON)).map(({ idHash }) => idHash);
  expect(await ids()).toEqual(['s2', 's1', 's3']);
  expect(await revokeSession(db, 's1')).toBe(true);
  expect(await revokeSession(db, 's1')).toBe(false);
  expect(await ids()).toEqual(['s2', 's3']);
});

test('a new password ends the other sessions, a removed user all of them', async () => {
  await addSession(db, session('s1', BOB.name));
  await addSession(db, session('s2', BOB.name));
  await setPasswordHash(db, BOB.name, 'new', 's1');
  expect((await listSessions(db, NOON)).map(({ idHash }) => idHash)).toEqual(['s1']);
  expect(await listUsers(db)).toEqual([ADA, { ...BOB, passwordHash: 'new' }]);
  await removeUser(db, BOB.name);
  expect(await listSessions(db, NOON)).toEqual([]);
});

test('what people did is written down for who queries the database', async () => {
  await addAudit(db, { at: NOON, user: 'ada', action: 'forget', detail: `x'y` });
  expect(await db.query('SELECT epoch_ms(happened_at) AS at, "user", action, detail FROM audit'))
    .toEqual([{ at: BigInt(NOON), user: 'ada', action: 'forget', detail: `x'y` }]);
});
