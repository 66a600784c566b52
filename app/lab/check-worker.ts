// The thread that reads scenarios for the lab. A text is somebody's: one that takes long to read,
// by chance or made for it, must not hold up the devices of the server.

import { parentPort } from 'node:worker_threads';
import type { ScenarioFacts } from '../../core/api/lab.ts';
import { parseScenario } from '../../sim/scenario/file.ts';
import type { Fleet, Scenario } from '../../sim/scenario/model.ts';
import { readBeside } from './beside.ts';
import type { FromChecker, ToCheck } from './checker.ts';

export const MISTAKES_MAX = 200;

parentPort?.on('message', (asked: ToCheck) => {
  parentPort?.postMessage(check(asked) satisfies FromChecker, []);
});

function check({ text, folder }: ToCheck): FromChecker {
  const beside = new Set<string>();
  const readText = (name: string): string | undefined => {
    beside.add(name);
    return readBeside(folder, name);
  };
  const parsed = parseScenario(text, '', { readText });
  return { checked: parsed.ok ? { facts: factsOf(parsed.value), mistakes: [] } : {
    facts: null,
    mistakes: parsed.reason.slice(0, MISTAKES_MAX)
      .map(({ line, column, what }) => ({ line, column, what })),
  }, beside: [...beside] };
}

function factsOf({ name, why, seed, duration, fleets }: Scenario): ScenarioFacts {
  return {
    name, why, seed, duration,
    devices: fleets.reduce((sum, { count }) => sum + count, 0), fleets: fleets.map(inWords),
    isOutside: fleets.some(({ driver }) => driver !== 'world'),
  };
}

function inWords({ name, count, network, queueMode }: Fleet): string {
  const devices = count === 1 ? '1 device' : `${count} devices`;
  return `${name}: ${devices} on ${network}${queueMode === undefined ? '' : ' in queue mode'}`;
}
