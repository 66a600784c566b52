// People: users, their sessions and what they did (audit). Every promise of a change resolves when
// it is on disk. Rules of the API (who may do what, password hashing) are not here.

import { fail, ok, type Result } from '../result.ts';
import type { Milliseconds } from '../ports.ts';
import type { Database, Row } from './database.ts';

export type Role = 'admin' | 'operator' | 'viewer';

export interface User {
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
  readonly createdAt: Milliseconds;
}

/** A login. Only the hash of its id is stored: who reads the database cannot use it. */
export interface Session {
  readonly idHash: string;
  readonly user: string;
  readonly createdAt: Milliseconds;
  readonly lastUsedAt: Milliseconds;
  readonly expiresAt: Milliseconds;
  readonly address: string;
  readonly agent: string;
}

export interface AuditEntry {
  readonly at: Milliseconds;
  readonly user: string;
  readonly action: string;
  readonly detail: string;
}

/** All users by name. */
export async function listUsers(db: Database): Promise<User[]> {
  return (await db.query(`SELECT name, role, password_hash, epoch_ms(created_at) AS created
    FROM "user" ORDER BY name`)).map(userOf);
}

/** Fails when the name is taken. */
export async function addUser(db: Database, user: User): Promise<Result<void>> {
  const [added] = await db.write([{
    sql: `INSERT INTO "user" VALUES ($1, $2, $3, epoch_ms($4::BIGINT)) ON CONFLICT DO NOTHING`,
    values: [user.name, user.role, user.passwordHash, user.createdAt],
  }]);
  return added === 1 ? ok(undefined) : fail(`there is a user "${user.name}" already`);
}

/** Fails when there is no such user, or when no admin would be left. */
export async function setRole(db: Database, name: string, role: Role): Promise<Result<void>> {
  const [changed] = await db.write([{
    sql: `UPDATE "user" SET role = $2 WHERE name = $1 AND ($2 = 'admin' OR ${NOT_THE_LAST_ADMIN})`,
    values: [name, role],
  }]);
  return changed === 1 ? ok(undefined) : refused(db, name);
}

/** Ends the user's sessions too, but for the one given. Fails when there is no such user. */
export async function setPasswordHash(
  db: Database, name: string, passwordHash: string, keepSession: string | undefined,
): Promise<Result<void>> {
  const [changed] = await db.write([
    { sql: `UPDATE "user" SET password_hash = $2 WHERE name = $1`, values: [name, passwordHash] },
    {
      sql: 'DELETE FROM session WHERE "user" = $1 AND id_hash <> $2',
      values: [name, keepSession ?? ''],
    },
  ]);
  return changed === 1 ? ok(undefined) : refused(db, name);
}

/** Removes the user with all sessions and tokens; not an unknown one, and not the last admin. */
export async function removeUser(db: Database, name: string): Promise<Result<void>> {
  const [removed] = await db.write([
    { sql: `DELETE FROM "user" WHERE name = $1 AND ${NOT_THE_LAST_ADMIN}`, values: [name] },
    ...['session', 'api_token'].map((table) => ({
      sql: `DELETE FROM ${table} WHERE "user" NOT IN (SELECT name FROM "user")`, values: [],
    })),
  ]);
  return removed === 1 ? ok(undefined) : refused(db, name);
}

export async function addSession(db: Database, session: Session): Promise<void> {
  await db.write([{
    sql: `INSERT INTO session
      VALUES ($1, $2, epoch_ms($3::BIGINT), epoch_ms($4::BIGINT), epoch_ms($5::BIGINT), $6, $7)`,
    values: [
      session.idHash, session.user, session.createdAt, session.lastUsedAt, session.expiresAt,
      session.address, session.agent,
    ],
  }]);
}

/** The live sessions of all users; the last used first. */
export async function listSessions(db: Database, now: Milliseconds): Promise<Session[]> {
  const rows = await db.query(`SELECT id_hash, "user", epoch_ms(created_at) AS created,
      epoch_ms(last_used_at) AS last_used, epoch_ms(expires_at) AS expires, address, agent
    FROM session WHERE expires_at > epoch_ms($1::BIGINT) ORDER BY last_used_at DESC`, [now]);
  return rows.map(sessionOf);
}

/** Notes a use of the session; callers do this at most once a minute. */
export async function touchSession(
  db: Database, idHash: string, lastUsedAt: Milliseconds, expiresAt: Milliseconds,
): Promise<void> {
  await db.write([{
    sql: `UPDATE session SET last_used_at = epoch_ms($2::BIGINT), expires_at = epoch_ms($3::BIGINT)
      WHERE id_hash = $1`,
    values: [idHash, lastUsedAt, expiresAt],
  }]);
}

/** True when there was such a session. */
export async function revokeSession(db: Database, idHash: string): Promise<boolean> {
  const [removed] = await db.write([{
    sql: 'DELETE FROM session WHERE id_hash = $1', values: [idHash],
  }]);
  return removed === 1;
}

export async function removeExpiredSessions(db: Database, now: Milliseconds): Promise<void> {
  await db.write([{
    sql: 'DELETE FROM session WHERE expires_at <= epoch_ms($1::BIGINT)', values: [now],
  }]);
}

export async function addAudit(db: Database, entry: AuditEntry): Promise<void> {
  await db.write([{
    sql: 'INSERT INTO audit VALUES (epoch_ms($1::BIGINT), $2, $3, $4)',
    values: [entry.at, entry.user, entry.action, entry.detail],
  }]);
}

// The check is part of the statement: two admins who remove each other cannot both succeed.
const NOT_THE_LAST_ADMIN = `(role <> 'admin'
  OR EXISTS (SELECT 1 FROM "user" AS other WHERE other.role = 'admin' AND other.name <> $1))`;

async function refused(db: Database, name: string): Promise<Result<void>> {
  const known = await db.query('SELECT 1 FROM "user" WHERE name = $1', [name]);
  return fail(known.length === 0
    ? `there is no user "${name}"`
    : `"${name}" is the last admin; make another user admin first`);
}

function userOf(row: Row): User {
  return {
    name: String(row['name']),
    role: row['role'] as Role,
    passwordHash: String(row['password_hash']),
    createdAt: Number(row['created']),
  };
}

function sessionOf(row: Row): Session {
  return {
    idHash: String(row['id_hash']),
    user: String(row['user']),
    createdAt: Number(row['created']),
    lastUsedAt: Number(row['last_used']),
    expiresAt: Number(row['expires']),
    address: String(row['address']),
    agent: String(row['agent']),
  };
}
