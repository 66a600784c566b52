// A Lab in memory for the tests of the API: runs are put by hand. What a lab does with scenarios
// and processes is tested with the real one, in app/lab.

import { fail } from '../../result.ts';
import type { Lab, RunView } from '../lab.ts';

export class FakeLab implements Lab {
  #runs: readonly RunView[] = [];

  /** Newest first. */
  put(...runs: readonly RunView[]): void {
    this.#runs = runs;
  }

  async scenarios() { return []; }
  async scenario() { return undefined; }
  async check() { return { facts: null, mistakes: [] }; }
  async save() { return fail('There is no disk here.'); }
  async remove() { return false; }
  runs() { return this.#runs; }
  run(wanted: string) { return this.#runs.find(({ id }) => id === wanted); }
  async findings() { return null; }
  async start() { return fail('There is nothing to play here.'); }
  stop() { return fail('There is nothing to stop here.'); }
  forget() { return fail('There is nothing to forget here.'); }
  file() { return undefined; }
  async compare() { return fail('There is nothing to compare here.'); }
  async comparisonPage() { return fail('There is nothing to compare here.'); }
}

export function runView(seed: number, facts: Partial<RunView> = {}): RunView {
  const group = '20261122-140211';
  return {
    id: `${group}-${seed}`, group, shelf: 'shipped', file: 'first-light.yaml',
    scenario: 'First light', why: 'It is lit.', seed, state: 'running', by: 'ann', askedAt: 1,
    endedAt: null, reason: '', command: `flownexus run scenarios/first-light.yaml --seed ${seed}`,
    progress: { at: 0, duration: 3_600_000, tookMs: 0, devices: 1, registered: 0, steps: 0 },
    ...facts,
  };
}
