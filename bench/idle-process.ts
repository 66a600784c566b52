// A world with a large fleet that sleeps, in a process of its own: what that process took from the
// machine is what the world needs.

import { runScenario } from '../sim/run.ts';
import type { Scenario } from '../sim/scenario/model.ts';

export interface Idle {
  readonly registered: number;
  /** The most that was resident, in bytes. */
  readonly bytes: number;
  /** Of one core. */
  readonly seconds: number;
  readonly violations: number;
}

process.once('message', (scenario: Scenario) => {
  const { metrics: { samples }, violations } = runScenario(scenario);
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const idle: Idle = {
    registered: samples.at(-1)?.registered[0] ?? 0, bytes: maxRSS * 1024,
    seconds: (userCPUTime + systemCPUTime) / 1e6, violations: violations.length,
  };
  process.send?.(idle, () => process.exit(0));
});
