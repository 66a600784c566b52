// One line on stderr that says how far the runs are: rewritten in place on a terminal, a new line
// now and then elsewhere.

import type { Progress } from '../sim/run.ts';
import { clockTime, count } from './report/words.ts';
import type { Job } from './run-job.ts';

const EVERY_ELSEWHERE_MS = 5000;

export class ProgressLine {
  readonly #isTerminal = process.stderr.isTTY;
  readonly #runs: number;
  readonly #began = new Map<Job, number>();
  #toldAt = performance.now();
  #isShown = false;

  constructor(runs: number) {
    this.#runs = runs;
  }

  tell(job: Job, progress: Progress): void {
    const now = performance.now();
    const began = this.#began.get(job) ?? now;
    this.#began.set(job, began);
    if (!this.#isTerminal && now - this.#toldAt < EVERY_ELSEWHERE_MS) return;
    this.#toldAt = now;
    const line = this.#lineOf(job, progress, now - began);
    if (this.#isTerminal) process.stderr.write(`\r\u001b[K${line}`);
    else console.error(line);
    this.#isShown = true;
  }

  /** Makes room for what is printed otherwise. */
  clear(): void {
    if (this.#isTerminal && this.#isShown) process.stderr.write('\r\u001b[K');
    this.#isShown = false;
  }

  #lineOf(
    { scenario, seed }: Job, { at, duration, steps, registered, devices }: Progress, took: number,
  ): string {
    const speed = took < 1 ? '' : `, ${count(Math.round(at / took))}x`;
    const run = this.#runs === 1 ? '' : ` seed ${seed} (one of ${this.#runs} runs)`;
    return `${scenario.name}${run}: ${clockTime(at)} of ${clockTime(duration)}${speed}, `
      + `${count(registered)} of ${count(devices)} registered, ${count(steps)} events`;
  }
}
