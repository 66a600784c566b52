// Runs inside a copy of the sources with one planted bug: seeds of the swarm, one after the other,
// until something is found or enough events have passed. Prints one line of JSON.
//   tsx bench/mutants/hunt.ts <first seed> <seeds> <events at most>

import { runScenario } from '../../sim/run.ts';
import { swarmScenario } from '../../sim/swarm.ts';
import { underTripwire } from '../../sim/tripwire.ts';

const [first = 1, seeds = Infinity, eventsMax = 0] = process.argv.slice(2).map(Number);
let events = 0;
let found: object = {};
for (let seed = first; seed < first + seeds && events < eventsMax; seed++) {
  const { steps, violations } = underTripwire(() => runScenario(swarmScenario(seed)));
  events += steps;
  const [violation] = violations;
  if (violation === undefined) continue;
  found = { seed, oracle: violation.oracle, what: violation.what };
  break;
}
process.stdout.write(`${JSON.stringify({ events, ...found })}\n`);
