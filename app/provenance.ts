// What made a run: version, commit, Node.js, and the command that makes it again.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Job, Provenance } from './run-job.ts';
import { PACKAGE_ROOT, VERSION } from './version.ts';

export function provenanceOf({ command }: Pick<Job, 'command'>): Provenance {
  return {
    version: VERSION, node: process.versions.node, commit: commitOf(PACKAGE_ROOT), command,
  };
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
