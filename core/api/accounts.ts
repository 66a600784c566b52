// Users and their sessions, held in memory and written through to the database, which only this
// process may open: no request waits for a query. Who may do what is decided in procedure.ts.

import { fail, ok, type Result } from '../result.ts';
import type { Clock, Milliseconds } from '../ports.ts';
import type { Database } from '../store/database.ts';
import {
  addAudit, addSession, addUser, listSessions, listUsers, removeExpiredSessions, removeUser,
  revokeSession, setPasswordHash, setRole, touchSession, type Session, type User,
} from '../store/users.ts';
import type { Identity } from './context.ts';
import { newPassword } from './inputs.ts';
import { hashPassword } from './passwords.ts';
import type { Role } from './views.ts';

const DAY: Milliseconds = 24 * 3_600_000;
/** A session ends after so long without use, */
export const SESSION_IDLE_MAX = 7 * DAY;
/** and after so long in any case. */
export const SESSION_LIFE_MAX = 30 * DAY;
/** How often a use is written down. */
const TOUCH_EVERY: Milliseconds = 10 * 60_000;
export const USERS_MAX = 1_000;
export const SESSIONS_PER_USER_MAX = 50;

/** How a login came to be, as the session begins with it. */
export interface Login {
  readonly name: string;
  readonly by: 'password' | 'link';
  readonly address: string;
  readonly agent: string;
}

export class Accounts {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #users = new Map<string, User>();
  readonly #sessions = new Map<string, Session>();
  /** Sessions opened by a login link: they may set a password without knowing the old one. */
  readonly #byLink = new Set<string>();
  /** Users that are being written down: two at once must not both get the last place. */
  #adding = 0;

  private constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  static async open(db: Database, clock: Clock): Promise<Accounts> {
    const accounts = new Accounts(db, clock);
    await removeExpiredSessions(db, clock.now());
    for (const user of await listUsers(db)) accounts.#users.set(user.name, user);
    for (const session of await listSessions(db, clock.now())) {
      accounts.#sessions.set(session.idHash, session);
    }
    return accounts;
  }

  get isEmpty(): boolean {
    return this.#users.size === 0;
  }

