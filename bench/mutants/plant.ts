// A copy of the sources with one planted bug, and the swarm let loose in it.

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../app/version.ts';
import type { Mutant } from './list.ts';

const FOLDERS = ['core', 'actors', 'sim', 'bench'];
const FILES = ['package.json', 'tsconfig.json'];

const run = promisify(execFile);

export interface Hunt {
  readonly events: number;
  /** What was found; undefined when nothing was. */
  readonly seed?: number;
  readonly oracle?: string;
  readonly what?: string;
}

export interface Seeds {
  readonly first: number;
  readonly count: number;
  readonly eventsMax: number;
}

/** The patched text of the mutant's file; throws when the patch does not apply any more. */
export function patched({ name, file, find, replace }: Mutant): string {
  const parts = readFileSync(join(PACKAGE_ROOT, file), 'utf8').split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(`"${name}" does not apply: its text stands ${parts.length - 1} times in ${file}`);
}

/** Lets the swarm hunt for the planted bug, or in sound sources, in a process of its own. */
export async function hunt(mutant: Mutant | undefined, seeds: Seeds): Promise<Hunt> {
  const folder = mkdtempSync(join(tmpdir(), 'flownexus-mutant-'));
  try {
    for (const name of [...FOLDERS, ...FILES]) {
      cpSync(join(PACKAGE_ROOT, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(PACKAGE_ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
    if (mutant !== undefined) writeFileSync(join(folder, mutant.file), patched(mutant));
    const { first, count, eventsMax } = seeds;
    const args = ['--import', 'tsx', 'bench/mutants/hunt.ts', first, count, eventsMax].map(String);
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    return JSON.parse(stdout) as Hunt;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
