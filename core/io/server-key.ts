// The server's own key pair for devices with raw public keys (RFC 7250): made at the first start,
// and sealed, since whoever has it is the server to all of them.

import { existsSync, readFileSync } from 'node:fs';
import { decodeUtf8, encodeUtf8, fromBase64, toBase64Url } from '../bytes.ts';
import type { Crypto, KeyPair } from '../ports.ts';
import type { SecretBox } from '../secret-box.ts';
import { DataFolderError } from './data-folder.ts';
import { writeDurably } from './durable-file.ts';
import { readKey, writeKey } from './key-file.ts';

const PURPOSE = 'server key';

/** Reads the keys, or makes the file; throws a DataFolderError that says what to do. */
export async function openServerKey(
  file: string, box: SecretBox, crypto: Pick<Crypto, 'newKeyPair'>,
): Promise<KeyPair> {
  try {
    if (!existsSync(file)) {
      const { der } = writeKey(crypto.newKeyPair());
      const sealed = box.seal(PURPOSE, encodeUtf8(toBase64Url(der)));
      await writeDurably(file, Buffer.from(`${sealed}\n`));
    }
    return readSealed(file, box);
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    const { message } = error as Error;
    throw new DataFolderError(`the key file "${file}" cannot be used: ${message}`);
  }
}

function readSealed(file: string, box: SecretBox): KeyPair {
  const opened = box.open(PURPOSE, readFileSync(file, 'latin1').trim());
  const der = fromBase64(opened === undefined ? '' : decodeUtf8(opened) ?? '');
  const keys = readKey(der ?? new Uint8Array(0));
  if (keys.ok) return keys.value;
  throw new DataFolderError(`the key file "${file}" is damaged, or was sealed with another key `
    + 'file: name that with --secrets-key-file, or move this one away; devices with raw public '
    + 'keys then have to be given the new key of the server');
}
