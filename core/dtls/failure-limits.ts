// How often handshakes of a host may fail before it has to pause: a bucket of failures for each
// host, in the time of the clock. Every handshake that was begun with a good cookie and led to
// nothing counts, whatever the reason, as the costly part of it (our key, our signature) is done by
// then: who says nothing more, or begins anew, costs as much as who has a wrong key. Those that
// succeed never count, and nobody begins one for a host whose cookies he cannot read.

import { siteOf, sourceOf } from '../peer.ts';
import type { Milliseconds } from '../ports.ts';

/**
 * What a host may have at once: thousands of devices behind the NAT of a carrier are one host, and
 * after a failure of power many of them time out.
 */
export const FAILURES_MAX = 2_000;
/** One is forgotten in each. So 20 a second may fail for ever: 2 % of a core. */
export const FAILURE_SPAN: Milliseconds = 50;
/**
 * How long a host pauses when it has no more. Clients repeat their ClientHello for longer
 * (RFC 6347 s4.2.4.1: a minute and more), and what is forgotten meanwhile is room for 600.
 */
export const PAUSE: Milliseconds = 30_000;
/** What a site of IPv6 may have more than one of its hosts. */
export const HOSTS_OF_SITE = 5;
/** Of those that failed; who did so longest ago is forgotten first. */
export const FAILING_SOURCES_MAX = 10_000;

/** Nothing begins there before `until`. */
export interface Pause {
  readonly source: string;
  readonly until: Milliseconds;
}

interface Failing {
  /** When all of its failures are forgotten. */
  forgottenAt: Milliseconds;
  pausedUntil: Milliseconds;
}

export class FailureLimits {
  /** How long a full bucket takes to be empty. */
  readonly #depth: Milliseconds;
  /** Who failed longest ago is first. */
  readonly #sources = new Map<string, Failing>();

  constructor(failuresMax = FAILURES_MAX) {
    this.#depth = failuresMax * FAILURE_SPAN;
  }

  get size(): number {
    return this.#sources.size;
  }

  /** Whether it may begin no handshake now. */
  isPaused(host: string, now: Milliseconds): boolean {
    if (this.#sources.size === 0) return false;
    return sourcesOf(host).some(({ source }) =>
      now < (this.#sources.get(source)?.pausedUntil ?? -Infinity));
  }

  /** One more; the pause that begins with it. */
  onFailed(host: string, now: Milliseconds): Pause | undefined {
    let pause: Pause | undefined;
    for (const { source, span } of sourcesOf(host)) {
      const failing = this.#sources.get(source)
        ?? { forgottenAt: -Infinity, pausedUntil: -Infinity };
      this.#sources.delete(source);
      this.#sources.set(source, failing);
      const full = now + this.#depth;
      failing.forgottenAt = Math.min(Math.max(failing.forgottenAt, now) + span, full);
      // What was under way when it began may fail in the pause.
      if (failing.forgottenAt < full || now < failing.pausedUntil) continue;
      failing.pausedUntil = now + PAUSE;
      pause = { source, until: failing.pausedUntil };
    }
    this.#forgetOldest();
    return pause;
  }

  #forgetOldest(): void {
    for (const source of this.#sources.keys()) {
      if (this.#sources.size <= FAILING_SOURCES_MAX) return;
      this.#sources.delete(source);
    }
  }
}

/**
 * What a host counts as, with what one failure weighs there. An owner of an IPv6 site has 65,536 of
 * what counts as hosts, so the site has a bucket too; deeper, as its hosts may be of many owners.
 */
function sourcesOf(host: string): { readonly source: string; readonly span: Milliseconds }[] {
  const own = { source: sourceOf(host), span: FAILURE_SPAN };
  const site = siteOf(host);
  return site === undefined ? [own] : [own, { source: site, span: FAILURE_SPAN / HOSTS_OF_SITE }];
}
