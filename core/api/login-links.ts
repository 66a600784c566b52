// One-time links that log somebody in without a password: for the first admin and for who forgot
// theirs. Kept in memory as hashes; a restart ends them.

import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Milliseconds } from '../ports.ts';
import type { LoginLink } from './views.ts';

const LIFETIME: Milliseconds = 24 * 3_600_000;
const LINKS_MAX = 100;

export class LoginLinks {
  readonly #clock: Clock;
  readonly #links = new Map<string, { readonly name: string; readonly expiresAt: Milliseconds }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new link for the user; earlier ones of the same user end. */
  make(name: string): LoginLink {
    this.drop(name);
    const [oldest] = this.#links.keys();
    if (this.#links.size >= LINKS_MAX && oldest !== undefined) this.#links.delete(oldest);
    const token = randomBytes(24).toString('base64url');
    const expiresAt = this.#clock.now() + LIFETIME;
    this.#links.set(hashOf(token), { name, expiresAt });
    return { path: `/login#${token}`, expiresAt };
  }

  /** Ends the user's links; they must not outlive the password or account they were made for. */
  drop(name: string): void {
    for (const [hash, link] of this.#links) if (link.name === name) this.#links.delete(hash);
  }

  /** The user of the link, once; undefined when it is unknown, used or too old. */
  redeem(token: string): string | undefined {
    const hash = hashOf(token);
    const link = this.#links.get(hash);
    this.#links.delete(hash);
    return link !== undefined && this.#clock.now() < link.expiresAt ? link.name : undefined;
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
