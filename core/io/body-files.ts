// The BodyFiles port on files of a folder, one for each body. No file stays open between two calls,
// so none is left behind; a draft becomes durable and gets its name away from the event loop.

import {
  appendFileSync, closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync, rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { BodyFiles, StoredBody } from '../ports.ts';
import { DRAFT_PREFIX, renameDurably } from './durable-file.ts';
import { reasonOf } from './folder.ts';

const MODE = 0o600;

export class FolderOfBodies implements BodyFiles {
  readonly #folder: string;

  /** Makes the folder when it is missing, and takes away what a crash left half. */
  constructor(folder: string) {
    this.#folder = folder;
    if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) flush(dirname(folder));
    for (const name of readdirSync(folder)) {
      if (isDraft(name)) rmSync(join(folder, name), { force: true });
    }
  }

  load(): StoredBody[] {
    return readdirSync(this.#folder).filter((name) => !isDraft(name)).map((name) => {
      const { size, mtimeMs } = statSync(this.#pathOf(name));
      return { name, length: size, at: Math.floor(mtimeMs) };
    });
  }

  append(name: string, bytes: Uint8Array): string | undefined {
    try {
      appendFileSync(this.#draftOf(name), bytes, { mode: MODE });
      return undefined;
    } catch (error) {
      return `cannot be kept: ${reasonOf(error)}`;
    }
  }

  clear(name: string): void {
    unlink(this.#draftOf(name));
  }

  seal(name: string, done: (refusal: string | undefined) => void): void {
    this.#seal(name).then(
      () => done(undefined), (error: unknown) => done(`cannot be kept: ${reasonOf(error)}`),
    );
  }

  async #seal(name: string): Promise<void> {
    const draft = this.#draftOf(name);
    // One without a byte has no file yet.
    appendFileSync(draft, '', { mode: MODE });
    await renameDurably(draft, this.#pathOf(name));
  }

  read(name: string, start: number, end: number): Uint8Array | undefined {
    let file: number | undefined;
    try {
      file = openSync(this.#pathOf(name), 'r');
      const bytes = new Uint8Array(end - start);
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start));
    } catch {
      return undefined;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  remove(name: string): void {
    // In this order: what is being sealed has one of the two names at any time.
    unlink(this.#draftOf(name));
    unlink(this.#pathOf(name));
  }

  #pathOf(name: string): string {
    return join(this.#folder, name);
  }

  #draftOf(name: string): string {
    return join(this.#folder, DRAFT_PREFIX + name);
  }
}

/** What the disk does not let go of now is taken away at the next start. */
function unlink(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A disk that has become read-only must not stop the server.
  }
}

function isDraft(name: string): boolean {
  return name.startsWith(DRAFT_PREFIX);
}

/** A folder is durable once the one that holds its name is. */
function flush(folder: string): void {
  if (process.platform === 'win32') return;
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
