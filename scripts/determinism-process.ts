// Runs swarm seeds under the tripwire and prints one trace hash per seed. Started by the
// determinism test, several times with different options of the engine.
//   node dist/scripts/determinism-process.js <first seed> <seeds> <virtual minutes>

import { runScenario } from '../sim/run.ts';
import { swarmScenario } from '../sim/swarm.ts';
import { underTripwire } from '../sim/tripwire.ts';

const MINUTE = 60_000;
const [first = 1, count = 20, minutes = 150] = process.argv.slice(2).map(Number);

for (let seed = first; seed < first + count; seed++) {
  const whole = swarmScenario(seed);
  const scenario = { ...whole, duration: Math.min(whole.duration, minutes * MINUTE) };
  const { traceHash, steps } = underTripwire(() => runScenario(scenario));
  process.stdout.write(`${seed} ${traceHash} ${steps}\n`);
}
