// Searches with the swarm: runs seed after seed, prints what each drew when it fails, shrinks it
// and writes the small scenario to scenarios/regressions/. Ends with 1 if any failed.
//   node dist/scripts/swarm-process.js <first seed> <seeds>

import fs from 'node:fs';
import { runScenario } from '../sim/run.ts';
import { writeScenario } from '../sim/scenario/write.ts';
import { shrink } from '../sim/shrink.ts';
import { describeSwarm, swarmScenario } from '../sim/swarm.ts';
import { underTripwire } from '../sim/tripwire.ts';

const FOLDER = 'scenarios/regressions';
const [first = 1, count = 100] = process.argv.slice(2).map(Number);
const reached = new Map<string, number>();
let steps = 0;

for (let seed = first; seed < first + count; seed++) {
  const scenario = swarmScenario(seed);
  const result = underTripwire(() => runScenario(scenario));
  steps += result.steps;
  for (const [name, times] of Object.entries(result.sometimes)) {
    reached.set(name, (reached.get(name) ?? 0) + times);
  }
  const [violation] = result.violations;
  if (violation === undefined) continue;
  process.exitCode = 1;
  process.stdout.write(`${describeSwarm(scenario).join('\n')}\n`);
  process.stdout.write(`${violation.at} ms, ${violation.oracle}: ${violation.what}\n`);
  const shrunk = underTripwire(() => shrink(scenario));
  if (shrunk === undefined) continue;
  const file = `${FOLDER}/${shrunk.oracle.replaceAll(' ', '-')}-${seed}.yaml`;
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(file, writeScenario(shrunk.scenario, '../scenario.schema.json'));
  process.stdout.write(`flownexus run ${file} --seed ${seed}\n`);
}

for (const [name, times] of reached) process.stdout.write(`${name}: ${times}\n`);
process.stdout.write(`${count} seeds, ${steps} events\n`);
