// What made a run: version, commit, Node.js, the scenario as it was read, and the command that
// makes it again.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../sim/scenario/model.ts';
import type { Job, Provenance } from './run-job.ts';
import { PACKAGE_ROOT, VERSION } from './version.ts';

export function provenanceOf({ command, scenario }: Pick<Job, 'command' | 'scenario'>): Provenance {
  return {
    version: VERSION, node: process.versions.node, commit: commitOf(PACKAGE_ROOT), command,
    scenarioHash: scenarioHash(scenario),
  };
}

/** Of all that what is measured depends on, beside the seed: a comment may change. */
function scenarioHash(scenario: Scenario): string {
  const expect = scenario.expect.map((one) => ({ ...one, line: undefined }));
  const played = { ...scenario, expect, seed: undefined, why: undefined };
  return createHash('sha256').update(JSON.stringify(played)).digest('hex');
}

/** The commit of a checkout, with a plus sign when files have changed since. */
function commitOf(folder: string): string | undefined {
  if (!existsSync(join(folder, '.git'))) return undefined;
  const git = (...args: readonly string[]) => execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
  try {
    const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', 'HEAD')}${isChanged ? '+' : ''}`;
  } catch {
    return undefined;
  }
}
