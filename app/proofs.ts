// What the server proves itself by to devices, put together of its settings and files.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerProofs } from '../actors/associations.ts';
import type { DatedFile } from '../core/api/validity.ts';
import { SUITES_WITH_CBC } from '../core/dtls/suites.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import { SystemRandom } from '../core/io/random.ts';
import { openSecretKey } from '../core/io/secret-key.ts';
import { openServerKey } from '../core/io/server-key.ts';
import type { Clock, KeyPair, Log } from '../core/ports.ts';
import { SecretBox } from '../core/secret-box.ts';
import { DtlsCertificates } from './dtls-files.ts';
import type { Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';

export interface OpenedProofs extends ServerProofs {
  /** Reads the files of certificates again; undefined when there are none. */
  readonly reload: (() => void) | undefined;
  /** What these files have in them now, each with its end. */
  readonly dated: () => readonly DatedFile[];
}

/** Throws what says what is wrong with which file. */
export async function openProofs(
  { dtlsFiles, allowsCbc, data }: Pick<Settings, 'dtlsFiles' | 'allowsCbc' | 'data'>,
  secretKey: Uint8Array, log: Log, clock: Pick<Clock, 'now'>,
): Promise<OpenedProofs> {
  const x509 = dtlsFiles && new DtlsCertificates(dtlsFiles, log, clock.now());
  return {
    x509, rawKeys: { own: await serverKeyOf(data, secretKey) },
    suites: allowsCbc ? SUITES_WITH_CBC : undefined,
    reload: x509 && (() => x509.reload(clock.now())),
    dated: () => x509?.dated ?? [],
  };
}

/** The server does not start with a server.key that another key file sealed. */
export const IF_LOST = 'move the server.key that it sealed away, start the server and rotate the '
  + 'credentials';

/** With another one, what it sealed would look damaged. */
export function missingKeyFile(file: string): UsageError {
  return new UsageError(`the key file "${file}" is not there: restore it, or name it with `
    + `--secrets-key-file; if it is lost, ${IF_LOST}`);
}

/** What secrets at rest are sealed with; made at the first start of a data folder. */
export function secretKeyOf(
  { secretsKeyFile, data }: Pick<Settings, 'secretsKeyFile' | 'data'>,
): Promise<Uint8Array> {
  if (existsSync(serverKeyFileOf(data)) && !existsSync(secretsKeyFile)) {
    throw missingKeyFile(secretsKeyFile);
  }
  return openSecretKey(secretsKeyFile);
}

/** Of a data folder; made when there is none yet. */
export function serverKeyOf(data: string, secretKey: Uint8Array): Promise<KeyPair> {
  const crypto = new NodeCrypto();
  const box = new SecretBox(crypto, new SystemRandom(), secretKey);
  return openServerKey(serverKeyFileOf(data), box, crypto);
}

export function serverKeyFileOf(data: string): string {
  return join(data, 'server.key');
}
