// Sessions that an abbreviated handshake may go on with (RFC 5246 s7.3, RFC 7627 s5.3): what was
// agreed on, for a day, and no more of them than a limit.

import type { Milliseconds } from '../ports.ts';
import type { Proven } from './association.ts';
import type { Suite } from './suites.ts';

export const SESSIONS_MAX = 10_000;
/** Of one identity, as many as it has associations: none pushes out those of others. */
export const SESSIONS_OF_IDENTITY_MAX = 4;
/** RFC 5246 appendix F.1.4: a day at most. */
export const SESSION_LIFETIME: Milliseconds = 86_400_000;
export const SESSION_ID_LENGTH = 32;

export interface Session {
  readonly id: Uint8Array;
  /** A secret. */
  readonly master: Uint8Array;
  readonly suite: Suite;
  readonly hasExtendedMasterSecret: boolean;
  readonly identity: string;
  readonly security: Proven;
  /** The host that the client meant, if it said one. */
  readonly serverName: string | undefined;
  /** The public key that the peer had shown. */
  readonly peerKey: Uint8Array | undefined;
  /** Its certificates, which are judged again: they may be no good by then. */
  readonly peerChain: readonly Uint8Array[] | undefined;
}

interface Entry {
  readonly session: Session;
  readonly until: Milliseconds;
}

/** Who keeps them over a restart. */
export interface SessionKeeper {
  readonly kept: (key: string, session: Session, until: Milliseconds) => void;
  readonly gone: (key: string) => void;
}

const KEPT_NOWHERE: SessionKeeper = { kept: () => undefined, gone: () => undefined };

/** By a text that finds them: the id at a server, the server and who we are there at a client. */
export class Sessions {
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();
  /** Of each identity, oldest first. */
  readonly #keys = new Map<string, readonly string[]>();
  readonly #keeper: SessionKeeper;
  readonly #sessionsMax: number;

  constructor(keeper = KEPT_NOWHERE, sessionsMax = SESSIONS_MAX) {
    this.#keeper = keeper;
    this.#sessionsMax = sessionsMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(key: string, now: Milliseconds): Session | undefined {
    this.#dropOver(now);
    return this.#entries.get(key)?.session;
  }

  /** The oldest makes room: of the identity, and then of all. */
  add(key: string, session: Session, now: Milliseconds): void {
    this.#dropOver(now);
    const until = now + SESSION_LIFETIME;
    this.restore(key, session, until);
    this.#keeper.kept(key, session, until);
  }

  /** As it was kept; oldest first. */
  restore(key: string, session: Session, until: Milliseconds): void {
    const { identity } = session;
    this.#delete(key);
    const own = this.#keys.get(identity) ?? [];
    if (own.length >= SESSIONS_OF_IDENTITY_MAX) this.#delete(own[0] as string);
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size >= this.#sessionsMax) this.#delete(oldest);
    this.#entries.set(key, { session, until });
    // A list that is spread has room for sixteen more.
    this.#keys.set(identity, (this.#keys.get(identity) ?? []).concat(key));
  }

  /** RFC 5246 s7.2.2: after a fatal alert, or when the key is gone, none of them is good. */
  forget(identity: string): void {
    for (const key of this.#keys.get(identity) ?? []) this.#delete(key);
  }

  /** Whoever steals them later must not read what was said days ago. */
  #dropOver(now: Milliseconds): void {
    for (const [key, { until }] of this.#entries) {
      if (now < until) return;
      this.#delete(key);
    }
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#keeper.gone(key);
    const { identity } = entry.session;
    const others = (this.#keys.get(identity) ?? []).filter((other) => other !== key);
    if (others.length > 0) this.#keys.set(identity, others);
    else this.#keys.delete(identity);
  }
}
