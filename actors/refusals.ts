// The attempts the server turned down, for the operator: the last few hundred, one line for each
// endpoint and reason however often it tries.

import type { Refusal } from '../core/api/management.ts';
import { IDENTITY_LENGTH_MAX } from '../core/dtls/psk.ts';

export const REFUSALS_MAX = 200;
/** A hostile name is cut, not stored whole; an identity of DTLS fits, so that it can be adopted. */
const ENDPOINT_SHOWN_MAX = IDENTITY_LENGTH_MAX;

export class Refusals {
  readonly #byKey = new Map<string, Refusal>();
  total = 0;

  note(refusal: Omit<Refusal, 'count'>): void {
    this.total++;
    const endpoint = refusal.endpoint.slice(0, ENDPOINT_SHOWN_MAX);
    // By what it would have proved itself is part of it, as that says what helps.
    const key = `${endpoint}\n${refusal.reason}\n${refusal.security}`;
    const count = (this.#byKey.get(key)?.count ?? 0) + 1;
    this.#byKey.delete(key);
    this.#byKey.set(key, { ...refusal, endpoint, count });
    if (this.#byKey.size <= REFUSALS_MAX) return;
    for (const oldest of this.#byKey.keys()) {
      this.#byKey.delete(oldest);
      return;
    }
  }

  /** Newest first. */
  list(): readonly Refusal[] {
    return [...this.#byKey.values()].reverse();
  }
}
