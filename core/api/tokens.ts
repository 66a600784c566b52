// API tokens, held in memory and written through like sessions (accounts.ts). A token is a random
// text that is shown once and looked up by its hash: nothing about it can be guessed bit by bit. It
// never may more than its owner may at that moment, and ends with the owner.

import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Milliseconds } from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Database } from '../store/database.ts';
import {
  addToken, listTokens, removeExpiredTokens, removeToken, touchToken, type ApiToken,
} from '../store/tokens.ts';
import type { Accounts } from './accounts.ts';
import type { Identity } from './context.ts';
import { lesserRole } from './roles.ts';
import type { MadeToken, Role } from './views.ts';

export const TOKENS_PER_USER_MAX = 50;
const DAY: Milliseconds = 24 * 3_600_000;
/** How often a use is written down. */
const TOUCH_EVERY: Milliseconds = 10 * 60_000;
/** By which people and scanners for secrets know it. */
const PREFIX = 'flownexus_';
const SECRET_BYTES = 32;

export class Tokens {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #accounts: Accounts;
  readonly #byHash = new Map<string, ApiToken>();

  private constructor(db: Database, clock: Clock, accounts: Accounts) {
    this.#db = db;
    this.#clock = clock;
    this.#accounts = accounts;
  }

  static async open(db: Database, clock: Clock, accounts: Accounts): Promise<Tokens> {
    const tokens = new Tokens(db, clock, accounts);
    await removeExpiredTokens(db, clock.now());
    for (const token of await listTokens(db)) tokens.#byHash.set(token.hash, token);
    return tokens;
  }

  /** Those that still work, in the order in which they were made. */
  list(): ApiToken[] {
    const now = this.#clock.now();
    return [...this.#byHash.values()].filter(({ expiresAt }) => now < expiresAt);
  }

  async make(
    owner: Identity, about: { readonly name: string; readonly role: Role; readonly days: number },
  ): Promise<Result<MadeToken>> {
    await this.#sweep();
    const own = this.list().filter(({ user }) => user === owner.name);
    if (own.length >= TOKENS_PER_USER_MAX) {
      return fail(`You have ${TOKENS_PER_USER_MAX} tokens; revoke one of them.`);
    }
    const now = this.#clock.now();
    const secret = PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
    const token: ApiToken = {
      id: randomBytes(6).toString('hex'), hash: hashOf(secret), user: owner.name,
      name: about.name, role: lesserRole(about.role, owner.role), createdAt: now,
      expiresAt: now + about.days * DAY, lastUsedAt: undefined,
    };
    await addToken(this.#db, token);
    // The owner may have been removed meanwhile; another of that name must not inherit it.
    if (this.#accounts.user(owner.name) === undefined) {
      await removeToken(this.#db, token.id);
      return fail('You were removed.');
    }
    this.#byHash.set(token.hash, token);
    await this.#accounts.audit(owner.name, 'token made', `${token.id} as ${token.role}`);
    return ok({ id: token.id, secret, role: token.role, expiresAt: token.expiresAt });
  }

  async revoke({ id, hash, user }: ApiToken, by: string): Promise<void> {
    this.#byHash.delete(hash);
    await removeToken(this.#db, id);
    await this.#accounts.audit(by, 'token revoked', `${id} of ${user}`);
  }

  /** Ends the tokens of a user who was removed; their rows are gone already. */
  drop(name: string): void {
    for (const [hash, { user }] of this.#byHash) if (user === name) this.#byHash.delete(hash);
  }

  /** Who calls with this token; asking is using it. Undefined when it does not work, or no more. */
  identify(secret: string): Identity | undefined {
    const token = this.#byHash.get(hashOf(secret));
    const owner = token && this.#accounts.user(token.user);
    const now = this.#clock.now();
    if (token === undefined || owner === undefined || now >= token.expiresAt) return undefined;
    if (now - (token.lastUsedAt ?? -Infinity) >= TOUCH_EVERY) {
      this.#byHash.set(token.hash, { ...token, lastUsedAt: now });
      // Losing this write costs nothing; a failing disk stops the process elsewhere.
      touchToken(this.#db, token.id, now).catch(() => {});
    }
    const role = lesserRole(token.role, owner.role);
    return { name: owner.name, role, session: token.hash, isToken: true };
  }

  /** False once the token of this identity has ended. */
  isOpen({ session }: Identity): boolean {
    const token = this.#byHash.get(session);
    return token !== undefined && this.#clock.now() < token.expiresAt;
  }

  async #sweep(): Promise<void> {
    const now = this.#clock.now();
    for (const { hash, expiresAt } of this.#byHash.values()) {
      if (expiresAt <= now) this.#byHash.delete(hash);
    }
    await removeExpiredTokens(this.#db, now);
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
