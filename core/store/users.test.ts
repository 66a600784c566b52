// Stories of users, sessions and the audit list, each against the real database.

import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database } from './database.ts';
import { newFolder, NOON, removeFolders } from './testing.ts';
import {
  addAudit, addSession, addUser, findSession, findUser, listAudit, listSessions, listUsers,
  removeExpiredSessions, removeUser, revokeSession, revokeSessions, setPasswordHash, setRole,
  touchSession, type Session, type User,
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

test('users are found by exact name; a taken name is refused', async () => {
  expect(await listUsers(db)).toEqual([ADA, BOB]);
  expect(await findUser(db, BOB.name)).toEqual(BOB);
  expect(await findUser(db, 'ADA')).toBeUndefined();
  expect(await addUser(db, { ...ADA, role: 'viewer' }))
    .toEqual({ ok: false, reason: 'there is a user "ada" already' });
  expect(await findUser(db, 'ada')).toEqual(ADA);
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

test('a session is found with its user until it expires', async () => {
  await addSession(db, session('s1', 'ada'));
  expect(await findSession(db, 's1', NOON + 999))
    .toEqual({ session: session('s1', 'ada'), user: ADA });
  expect(await findSession(db, 's1', NOON + 1_000)).toBeUndefined();
  expect(await findSession(db, 'S1', NOON)).toBeUndefined();
  await touchSession(db, 's1', NOON + 500, NOON + 2_000);
  expect((await findSession(db, 's1', NOON + 1_000))?.session)
    .toMatchObject({ lastUsedAt: NOON + 500, expiresAt: NOON + 2_000 });
  await removeExpiredSessions(db, NOON + 2_000);
  expect(await listSessions(db, undefined, 0)).toEqual([]);
});

test('sessions are listed and revoked, one or all others', async () => {
  await addSession(db, session('s1', 'ada'));
  await addSession(db, session('s2', 'ada', { lastUsedAt: NOON + 1 }));
  await addSession(db, session('s3', BOB.name));
  const ids = async (user?: string) =>
    (await listSessions(db, user, NOON)).map(({ idHash }) => idHash);
  expect(await ids('ada')).toEqual(['s2', 's1']);
  expect(await revokeSession(db, 's1')).toBe(true);
  expect(await revokeSession(db, 's1')).toBe(false);
  await addSession(db, session('s4', 'ada'));
  await revokeSessions(db, 'ada', 's4');
  expect((await ids()).toSorted()).toEqual(['s3', 's4']);
});

test('a new password ends the other sessions, a removed user all of them', async () => {
  await addSession(db, session('s1', BOB.name));
  await addSession(db, session('s2', BOB.name));
  await setPasswordHash(db, BOB.name, 'new', 's1');
  expect((await listSessions(db, BOB.name, NOON)).map(({ idHash }) => idHash)).toEqual(['s1']);
  expect((await findUser(db, BOB.name))?.passwordHash).toBe('new');
  await removeUser(db, BOB.name);
  expect(await listSessions(db, undefined, NOON)).toEqual([]);
});

test('the audit list is newest first', async () => {
  await addAudit(db, { at: NOON, user: 'ada', action: 'login', detail: '' });
  await addAudit(db, { at: NOON + 1.5, user: 'ada', action: 'forget', detail: `x'y` });
  await addAudit(db, { at: NOON + 1, user: 'ada', action: 'logout', detail: '' });
  expect((await listAudit(db, { limit: 2 })).map(({ action }) => action))
    .toEqual(['forget', 'logout']);
});
