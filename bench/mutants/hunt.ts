// Runs inside a copy of the sources with one planted bug: seeds of the swarm, one after the other,
// until something is found or enough events have passed. Its last line is the outcome as JSON; with
// each seed it begins it prints what it would be if that one never ended.
//   tsx bench/mutants/hunt.ts <first seed> <seeds> <events at most>

import { runScenario } from '../../sim/run.ts';
import { swarmScenario } from '../../sim/swarm.ts';
import { underTripwire } from '../../sim/tripwire.ts';
import { NEVER_ENDED } from './list.ts';

const [first = 1, seeds = Infinity, eventsMax = 0] = process.argv.slice(2).map(Number);
let events = 0;
let found: object = {};
for (let seed = first; seed < first + seeds && events < eventsMax; seed++) {
  tell({ events, seed, oracle: NEVER_ENDED });
  const { steps, violations } = underTripwire(() => runScenario(swarmScenario(seed)));
  events += steps;
  const [violation] = violations;
  if (violation === undefined) continue;
  found = { seed, oracle: violation.oracle, what: violation.what };
  break;
}
tell({ events, ...found });

function tell(outcome: object): void {
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