  /** By name. */
  users(): User[] {
    return [...this.#users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  user(name: string): User | undefined {
    return this.#users.get(name);
  }

  async add(
    user: { readonly name: string; readonly role: Role; readonly passwordHash: string },
    by: string,
  ): Promise<Result<void>> {
    if (this.#users.size + this.#adding >= USERS_MAX) {
      return fail(`There are ${USERS_MAX} users already.`);
    }
    const row = { ...user, createdAt: this.#clock.now() };
    this.#adding++;
    try {
      const added = await addUser(this.#db, row);
      if (!added.ok) return fail('This name is taken.');
      this.#users.set(user.name, row);
    } finally {
      this.#adding--;
    }
    await this.audit(by, 'user added', `${user.name} as ${user.role}`);
    return ok(undefined);
  }

  /** Takes effect with the next request of every session of the user. */
  async setRole(name: string, role: Role, by: string): Promise<Result<void>> {
    const changed = await setRole(this.#db, name, role);
    const user = this.#users.get(name);
    if (!changed.ok || user === undefined) return fail(unchanged(user));
    this.#users.set(name, { ...user, role });
    await this.audit(by, 'role changed', `${name} is ${role}`);
    return ok(undefined);
  }

  /** Ends the user's sessions but for `keep`: whoever knew the old password is out. */
  async setPassword(
    name: string, passwordHash: string, by: string, keep?: string,
  ): Promise<Result<void>> {
    const changed = await setPasswordHash(this.#db, name, passwordHash, keep);
    const user = this.#users.get(name);
    if (!changed.ok || user === undefined) return fail(unchanged(user));
    this.#users.set(name, { ...user, passwordHash });
    for (const { idHash } of this.sessionsOf(name)) if (idHash !== keep) this.#drop(idHash);
    await this.audit(by, 'password changed', name);
    return ok(undefined);
  }

  async remove(name: string, by: string): Promise<Result<void>> {
    const removed = await removeUser(this.#db, name);
    const user = this.#users.get(name);
    if (!removed.ok || user === undefined) return fail(unchanged(user));
    for (const { idHash } of this.sessionsOf(name)) this.#drop(idHash);
    this.#users.delete(name);
    await this.audit(by, 'user removed', name);
    return ok(undefined);
  }

  /** The user's sessions, the last used first. */
  sessionsOf(name: string): Session[] {
    const now = this.#clock.now();
    return [...this.#sessions.values()]
      .filter((session) => session.user === name && now < session.expiresAt)
      .sort((a, b) => b.lastUsedAt - a.lastUsedAt);
  }

  async openSession(idHash: string, login: Login): Promise<void> {
    const now = this.#clock.now();
    await this.#sweep(now);
    const surplus = this.sessionsOf(login.name).slice(SESSIONS_PER_USER_MAX - 1);
    for (const old of surplus) await this.closeSession(old.idHash);
    const session: Session = {
      idHash, user: login.name, createdAt: now, lastUsedAt: now,
      expiresAt: now + SESSION_IDLE_MAX,
      address: login.address, agent: login.agent,
    };
    // After a restart nothing would tell that this session has a password to set: it ends there.
    const isLinked = login.by === 'link' && this.#users.get(login.name)?.passwordHash !== '';
    if (!isLinked) await addSession(this.#db, session);
    this.#sessions.set(idHash, session);
    if (login.by === 'link') this.#byLink.add(idHash);
  }

  /** Who the session belongs to; asking is using it. Undefined when it is no longer open. */
  identify(idHash: string): Identity | undefined {
    const session = this.#sessions.get(idHash);
    const user = session && this.#users.get(session.user);
    if (session === undefined || user === undefined) return undefined;
    const now = this.#clock.now();
    if (now >= session.expiresAt) {
      this.#drop(idHash);
      return undefined;
    }
    if (now - session.lastUsedAt >= TOUCH_EVERY) this.#touch(session, now);
    return { name: user.name, role: user.role, session: idHash, isToken: false };
  }

  async closeSession(idHash: string): Promise<void> {
    this.#drop(idHash);
    await revokeSession(this.#db, idHash);
  }

  mustSetPassword({ name, session }: Identity): boolean {
    return this.#users.get(name)?.passwordHash === '' || this.#byLink.has(session);
  }

  async audit(user: string, action: string, detail: string): Promise<void> {
    await addAudit(this.#db, { at: this.#clock.now(), user, action, detail });
  }

  #touch(session: Session, now: Milliseconds): void {
    const expiresAt = Math.min(now + SESSION_IDLE_MAX, session.createdAt + SESSION_LIFE_MAX);
    this.#sessions.set(session.idHash, { ...session, lastUsedAt: now, expiresAt });
    // Losing this write costs at most one early login; a failing disk stops the process elsewhere.
    touchSession(this.#db, session.idHash, now, expiresAt).catch(() => {});
  }

  async #sweep(now: Milliseconds): Promise<void> {
    for (const { idHash, expiresAt } of this.#sessions.values()) {
      if (expiresAt <= now) this.#drop(idHash);
    }
    await removeExpiredSessions(this.#db, now);
  }

  #drop(idHash: string): void {
    this.#sessions.delete(idHash);
    this.#byLink.delete(idHash);
  }
}

/** Makes the first user, an admin; fails when the password is too short or somebody was first. */
export async function addFirstAdmin(accounts: Accounts, password: string): Promise<Result<void>> {
  if (!accounts.isEmpty) return fail('There are users already.');
  const checked = newPassword.safeParse(password);
  if (!checked.success) return fail(checked.error.issues[0]?.message ?? 'not a password');
  const passwordHash = await hashPassword(password);
  return accounts.add({ name: 'admin', role: 'admin', passwordHash }, 'start');
}

function unchanged(user: User | undefined): string {
  return user === undefined
    ? 'There is no such user.'
    : 'This is the last admin; make another one first.';
}
