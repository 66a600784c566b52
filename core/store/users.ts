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
  return (await db.query(`${SELECT_USER} ORDER BY name`)).map(userOf);
}

export async function findUser(db: Database, name: string): Promise<User | undefined> {
  const [row] = await db.query(`${SELECT_USER} WHERE name = $1`, [name]);
  return row && userOf(row);
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
    { sql: REVOKE_SESSIONS, values: [name, keepSession ?? ''] },
  ]);
  return changed === 1 ? ok(undefined) : refused(db, name);
}

/** Removes the user with all sessions. Fails when unknown, or when no admin would be left. */
export async function removeUser(db: Database, name: string): Promise<Result<void>> {
  const [removed] = await db.write([
    { sql: `DELETE FROM "user" WHERE name = $1 AND ${NOT_THE_LAST_ADMIN}`, values: [name] },
    {
      sql: `DELETE FROM session WHERE "user" NOT IN (SELECT name FROM "user")`,
      values: [],
    },
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

/** The session with its user; undefined when unknown or expired. */
export async function findSession(
  db: Database, idHash: string, now: Milliseconds,
): Promise<{ readonly session: Session; readonly user: User } | undefined> {
  const [row] = await db.query(`${SELECT_SESSION}
    WHERE s.id_hash = $1 AND s.expires_at > epoch_ms($2::BIGINT)`, [idHash, now]);
  return row && { session: sessionOf(row), user: userOf(row) };
}

/** The live sessions of one user, or of all; the last used first. */
export async function listSessions(
  db: Database, user: string | undefined, now: Milliseconds,
): Promise<Session[]> {
  const rows = await db.query(`${SELECT_SESSION}
    WHERE s.expires_at > epoch_ms($1::BIGINT) AND ($2 IS NULL OR s."user" = $2)
    ORDER BY s.last_used_at DESC`, [now, user ?? null]);
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

/** Ends all sessions of a user but for the one given. */
export async function revokeSessions(
  db: Database, user: string, keepSession: string | undefined,
): Promise<void> {
  await db.write([{ sql: REVOKE_SESSIONS, values: [user, keepSession ?? ''] }]);
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

/** The newest entries first. */
export async function listAudit(
  db: Database, query: { readonly limit: number },
): Promise<AuditEntry[]> {
  const rows = await db.query(`SELECT epoch_ms(happened_at) AS happened, "user", action, detail
    FROM audit ORDER BY happened_at DESC, rowid DESC LIMIT $1`, [query.limit]);
  return rows.map((row) => ({
    at: Number(row['happened']), user: String(row['user']),
    action: String(row['action']), detail: String(row['detail']),
  }));
}

// The check is part of the statement: two admins who remove each other cannot both succeed.
const NOT_THE_LAST_ADMIN = `(role <> 'admin'
  OR EXISTS (SELECT 1 FROM "user" AS other WHERE other.role = 'admin' AND other.name <> $1))`;

const REVOKE_SESSIONS = 'DELETE FROM session WHERE "user" = $1 AND id_hash <> $2';

const SELECT_USER = `SELECT name, role, password_hash, epoch_ms(created_at) AS user_created_at
  FROM "user"`;

const SELECT_SESSION = `SELECT s.id_hash, s."user", epoch_ms(s.created_at) AS created_at,
    epoch_ms(s.last_used_at) AS last_used_at, epoch_ms(s.expires_at) AS expires_at,
    s.address, s.agent, u.name, u.role, u.password_hash,
    epoch_ms(u.created_at) AS user_created_at
  FROM session AS s JOIN "user" AS u ON u.name = s."user"`;

async function refused(db: Database, name: string): Promise<Result<void>> {
  return fail((await findUser(db, name)) === undefined
    ? `there is no user "${name}"`
    : `"${name}" is the last admin; make another user admin first`);
}

function userOf(row: Row): User {
  return {
    name: String(row['name']),
    role: row['role'] as Role,
    passwordHash: String(row['password_hash']),
    createdAt: Number(row['user_created_at']),
  };
}

function sessionOf(row: Row): Session {
  return {
    idHash: String(row['id_hash']),
    user: String(row['user']),
    createdAt: Number(row['created_at']),
    lastUsedAt: Number(row['last_used_at']),
    expiresAt: Number(row['expires_at']),
    address: String(row['address']),
    agent: String(row['agent']),
  };
}
