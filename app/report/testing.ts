// A run that held, as the reports get it, for their tests.

import type { Finished } from '../run-job.ts';

export const HOUR = 3_600_000;
/** Everything that markup could stumble over. */
export const EVIL = '<b> & "quoted" \u0007';

export const held: Finished = {
  format: 1, scenario: `Day ${EVIL}`, why: EVIL, seed: 7, driver: 'world', start: 1_767_225_600_000,
  duration: HOUR, isInterrupted: false, verdict: 'held', violations: [], off: [],
  sometimes: { 'device expired': 3 }, traceHash: 'abc',
  steps: 12_345, excerpt: [], file: 'scenarios/day.yaml', tookMs: 500,
  expectations: [{
    text: `registered ${EVIL}`, line: 3, measured: 0.995, comparison: '>=', bound: 0.99,
    unit: 'share', held: true,
  }],
  metrics: {
    fleets: [{ name: 'meters', count: 10, driver: 'world' }],
    samples: [0, 1, 2, 3].map((index) => ({
      at: (index * HOUR) / 3, registered: [index * 3], fewest: [index * 3],
      up: index, down: index, bytes: 100, lost: 0,
      backlog: 0, operations: index, joules: [undefined], airtime: [undefined], charge: [undefined],
      latency: index === 0 ? undefined : { p50: 20, p95: 40 },
    })),
    totals: [{ name: 'values stored', value: 100, unit: 'count' }], energy: [],
  },
  provenance: {
    version: '0.1.0', node: '20.0.0', commit: 'c0ffee',
    command: 'flownexus run scenarios/day.yaml --seed 7', scenarioHash: 'beef',
  },
};
