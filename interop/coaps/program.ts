// The commands of credentials and certificates as people type them, beside a running server.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../child.ts';
import { withRawKey } from '../dtls/raw-key.ts';

const COMMAND_MAX_MS = 30_000;

/** What a command printed that did what it should. */
export async function flownexus(...words: string[]): Promise<string> {
  const done = await run(process.execPath, ['dist/app/cli.js', ...words], COMMAND_MAX_MS);
  assert.equal(done?.code, 0, `flownexus ${words.join(' ')}: ${done?.output}`);
  return done.output;
}

/** Makes an authority and a server; gives the words for `serve`. */
export async function certifiedServer(data: string): Promise<string[]> {
  await flownexus('pki', 'init', '--data', data);
  await flownexus('pki', 'server', '--name', '127.0.0.1', '--data', data);
  const file = (name: string): string => join(data, 'pki', name);
  return [
    '--dtls-cert', file('server.pem'), '--dtls-key', file('server.key.pem'),
    '--dtls-ca', file('ca.pem'),
  ];
}

/** Gives the endpoint a key of its own choice. */
export async function giveKey(data: string, endpoint: string, key: Buffer): Promise<void> {
  const file = join(data, 'given.key');
  await writeFile(file, key.toString('hex'));
  await flownexus('credential', 'add', endpoint, '--key-file', file, '--data', data);
}

/** How devices prove who they are, as Site.security has it, once the server knows them. */
export const SECURITIES = {
  async psk(data: string, endpoint: string): Promise<string[]> {
    const said = await flownexus('credential', 'add', endpoint, '--data', data);
    const [, key] = /^Its key: ([0-9a-f]{32})$/m.exec(said) ?? [];
    assert(key !== undefined, said);
    return ['psk', endpoint, key];
  },

  async rpk(data: string, endpoint: string): Promise<string[]> {
    return withRawKey(async ({ privateKey, publicKey, publicFile }) => {
      await flownexus('credential', 'add', endpoint, '--public-key', publicFile, '--data', data);
      const said = await flownexus('credential', 'server-key', '--data', data);
      const [, ofServer] = /^hex +([0-9a-f]+)$/m.exec(said) ?? [];
      assert(ofServer !== undefined, said);
      const own = publicKey.export({ type: 'spki', format: 'der' });
      const secret = privateKey.export({ type: 'pkcs8', format: 'der' });
      return ['rpk', own.toString('hex'), secret.toString('hex'), ofServer];
    });
  },

  async x509(data: string, endpoint: string): Promise<string[]> {
    await flownexus('pki', 'device', endpoint, '--data', data);
    const files = [`devices/${endpoint}.der`, `devices/${endpoint}.key.der`, 'ca.der'];
    const contents = await Promise.all(files.map((file) => readFile(join(data, 'pki', file))));
    return ['x509', ...contents.map((content) => content.toString('hex'))];
  },
} as const;

export type Kind = keyof typeof SECURITIES;
