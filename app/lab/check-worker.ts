// The thread that reads scenarios for the lab. A text is somebody's: one that takes long to read,
// by chance or made for it, must not hold up the devices of the server.

import { parentPort } from 'node:worker_threads';
import type { CheckedText, ScenarioFacts } from '../../core/api/lab.ts';
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
  return { checked: parsed.ok ? judged(parsed.value) : {
    facts: null,
    mistakes: parsed.reason.slice(0, MISTAKES_MAX)
      .map(({ line, column, what }) => ({ line, column, what })),
  }, beside: [...beside] };
}

/** Other drivers reach programs and machines outside: that takes a person at the command line. */
function judged(scenario: Scenario): CheckedText {
  const outside = scenario.fleets.filter(({ driver }) => driver !== 'world');
  if (outside.length === 0) return { facts: factsOf(scenario), mistakes: [] };
  return { facts: null, mistakes: outside.map(({ name, driver }) => ({
    line: 1, column: 1,
    what: `${name}: the lab plays no driver ${driver}; play this file with flownexus run`,
  })) };
}

function factsOf({ name, why, seed, duration, fleets }: Scenario): ScenarioFacts {
  return {
    name, why, seed, duration,
    devices: fleets.reduce((sum, { count }) => sum + count, 0), fleets: fleets.map(inWords),
  };
}

function inWords({ name, count, network, queueMode }: Fleet): string {
  const devices = count === 1 ? '1 device' : `${count} devices`;
  return `${name}: ${devices} on ${network}${queueMode === undefined ? '' : ' in queue mode'}`;
}
