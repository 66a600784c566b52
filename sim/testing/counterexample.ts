// A counterexample as a file: what fast-check found and shrank can be played again, looked at and
// shrunk further by `flownexus run`.

import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Scenario } from '../scenario/model.ts';
import { writeScenario } from '../scenario/write.ts';
import { scenarioOf, type WorldCommands } from './commands.ts';

/**
 * A reporter for `fc.assert` of a property over commands or scenarios: says what fast-check says,
 * seed and path included, and writes the counterexample as a scenario file. `seed` is that of
 * `playCommands`, if it was given one.
 */
export function writesScenario<Drawn>(
  file: string, { seed = 1 }: { readonly seed?: number } = {},
): (details: fc.RunDetails<Drawn>) => void {
  return (details) => {
    if (!details.failed) return;
    const report = fc.defaultReportMessage(details) ?? '';
    const [scenario] = ((details.counterexample ?? []) as readonly unknown[])
      .flatMap((drawn) => scenarioFrom(drawn, seed));
    if (scenario === undefined) throw new Error(report);
    writeFileSync(file, writeScenario(scenario));
    throw new Error(`${report}\n\nAs a scenario: flownexus run ${file}`,
      { cause: details.errorInstance });
  };
}

function scenarioFrom(drawn: unknown, seed: number): Scenario[] {
  if (typeof drawn !== 'object' || drawn === null) return [];
  if (Symbol.iterator in drawn && !Array.isArray(drawn) && !(drawn instanceof Uint8Array)) {
    return [scenarioOf(drawn as WorldCommands, seed)];
  }
  return 'fleets' in drawn && 'timeline' in drawn ? [drawn as Scenario] : [];
}
