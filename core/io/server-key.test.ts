// The server's key file and the public keys of devices: what is read back, and what is refused.

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { encodeUtf8, toHex } from '../bytes.ts';
import { SECRET_KEY_LENGTH, SecretBox } from '../secret-box.ts';
import { NodeCrypto } from './crypto.ts';
import { writeKey } from './key-file.ts';
import { readPublicKey, writePublicKey } from './public-key-file.ts';
import { SystemRandom } from './random.ts';
import { openServerKey } from './server-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-server-key-'));
afterAll(() => rmSync(folder, { recursive: true }));
const crypto = new NodeCrypto();

function boxOf(first: number): SecretBox {
  const key = new Uint8Array(SECRET_KEY_LENGTH).fill(first);
  return new SecretBox(crypto, new SystemRandom(), key);
}

it('the key of the server is made once, sealed, and for its owner alone', async () => {
  const file = join(folder, 'server.key');
  const made = await openServerKey(file, boxOf(1), crypto);
  expect(await openServerKey(file, boxOf(1), crypto)).toEqual(made);
  expect(statSync(file).mode & 0o077).toBe(0);
  const content = readFileSync(file, 'latin1');
  expect(content).not.toContain(Buffer.from(made.privateKey).toString('base64url').slice(0, 20));
  await expect(openServerKey(file, boxOf(2), crypto)).rejects.toThrow('sealed with another key');
});

it('public keys are read in each form', () => {
  const { publicKey } = crypto.newKeyPair();
  const { der, pem } = writePublicKey(publicKey);
  for (const form of [der, encodeUtf8(pem), encodeUtf8(` ${toHex(publicKey).toUpperCase()}\n`)]) {
    expect(readPublicKey(form)).toEqual({ ok: true, value: publicKey });
  }
});

it.for<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(0), 'is no public key that can be read'],
  ['a truncated one', writePublicKey(crypto.newKeyPair().publicKey).der.slice(0, 50),
    'is no public key that can be read'],
  ['a point beside the curve', encodeUtf8(`04${'11'.repeat(64)}`),
    'is no point on secp256r1 (P-256)'],
  ['the private key', encodeUtf8(writeKey(crypto.newKeyPair()).pem),
    'is a private key: the device keeps it, give its public one'],
])('%s is refused as a public key', ([, file, reason]) => {
  expect(readPublicKey(file)).toEqual({ ok: false, reason });
});
