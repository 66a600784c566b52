// `flownexus pki` from outside: what it makes is good for OpenSSL and for us, nothing is overwritten
// by mistake, and nonsense is refused in one sentence.

import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrustedCertificates } from '../core/io/certificates.ts';
import { readKey } from '../core/io/key-file.ts';
import { flownexus } from './testing/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-pki-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ENDPOINT = 'urn:imei:352656100367872';
const DEVICE = `devices/${encodeURIComponent(ENDPOINT)}`;
const pki = (...words: string[]) => flownexus(['pki', ...words, '--data', folder]);
const file = (name: string): Buffer => readFileSync(join(folder, 'pki', name));
const x509 = (name: string): X509Certificate => new X509Certificate(file(`${name}.pem`));

async function refusalOf(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await pki(...words);
  expect({ code, stdout, lines: stderr.trimEnd().split('\n') })
    .toMatchObject({ code: 2, stdout: '', lines: { length: 1 } });
  return stderr.trimEnd();
}

const isOpensslThere = ((): boolean => {
  try {
    return execFileSync('openssl', ['version']).length > 0;
  } catch {
    return false;
  }
})();

beforeAll(async () => {
  expect(await refusalOf('server', '--name', 'x'))
    .toMatch(/ca\.pem" is not there: make an authority by "flownexus pki init"$/);
  for (const words of [
    ['init'], ['server', '--name', 'lwm2m.example', '--name', '192.0.2.1', '--name', '2001:db8::1'],
    ['device', ENDPOINT, 'second'],
  ]) {
    expect(await pki(...words)).toMatchObject({ code: 0, stderr: '' });
  }
});

const years = ({ validTo }: X509Certificate): number =>
  Math.round((Date.parse(validTo) - Date.now()) / 86_400_000 / 365.25);

describe('what is made', () => {
  it('is in PEM and DER, each with its key, for its owner alone', () => {
    const names = ['ca', 'server', DEVICE, 'devices/second'];
    for (const name of names) {
      expect(x509(name).raw).toEqual(file(`${name}.der`));
      expect(readKey(file(`${name}.key.pem`))).toEqual(readKey(file(`${name}.key.der`)));
      expect(x509(name).checkPrivateKey(x509Key(name))).toBe(true);
      expect(statSync(join(folder, 'pki', `${name}.key.pem`)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(join(folder, 'pki')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'pki'))).toHaveLength(2 * 4 + 1);
    expect(new Set(names.map((name) => x509(name).serialNumber)).size).toBe(4);
  });

  it('is good as long as it should be, and no longer than its authority', () => {
    expect(['ca', 'server', DEVICE].map((name) => years(x509(name)))).toEqual([10, 1, 10]);
    expect(Date.parse(x509(DEVICE).validTo)).toBeLessThanOrEqual(Date.parse(x509('ca').validTo));
  });

  it('is believed by us, as what it is', () => {
    const trusted = TrustedCertificates.of([file('ca.pem')]);
    if (!trusted.ok) throw new Error(trusted.reason);
    const { value } = trusted;
    const [server, device] = [[file('server.der')], [file(`${DEVICE}.der`)]] as const;
    const now = Date.now();
    expect([
      value.refusalOf(server, 'server', now), value.refusalOf(device, 'client', now),
      value.refusalOf(server, 'client', now), value.refusalOf(device, 'server', now),
    ]).toEqual([undefined, undefined, 'wrong key usage', 'wrong key usage']);
    expect(value.read(device[0])).toMatchObject({ value: { commonName: ENDPOINT } });
  });

  it.runIf(isOpensslThere)('is believed by OpenSSL, and says what it is for', () => {
    const openssl = (...words: string[]): string =>
      execFileSync('openssl', words, { cwd: join(folder, 'pki'), encoding: 'utf8', stdio: 'pipe' });
    for (const [purpose, name] of [['sslserver', 'server'], ['sslclient', DEVICE]] as const) {
      const path = `${name}.pem`;
      expect(openssl('verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'ca.pem', path))
        .toBe(`${path}: OK\n`);
    }
    const text = (name: string) => openssl('x509', '-in', `${name}.pem`, '-noout', '-text')
      .replaceAll(/\s+/g, ' ');
    expect(text('ca')).toMatch(
      /Basic Constraints: critical CA:TRUE .*Key Usage: critical Certificate Sign, CRL Sign /);
    expect(text('server')).toMatch(new RegExp(
      'Subject: CN = lwm2m\\.example .*Public-Key: \\(256 bit\\) .*Basic Constraints: critical '
      + 'CA:FALSE .*Key Usage: critical Digital Signature .*TLS Web Server Authentication .*'
      + 'DNS:lwm2m\\.example, IP Address:192\\.0\\.2\\.1, IP Address:2001:DB8:0:0:0:0:0:1 '
      + '.*Subject Key Identifier: .*Authority Key Identifier: '));
    expect(text(DEVICE)).toMatch(/TLS Web Client Authentication/);
  });
});

describe('what is there', () => {
  it('is not overwritten without saying so', async () => {
    for (const words of [['init'], ['server', '--name', 'x'], ['device', 'third', 'second']]) {
      expect(await refusalOf(...words)).toMatch(/is there already: --force overwrites it/);
    }
    expect(existsSync(join(folder, 'pki/devices/third.pem'))).toBe(false);
    const before = x509('devices/second').serialNumber;
    const { stdout } = await pki('device', 'second', '--force');
    expect(stdout).toContain('instead of the one before');
    expect(x509('devices/second').serialNumber).not.toBe(before);
  });

  it.for(['ca', 'server', DEVICE])('is renewed with its key: %s', async (name) => {
    const before = x509(name);
    const { code, stdout } = await pki('renew', name === DEVICE ? ENDPOINT : name);
    expect(code).toBe(0);
    // What is renewed for a device goes there.
    expect(stdout.endsWith('SIGHUP: kill -HUP PID\n')).toBe(name !== DEVICE);
    const after = x509(name);
    expect(after.serialNumber).not.toBe(before.serialNumber);
    expect([after.subject, after.subjectAltName, after.keyUsage])
      .toEqual([before.subject, before.subjectAltName, before.keyUsage]);
    expect(after.publicKey.equals(before.publicKey)).toBe(true);
    expect(after.verify(x509('ca').publicKey)).toBe(true);
  });

  it('is renewed for a new key when that is wished for', async () => {
    const before = x509('server');
    await pki('renew', 'server', '--new-key');
    expect(x509('server').publicKey.equals(before.publicKey)).toBe(false);
    expect(x509('server').checkPrivateKey(x509Key('server'))).toBe(true);
  });
});

it('the help shows names of a server', async () => {
  const { stdout } = await flownexus(['pki', 'server', '--help']);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('as lwm2m.example.org 192.0.2.10');
});

it('an authority whose key is encrypted is told so', async () => {
  const out = join(folder, 'encrypted');
  expect((await pki('init', '--out', out)).code).toBe(0);
  const key = createPrivateKey(readFileSync(join(out, 'ca.key.pem')));
  writeFileSync(join(out, 'ca.key.pem'), key.export(
    { format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'secret' }));
  expect(await refusalOf('device', 'x', '--out', out))
    .toMatch(/ca\.key\.pem" is encrypted; "openssl ec -in KEY -out PLAIN" makes one that is not$/);
});

describe('nonsense is refused', () => {
  it.for<[string[], RegExp]>([
    [['server', '--name', '*.example'], /"\*\.example" is neither a DNS name nor an address$/],
    [['server', '--name', '300.1.1.1'], /is neither a DNS name nor an address$/],
    [['server', '--name', `${'a'.repeat(60)}.example`], /no text of 1 to 64 characters/],
    [['device', 'x'.repeat(65)], /^endpoint "x+" is no text of 1 to 64 characters/],
    [['device', 'ok', 'a\nb'], /no text of 1 to 64 characters/],
    [['device', 'server'], /^"server" is no endpoint here: .* means another certificate$/],
    [['renew', 'nobody'], /nobody\.pem" is not there/],
    [['renew', 'ca', '--new-key'], /another one/],
    [['init', '--out', '/proc/nowhere'], /cannot be used/],
  ])('%s', async ([words, sentence]) => {
    const { code, stdout, stderr } = await pki(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd()).toMatch(sentence);
    expect(stderr).not.toContain('    at ');
  });
});

function x509Key(name: string): Parameters<X509Certificate['checkPrivateKey']>[0] {
  return createPrivateKey(file(`${name}.key.pem`));
}
