// Has scenarios read by a thread of their own, one after the other, each within a time limit.

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CheckedText } from '../../core/api/lab.ts';
import type { Milliseconds } from '../../core/ports.ts';
import { PACKAGE_ROOT } from '../version.ts';

export interface ToCheck {
  readonly text: string;
  /** Where recorded series lie. */
  readonly folder: string;
}

export interface FromChecker {
  readonly checked: CheckedText;
  /** What it looked for beside the scenario, found or not. */
  readonly beside: readonly string[];
}

const MEMORY_MEGABYTES = 256;
export const CHECKS_WAITING_MAX = 50;
export const CHECK_TIME_MAX: Milliseconds = 10_000;

export class ScenarioChecker {
  readonly #timeMax: Milliseconds;
  #worker: Worker | undefined;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(timeMax = CHECK_TIME_MAX) {
    this.#timeMax = timeMax;
  }

  async check(asked: ToCheck): Promise<FromChecker> {
    if (this.#waiting >= CHECKS_WAITING_MAX) {
      return refused('too many scenarios are being checked; try again in a moment');
    }
    this.#waiting++;
    const checked = this.#last.then(() => this.#checkNow(asked));
    this.#last = checked;
    return checked.finally(() => { this.#waiting--; });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  async #checkNow(asked: ToCheck): Promise<FromChecker> {
    const worker = this.#worker ??= this.#start();
    const answer = await new Promise<FromChecker | undefined>((resolve) => {
      const settle = (found?: FromChecker): void => {
        clearTimeout(patience);
        worker.off('message', settle).off('exit', end);
        resolve(found);
      };
      const end = (): void => settle();
      const patience = setTimeout(end, this.#timeMax);
      worker.on('message', settle).on('exit', end);
      worker.postMessage(asked, []);
    });
    if (answer !== undefined) return answer;
    this.#worker = undefined;
    void worker.terminate();
    return refused('this takes too long to read; make it smaller');
  }

  #start(): Worker {
    // Beside sources there are no built programs: what runs by itself runs from dist/.
    const program = join(PACKAGE_ROOT, 'dist', 'app', 'lab', 'check-worker.js');
    const worker = new Worker(program, {
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MEGABYTES },
    });
    worker.unref();
    // It ends at what it cannot take; the next check gets a new one.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    return worker;
  }
}

function refused(what: string): FromChecker {
  return { checked: { facts: null, mistakes: [{ line: 1, column: 1, what }] }, beside: [] };
}
