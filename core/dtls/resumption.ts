// Sessions that an abbreviated handshake may go on with (RFC 5246 s7.3, RFC 7627 s5.3): what was
// agreed on, for a day, and no more of them than a limit.

import type { Milliseconds } from '../ports.ts';
import type { Proven } from './association.ts';
import type { Suite } from './suites.ts';

export const SESSIONS_MAX = 10_000;
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
  /** The public key that the peer had shown. */
  readonly peerKey: Uint8Array | undefined;
  /** Its certificates, which are judged again: they may be no good by then. */
  readonly peerChain: readonly Uint8Array[] | undefined;
}

interface Entry {
  readonly session: Session;
  readonly until: Milliseconds;
}

/** By a text that finds them: the id at a server, the server and who we are there at a client. */
export class Sessions {
  readonly #entries = new Map<string, Entry>();
  readonly #sessionsMax: number;

  constructor(sessionsMax = SESSIONS_MAX) {
    this.#sessionsMax = sessionsMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(key: string, now: Milliseconds): Session | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || now < entry.until) return entry?.session;
    this.#entries.delete(key);
    return undefined;
  }

  /** The oldest makes room. */
  add(key: string, session: Session, now: Milliseconds): void {
    this.#entries.delete(key);
    this.#entries.set(key, { session, until: now + SESSION_LIFETIME });
    if (this.#entries.size <= this.#sessionsMax) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  /** RFC 5246 s7.2.2: after a fatal alert, or when the key is gone, none of them is good. */
  forget(identity: string): void {
    for (const [key, { session }] of this.#entries) {
      if (session.identity === identity) this.#entries.delete(key);
    }
  }
}
