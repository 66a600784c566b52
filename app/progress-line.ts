// One line on stderr that says how far something is: rewritten in place on a terminal, a new line
// now and then elsewhere.

import type { Progress } from '../sim/run.ts';
import type { Scenario } from '../sim/scenario/model.ts';
import { clockTime, count, several, span } from './report/words.ts';

const EVERY_ELSEWHERE_MS = 5000;

export class ProgressLine {
  readonly #isTerminal = process.stderr.isTTY;
  #toldAt = performance.now();
  #isShown = false;

  show(line: string): void {
    const now = performance.now();
    if (!this.#isTerminal && now - this.#toldAt < EVERY_ELSEWHERE_MS) return;
    this.#toldAt = now;
    if (this.#isTerminal) process.stderr.write(`\r\u001b[K${line}`);
    else console.error(line);
    this.#isShown = true;
  }

  /** Makes room for what is printed otherwise. */
  clear(): void {
    if (this.#isTerminal && this.#isShown) process.stderr.write('\r\u001b[K');
    this.#isShown = false;
  }
}

/** `2:30:00 of 24:00:00, 9,000x, 990 of 1,000 registered`; `took` is how long so far. */
export function runLine(
  { at, duration, steps, registered, devices }: Progress, took: number,
): string {
  const speed = took < 1 || at === 0 ? '' : `, ${count(Number((at / took).toPrecision(2)))}x`;
  return `${clockTime(at)} of ${clockTime(duration)}${speed}, `
    + `${count(registered)} of ${count(devices)} registered, ${count(steps)} events`;
}

/** `shrinking: 3 devices, 12 actions, 40 min after 57 runs`. */
export function shrinkingLine(smallest: Scenario, runs: number): string {
  return `shrinking: ${sizeOf(smallest)} after ${runs} runs`;
}

export function sizeOf({ fleets, timeline, duration }: Scenario): string {
  const devices = fleets.reduce((sum, fleet) => sum + fleet.count, 0);
  return `${several(devices, 'device')}, ${several(timeline.length, 'action')}, ${span(duration)}`;
}
