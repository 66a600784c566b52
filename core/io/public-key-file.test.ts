// Public keys as people have them in files and paste them: each form leads to the same point.

import { expect, it } from 'vitest';
import { fromHex, toBase64, toHex } from '../bytes.ts';
import { TestAuthority } from '../../sim/testing/authority.ts';
import { writeKey } from './key-file.ts';
import { NodeCrypto } from './crypto.ts';
import { pemOf } from './pem.ts';
import { readPublicKey, writePublicKey } from './public-key-file.ts';

const keys = new NodeCrypto().newKeyPair();
const { der, pem } = writePublicKey(keys.publicKey);
const bytes = (text: string) => new TextEncoder().encode(text);
const certificate = new TestAuthority('ca').certify(keys.publicKey, { commonName: 'pump' });
const colons = toHex(keys.publicKey).replaceAll(/(..)(?!$)/g, '$1:');

it.for<[string, Uint8Array | string]>([
  ['PEM', pem], ['PEM beside a certificate', `${pem}${pemOf(certificate, 'CERTIFICATE')}`],
  ['PEM with words around it', `the key\n${pem}of pump 1\n`], ['DER', der],
  ['the point in hex', toHex(keys.publicKey)], ['in capitals', toHex(keys.publicKey).toUpperCase()],
  ['as OpenSSL shows it', `  ${colons.replaceAll(/(.{45})/g, '$1\n    ')}\n`],
  ['DER in hex', `${toHex(der)}\n`], ['DER in base64', toBase64(der)],
  ['DER in base64 over lines', toBase64(der).replaceAll(/(.{40})/g, '$1\r\n')],
])('%s is read', ([, file]) => {
  const read = readPublicKey(typeof file === 'string' ? bytes(file) : file);
  expect(read).toEqual({ ok: true, value: keys.publicKey });
});

const off = fromHex(toHex(keys.publicKey)) as Uint8Array;
off[64] = (off[64] as number) ^ 1;

const CERTIFICATE = 'is a certificate: x509 (--x509) is for devices that come with one';

it.for<[string, Uint8Array | string, string]>([
  ['nothing', '', 'is no public key that can be read'],
  ['a word', 'pump', 'is no public key that can be read'],
  ['digits too few', toHex(keys.publicKey).slice(2), 'is no public key that can be read'],
  ['a point beside the curve', toHex(off), 'is no point on secp256r1 (P-256)'],
  ['a private key', writeKey(keys).pem,
    'is a private key: the device keeps it, give its public one'],
  ['a private key in hex', toHex(writeKey(keys).der), 'is no public key that can be read'],
  ['a certificate', pemOf(certificate, 'CERTIFICATE'), CERTIFICATE],
  ['a certificate in DER', certificate, CERTIFICATE],
  ['a certificate in base64', toBase64(certificate), CERTIFICATE],
  ['what is much too long', 'ab'.repeat(100_000), 'is no public key that can be read'],
])('%s is refused', ([, file, reason]) => {
  const read = readPublicKey(typeof file === 'string' ? bytes(file) : file);
  expect(read).toEqual({ ok: false, reason });
});
