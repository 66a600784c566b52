// Files that are whole or not there at all, whenever the power goes: written beside their place,
// flushed, and then renamed; the folder is flushed too, since it holds the names.

import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** How drafts begin; what a crash left of them may be deleted. */
export const DRAFT_PREFIX = '.draft-';

/** Resolves when the file and its name are on the disk. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const draft = join(dirname(path), `${DRAFT_PREFIX}${basename(path)}`);
  try {
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await flushFolder(dirname(path));
}

/** Gives a file that others wrote its name; resolves when both are on the disk. */
export async function renameDurably(draft: string, path: string): Promise<void> {
  const file = await open(draft, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await flushFolder(dirname(path));
}

/** Resolves when the file is gone for good. */
export async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true });
  await flushFolder(dirname(path));
}

export async function flushFolder(path: string): Promise<void> {
  // Windows flushes no folder; there a rename is as durable as it gets.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
