// A copy of the sources with one planted bug at a time, and the swarm let loose in it.

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

/**
 * A copy of the sources, for one bug after the other: what is new is compiled, file by file. It is
 * gone at the latest when the process ends.
 */
export class Copy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'flownexus-mutant-'));

  constructor() {
    process.once('exit', this.remove);
    for (const name of [...FOLDERS, ...FILES]) {
      cpSync(join(PACKAGE_ROOT, name), join(this.#folder, name), { recursive: true });
    }
    symlinkSync(join(PACKAGE_ROOT, 'node_modules'), join(this.#folder, 'node_modules'), 'dir');
  }

  /** Lets the swarm hunt for the planted bug, or in sound sources, in a process of its own. */
  async hunt(mutant: Mutant | undefined, { first, count, eventsMax }: Seeds): Promise<Hunt> {
    if (mutant !== undefined) writeFileSync(join(this.#folder, mutant.file), patched(mutant));
    try {
      const args = ['--import', 'tsx', 'bench/mutants/hunt.ts', first, count, eventsMax];
      const { stdout } = await run(process.execPath, args.map(String), { cwd: this.#folder });
      return JSON.parse(stdout) as Hunt;
    } catch (cause) {
      throw new Error(`the hunt for "${mutant?.name ?? 'nothing'}" ended badly`, { cause });
    } finally {
      if (mutant !== undefined) {
        cpSync(join(PACKAGE_ROOT, mutant.file), join(this.#folder, mutant.file));
      }
    }
  }

  readonly remove = (): void => {
    process.off('exit', this.remove);
    rmSync(this.#folder, { recursive: true, force: true });
  };
}
