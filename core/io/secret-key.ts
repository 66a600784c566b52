// The key file that secrets at rest are sealed with: made at the first start, for its owner alone.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fromHex, toHex } from '../bytes.ts';
import { SECRET_KEY_LENGTH } from '../secret-box.ts';
import { DataFolderError } from './data-folder.ts';
import { writeDurably } from './durable-file.ts';

const OTHERS = 0o077;

/** Reads the key, or makes the file; throws a DataFolderError that says what to do. */
export async function openSecretKey(file: string): Promise<Uint8Array> {
  try {
    if (!existsSync(file)) {
      const key = `${toHex(randomBytes(SECRET_KEY_LENGTH))}\n`;
      await writeDurably(file, Buffer.from(key));
    }
    return readKey(file);
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    const { message } = error as Error;
    throw new DataFolderError(`the key file "${file}" cannot be used: ${message}`);
  }
}

function readKey(file: string): Uint8Array {
  // Windows has no such bits.
  if (process.platform !== 'win32' && (statSync(file).mode & OTHERS) !== 0) {
    throw new DataFolderError(
      `the key file "${file}" can be read by others: chmod 600 it, and think of who has read it`);
  }
  const key = fromHex(readFileSync(file, 'latin1').trim());
  if (key?.length === SECRET_KEY_LENGTH) return key;
  throw new DataFolderError(`the key file "${file}" is damaged: it must have `
    + `${2 * SECRET_KEY_LENGTH} hexadecimal digits; restore it from a backup, or move it and the `
    + 'server.key that it sealed away, start the server and rotate all credentials');
}
