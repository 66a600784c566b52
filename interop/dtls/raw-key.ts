// A raw public key of a peer, in the forms that programs read.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFolder } from './line.ts';

export interface RawKey {
  /** What stands at the end of a SubjectPublicKeyInfo of P-256 (RFC 5480 s2.2). */
  readonly point: Uint8Array;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** PKCS #8. */
  readonly privateFile: string;
  readonly publicFile: string;
  /** Both, the private one as SEC 1. */
  readonly bothFile: string;
}

const POINT_LENGTH = 65;

export function withRawKey<Outcome>(
  happen: (files: RawKey) => Promise<Outcome>,
): Promise<Outcome> {
  return withFolder(async (folder) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const files = {
      privateKey, publicKey,
      point: publicKey.export({ type: 'spki', format: 'der' }).subarray(-POINT_LENGTH),
      privateFile: join(folder, 'private.pem'),
      publicFile: join(folder, 'public.pem'),
      bothFile: join(folder, 'both.pem'),
    };
    const publicText = publicKey.export({ type: 'spki', format: 'pem' });
    await writeFile(files.privateFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(files.publicFile, publicText);
    await writeFile(files.bothFile,
      `${privateKey.export({ type: 'sec1', format: 'pem' })}${publicText}`);
    return happen(files);
  });
}
