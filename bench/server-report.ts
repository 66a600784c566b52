// How late the main loop of a server process was and what CPU it took, told when asked.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ServerReport } from './load.ts';

const RESOLUTION_MS = 5;

/** Answers `begin` by measuring and `stop` by stopping, reporting and ending the process. */
export function reportOnDemand(stored: () => number, stop: () => Promise<void>): void {
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let cpu = process.cpuUsage();
  lag.enable();
  process.on('message', (order) => {
    if (order === 'begin') {
      lag.reset();
      cpu = process.cpuUsage();
    } else if (order === 'stop') {
      const { user, system } = process.cpuUsage(cpu);
      const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
      const report: ServerReport = {
        lagP99: late(lag.percentile(99)), lagMax: late(lag.max),
        cpuSeconds: (user + system) / 1e6, stored: stored(),
      };
      void stop().then(() => process.send?.(report, () => process.exit(0)));
    }
  });
}
