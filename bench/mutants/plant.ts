// A copy of the sources with one planted bug at a time, and the swarm let loose in it.

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../app/version.ts';
import type { Milliseconds } from '../../core/ports.ts';
import { NEVER_ENDED, type Mutant } from './list.ts';

const FOLDERS = ['core', 'actors', 'sim', 'bench'];
const FILES = ['package.json', 'tsconfig.json'];

/** A seed takes seconds, also on a busy machine. */
const SILENCE_MAX: Milliseconds = 300_000;

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

  /**
   * Lets the swarm hunt for the planted bug, or in sound sources, in a process of its own. A bug
   * that makes a seed last for `silenceMax` is found as well: that seed never ends.
   */
  async hunt(
    mutant: Mutant | undefined, { first, count, eventsMax }: Seeds, silenceMax = SILENCE_MAX,
  ): Promise<Hunt> {
    if (mutant !== undefined) writeFileSync(join(this.#folder, mutant.file), patched(mutant));
    try {
      const args = ['--import', 'tsx', 'bench/mutants/hunt.ts', first, count, eventsMax];
      const stdout = await outputOf(args.map(String), this.#folder, silenceMax);
      const last = stdout.trim().split('\n').at(-1);
      // Silent from its start on.
      if (last === '' || last === undefined) return { events: 0, seed: first, oracle: NEVER_ENDED };
      return JSON.parse(last) as Hunt;
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

/** What a process prints until it ends or has been silent for too long; rejects when it fails. */
async function outputOf(
  args: readonly string[], cwd: string, silenceMax: Milliseconds,
): Promise<string> {
  const running = run(process.execPath, args, { cwd });
  const { child } = running;
  let isGivenUp = false;
  const patience = setTimeout(() => {
    isGivenUp = true;
    child.kill('SIGKILL');
  }, silenceMax);
  child.stdout?.on('data', () => patience.refresh());
  try {
    return (await running).stdout;
  } catch (error) {
    if (isGivenUp) return (error as { stdout: string }).stdout;
    throw error;
  } finally {
    clearTimeout(patience);
  }
}
