// Plays seeds of the swarm in full length and scenario files in their short form under the
// tripwire, and prints the trace hash of each. Started by the determinism test, several times with
// different options of the engine.
//   node dist/scripts/determinism-process.js <first seed> <seeds> [<name of a scenario>...]

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../app/version.ts';
import { runScenario } from '../sim/run.ts';
import { parseScenario } from '../sim/scenario/file.ts';
import type { Scenario } from '../sim/scenario/model.ts';
import { swarmScenario } from '../sim/swarm.ts';
import { underTripwire } from '../sim/tripwire.ts';

const [first = '1', count = '20', ...names] = process.argv.slice(2);

for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  print(`seed ${seed}`, swarmScenario(seed));
}
for (const name of names) print(name, shortFormOf(name));

function print(what: string, scenario: Scenario): void {
  const { traceHash, steps } = underTripwire(() => runScenario(scenario));
  process.stdout.write(`${what}: ${traceHash}, ${steps} events\n`);
}

function shortFormOf(name: string): Scenario {
  const file = join(PACKAGE_ROOT, 'scenarios', `${name}.yaml`);
  const parsed = parseScenario(readFileSync(file, 'utf8'), file, {
    form: 'short', driver: 'world', readText: (path) => readFileSync(path, 'utf8'),
  });
  if (!parsed.ok) throw new Error(`${file} is not well written`);
  return parsed.value;
}
