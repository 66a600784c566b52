// API tokens, with which programs log in. Every promise of a change resolves when it is on disk.
// Who may make which is decided in core/api.

import type { Milliseconds } from '../ports.ts';
import type { Database, Row } from './database.ts';
import type { Role } from './users.ts';

/** Only the hash of the token is stored: who reads the database cannot use it. */
export interface ApiToken {
  /** What people and addresses call it. */
  readonly id: string;
  readonly hash: string;
  readonly user: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Milliseconds;
  readonly expiresAt: Milliseconds;
  /** undefined: never. */
  readonly lastUsedAt: Milliseconds | undefined;
}

export async function addToken(db: Database, token: ApiToken): Promise<void> {
  await db.write([{
    sql: `INSERT INTO api_token
      VALUES ($1, $2, $3, $4, $5, epoch_ms($6::BIGINT), epoch_ms($7::BIGINT), NULL)`,
    values: [
      token.id, token.hash, token.user, token.name, token.role, token.createdAt, token.expiresAt,
    ],
  }]);
}

/** In the order in which they were made. */
export async function listTokens(db: Database): Promise<ApiToken[]> {
  const rows = await db.query(`SELECT id, hash, "user", name, role,
      epoch_ms(created_at) AS created, epoch_ms(expires_at) AS expires,
      epoch_ms(last_used_at) AS last_used
    FROM api_token ORDER BY created_at, id`);
  return rows.map(tokenOf);
}

export async function touchToken(
  db: Database, id: string, lastUsedAt: Milliseconds,
): Promise<void> {
  await db.write([{
    sql: 'UPDATE api_token SET last_used_at = epoch_ms($2::BIGINT) WHERE id = $1',
    values: [id, lastUsedAt],
  }]);
}

export async function removeToken(db: Database, id: string): Promise<void> {
  await db.write([{ sql: 'DELETE FROM api_token WHERE id = $1', values: [id] }]);
}

export async function removeExpiredTokens(db: Database, now: Milliseconds): Promise<void> {
  await db.write([{
    sql: 'DELETE FROM api_token WHERE expires_at <= epoch_ms($1::BIGINT)', values: [now],
  }]);
}

function tokenOf(row: Row): ApiToken {
  return {
    id: String(row['id']),
    hash: String(row['hash']),
    user: String(row['user']),
    name: String(row['name']),
    role: row['role'] as Role,
    createdAt: Number(row['created']),
    expiresAt: Number(row['expires']),
    lastUsedAt: row['last_used'] === null ? undefined : Number(row['last_used']),
  };
}
