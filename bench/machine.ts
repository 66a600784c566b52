// How busy the machine is with other people's work: shared machines make absolute figures
// worthless at times, and the bench says so instead of judging.

import { readFileSync } from 'node:fs';

const SAMPLE_MS = 1000;
/** More foreign work than this share of the machine, and figures say little. */
const BUSY_SHARE = 0.15;
/** Taken by the host of a virtual machine, which nothing inside can make up for. */
const STOLEN_SHARE = 0.05;
const WORTH_TELLING = 0.005;

interface Ticks {
  readonly idle: number;
  readonly steal: number;
  readonly total: number;
}

/** A sentence when the machine is too busy to judge; undefined when it is calm or unknown. */
export async function busySentence(): Promise<string | undefined> {
  const before = readTicks();
  if (before === undefined) return undefined;
  await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  const after = readTicks() as Ticks;
  const total = after.total - before.total;
  const steal = stolen(before, after);
  const busy = 1 - (after.idle - before.idle) / total - steal;
  if (busy < BUSY_SHARE && steal < STOLEN_SHARE) return undefined;
  return `the machine is too busy to judge: ${share(busy)} of it in use by others, `
    + `${share(steal)} taken by its host`;
}

/**
 * Watches until it is called: then says what the machine's host gave to others meanwhile. A tail
 * latency is made in its worst seconds. Undefined when it was nothing, or is unknown.
 */
export function watchHost(): () => string | undefined {
  const start = readTicks();
  if (start === undefined) return () => undefined;
  let last = start;
  let worst = 0;
  const sample = (): void => {
    const now = readTicks() as Ticks;
    if (now.total > last.total) worst = Math.max(worst, stolen(last, now));
    last = now;
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    sample();
    const mean = stolen(start, last);
    if (worst < WORTH_TELLING) return undefined;
    return `its host took ${share(mean)} of the machine meanwhile, ${share(worst)} in the worst `
      + `second${mean < STOLEN_SHARE ? '' : ': too busy to judge'}`;
  };
}

function stolen(from: Ticks, to: Ticks): number {
  return to.total > from.total ? (to.steal - from.steal) / (to.total - from.total) : 0;
}

function share(value: number): string {
  return `${Math.round(value * 100)} %`;
}

/** The first line of Linux's /proc/stat: user nice system idle iowait irq softirq steal. */
function readTicks(): Ticks | undefined {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
    const ticks = line.split(/\s+/).slice(1).map(Number);
    const [, , , idle = 0, iowait = 0, , , steal = 0] = ticks;
    return {
      idle: idle + iowait, steal, total: ticks.slice(0, 8).reduce((sum, one) => sum + one, 0),
    };
  } catch {
    return undefined;
  }
}
