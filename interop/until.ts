// Waiting in the interop check: real programs are watched until something is so, with a limit.
// Nothing here knows what is waited for.

import { setTimeout as pause } from 'node:timers/promises';

const PROBE_EVERY_MS = 20;
export const WAIT_MAX_MS = 20_000;

/** Probes until the probe gives something; fails with `what` and the last thing known. */
export async function until<Found>(
  what: string,
  probe: () => Promise<Found | undefined> | Found | undefined,
  known: () => string = () => '',
): Promise<Found> {
  const giveUpAt = Date.now() + WAIT_MAX_MS;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) {
      throw new Error(`not within ${WAIT_MAX_MS / 1000} s: ${what}. ${known()}`.trimEnd());
    }
    await pause(PROBE_EVERY_MS);
  }
}
