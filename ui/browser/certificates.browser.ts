// Devices with certificates and raw public keys as people see them, against the real server and
// over real sockets: taken in from the page of refused attempts, and warned of before they end.

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toBase64, toHex } from '../../core/bytes.ts';
import type { RawIdentity } from '../../core/dtls/key-exchange.ts';
import type { X509Identity } from '../../core/dtls/x509.ts';
import { TrustedCertificates } from '../../core/io/certificates.ts';
import { writeKey } from '../../core/io/key-file.ts';
import { pemOf } from '../../core/io/pem.ts';
import { readPublicKey, writePublicKey } from '../../core/io/public-key-file.ts';
import type { KeyPair } from '../../core/ports.ts';
import { UdpDevices } from '../../sim/drivers/udp.ts';
import { float, Resources, text } from '../../sim/resources.ts';
import { constant } from '../../sim/signals.ts';
import type { SecurityOptions } from '../../sim/security.ts';
import { DAY, TestAuthority } from '../../sim/testing/authority.ts';
import { flawsOf, launch, logIn, watch, type Width } from './browser.ts';
import { PASSWORD, TestServer } from './server.ts';

const PICTURES = 'ci-output/dashboard';
const WIDTHS: readonly Width[] = [390, 1024, 1440];
const KEY = '000102030405060708090a0b0c0d0e0f';
const MANY = 500;

const folder = mkdtempSync(join(tmpdir(), 'flownexus-certificates-'));
const authority = new TestAuthority('Pumps Ltd CA');
const trusted = TrustedCertificates.of([authority.certificate]);
const now = Math.floor(Date.now() / 1000) * 1000;
const serverKeys = keysOf('server');
const FILES = {
  cert: join(folder, 'server.pem'), key: join(folder, 'server.key.pem'),
  ca: join(folder, 'ca.pem'), crl: join(folder, 'ca.crl'),
};

let server: TestServer;
let devices: UdpDevices;
let browser: Browser;
let page: Page;
let wrong: string[];

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  writeServer(now + 9 * DAY);
  writeFileSync(FILES.key, writeKey(serverKeys).pem);
  writeFileSync(FILES.ca, pemOf(authority.certificate, 'CERTIFICATE'));
  writeFileSync(FILES.crl, authority.revoke([], now - DAY));
  server = await TestServer.start(JSON.stringify({
    coaps: ['127.0.0.1:0'], registration: 'known', 'dtls-cert': FILES.cert, 'dtls-key': FILES.key,
    'dtls-ca': FILES.ca, 'dtls-crl': FILES.crl,
  }));
  devices = new UdpDevices({ host: '127.0.0.1', port: Number(server.coaps.split(':').at(-1)) });
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1440, height: 860 } });
  wrong = watch(page, server.url);
  await logIn(page, server.url, PASSWORD);
});

afterAll(async () => {
  devices?.close();
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true });
});

/** The same for each name. */
function keysOf(name: string): KeyPair {
  return new TestAuthority(name).keys;
}

function writeServer(notAfter: number): void {
  const certificate = authority.certify(serverKeys.publicKey, {
    role: 'server', commonName: 'lwm2m.example', dnsNames: ['lwm2m.example'],
    notBefore: now - 300 * DAY, notAfter,
  });
  writeFileSync(FILES.cert, pemOf(certificate, 'CERTIFICATE'));
}

async function looksRight(name: string): Promise<void> {
  expect(await flawsOf(page, `${PICTURES}/${name}`, WIDTHS)).toEqual([]);
}

/** Certified until then, by the authority that the server trusts if no other is named. */
function certified(
  commonName: string, notAfter: number, by = authority,
): SecurityOptions & { kind: 'x509' } {
  const keys = keysOf(commonName);
  const chain = [by.certify(keys.publicKey, { commonName, notBefore: now - DAY, notAfter })];
  if (!trusted.ok) throw new Error(trusted.reason);
  const x509: X509Identity = {
    identity: commonName, keys, chain, certificates: trusted.value, serverName: 'lwm2m.example',
  };
  return { kind: 'x509', x509 };
}

async function rawIdentity(): Promise<RawIdentity> {
  const serverKey = readPublicKey(new TextEncoder().encode(await server.publicKey()));
  if (!serverKey.ok) throw new Error(serverKey.reason);
  return { identity: 'raw', keys: keysOf('raw'), serverKey: serverKey.value };
}

async function start(endpoint: string, security: SecurityOptions): Promise<void> {
  await devices.start({
    endpoint, lifetime: 300, notifyEvery: 60_000, awake: undefined, security,
    resources: new Resources({
      '/3/0/0': text('Pumps Ltd'), '/3303/0/5700': float(constant(21)),
    }),
  });
}

const row = (name: string) => page.getByRole('row', { name: new RegExp(name) });
const dialog = () => page.locator('dialog');

/** Once it is registered. */
async function openDevice(endpoint: string): Promise<void> {
  await page.goto(server.url);
  await page.locator('.row-view', { hasText: endpoint }).waitFor();
  await page.goto(`${server.url}/device/${endpoint}`);
}

async function ask(procedure: string, input: unknown): Promise<void> {
  const status = await page.evaluate(async ([address, body]) => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(address, { method: 'POST', headers, body })).status;
  }, [`/trpc/${procedure}`, JSON.stringify(input)] as const);
  expect(status).toBe(200);
}

test('the certificates of the server are shown with their ends and what to do', async () => {
  await page.goto(`${server.url}/credentials`);
  const panel = page.getByRole('region', { name: 'Certificates of the server' }).first();
  await panel.getByRole('row', { name: /lwm2m\.example/ }).getByText('8 d left').waitFor();
  await panel.getByRole('row', { name: /Pumps Ltd CA.*authority/ }).waitFor();
  await panel.getByRole('row', { name: /Pumps Ltd CA.*revocation list/ }).waitFor();
  await panel.getByText(/"flownexus pki renew server", and send the server SIGHUP/).waitFor();
  await looksRight('certificates-of-server');
  writeServer(now + 200 * DAY);
  server.reload();
  await panel.getByText('8 d left').waitFor({ state: 'detached' });
  expect(await panel.getByText(/pki renew/).count()).toBe(0);
});

test('a device with a certificate is accepted where its refusal is told', async () => {
  const security = certified('pump-1', now + 20 * DAY);
  await start('pump-1', security);
  await page.goto(`${server.url}/refused`);
  await row('pump-1').getByRole('button', { name: 'Accept its certificate' }).click();
  await dialog().getByText(/names pump-1/).waitFor();
  // What the certificate names cannot be chosen.
  expect(await dialog().getByRole('textbox').count()).toBe(0);
  await looksRight('refused-accept');
  await dialog().getByRole('button', { name: 'Accept' }).press('Enter');
  await row('pump-1').getByText('accepted').waitFor();
  await start('pump-1', security);
  await openDevice('pump-1');
  const facts = page.getByRole('region', { name: 'Registration' });
  await facts.getByText('x509 as x509:pump-1').waitFor();
  await facts.getByText('19 d left').waitFor();
  await facts.getByText('Renew it at its authority.').waitFor();
  await looksRight('device-certificate');
});

test('a device with a raw public key is adopted by the key that it has proven', async () => {
  const rawKey = await rawIdentity();
  const fingerprint = createHash('sha256').update(rawKey.keys.publicKey).digest('hex');
  await start('pump-2', { kind: 'rpk', rawKey });
  await page.goto(`${server.url}/refused`);
  await row(fingerprint).getByRole('button', { name: 'Add its public key' }).click();
  await dialog().getByText(fingerprint).waitFor();
  await page.locator('dialog input:focus').waitFor();
  await page.keyboard.type('pump-2');
  await looksRight('refused-public-key');
  await page.keyboard.press('Enter');
  await row(fingerprint).getByText('has its key known').waitFor();
  await start('pump-2', { kind: 'rpk', rawKey });
  await openDevice('pump-2');
  await page.getByRole('region', { name: 'Registration' }).getByText('rpk as').waitFor();
});

test('a key that was replaced is told as such, and is not to be added', async () => {
  const rawKey = await rawIdentity();
  const fingerprint = createHash('sha256').update(rawKey.keys.publicKey).digest('hex');
  const next = toHex(keysOf('replacing').publicKey);
  await ask('credentials.rotate', { kind: 'rpk', identity: fingerprint, key: next });
  await start('pump-2', { kind: 'rpk', rawKey });
  await page.goto(`${server.url}/refused`);
  const replaced = row(`${fingerprint}.*replaced key`);
  await replaced.getByText(/rotate it back only if you trust this one\./).waitFor();
  expect(await replaced.getByRole('button').count()).toBe(0);
  await looksRight('refused-replaced');
});

test('what no key would help is told in words', async () => {
  const stranger = new TestAuthority('stranger');
  await start('other', certified('other', now + 90 * DAY, stranger));
  await start('late', certified('late', now - 3_600_000));
  await page.goto(`${server.url}/refused`);
  await row('other.*unknown authority').getByText(/add its certificate to --dtls-ca/).waitFor();
  await row('late.*certificate expired').getByText('Have its authority renew it.').waitFor();
  expect(await row('other|late').getByRole('button').count()).toBe(0);
  await looksRight('refused-kinds');
});

test('a certificate without a credential is listed too, and the ends are found', async () => {
  await ask('device.provision', { endpoint: 'pump-3' });
  await start('pump-3', certified('pump-3', now + 400 * DAY));
  await page.goto(`${server.url}/credentials`);
  await row('pump-3').getByText('not here').waitFor();
  expect(await row('pump-3').getByRole('button').count()).toBe(0);
  await row('pump-1').getByText('19 d left').waitFor();
  await looksRight('credentials-kinds');
  await page.getByRole('button', { name: /^Certificates that end soon/ }).click();
  await row('pump-3').waitFor({ state: 'detached' });
  await row('pump-1').waitFor();
  await page.reload();
  await row('pump-1').waitFor();
  expect(await row('pump-3').count()).toBe(0);
  await page.getByRole('button', { name: /^Certificates that end soon/ }).click();
  await row('pump-3').waitFor();
});

test('a certificate that was taken back is shown as such', async () => {
  const taken = certified('pump-4', now + 400 * DAY);
  await ask('device.provision', { endpoint: 'pump-4' });
  await start('pump-4', taken);
  await row('pump-4').getByRole('link', { name: 'pump-4' }).waitFor();
  writeFileSync(FILES.crl, authority.revoke(taken.x509.chain, now - DAY / 2));
  server.reload();
  await row('pump-4').getByText('revoked').waitFor();
  expect(await page.getByText('revoked', { exact: true }).count()).toBe(1);
  await looksRight('credentials-revoked');
  await page.goto(`${server.url}/device/pump-4`);
  const facts = page.getByRole('region', { name: 'Registration' });
  await facts.getByText('revoked').waitFor();
  // Its authority did not take it back to give it again.
  expect(await facts.getByText(/Renew it/).count()).toBe(0);
  await page.goto(`${server.url}/credentials`);
});

test('a public key and a certificate are added by hand, also by the keyboard alone', async () => {
  const { publicKey } = keysOf('valve-1');
  await page.getByRole('button', { name: 'Add', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Public key' }).focus();
  await page.keyboard.press('Space');
  await page.getByLabel(/^Endpoint/).fill('valve-1');
  await page.getByLabel(/^Its public key/).fill('00 01');
  await dialog().getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('This is no public key that can be read.').waitFor();
  await page.getByLabel(/^Its public key/).fill(writeKey(keysOf('valve-1')).pem);
  await dialog().getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText(/This is a private key: the device keeps it/).waitFor();
  await looksRight('credentials-public-key');
  await page.getByLabel(/^Its public key/).fill(writePublicKey(publicKey).pem);
  await dialog().getByRole('button', { name: 'Add', exact: true }).click();
  await row('valve-1').getByText('rpk').waitFor();
  const next = writePublicKey(keysOf('next').publicKey).der;
  await row('valve-1').getByRole('button', { name: /^Rotate/ }).click();
  await page.locator('dialog textarea:focus').fill(toBase64(next));
  await looksRight('credentials-rotate-public');
  await dialog().getByRole('button', { name: 'Rotate' }).click();
  await dialog().waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('button', { name: 'Certificate', exact: true }).click();
  await page.getByLabel(/^Endpoint/).fill('valve-2');
  await looksRight('credentials-certificate');
  await page.keyboard.press('Enter');
  await row('valve-2').getByText('x509', { exact: true }).waitFor();
  await row('valve-2').getByRole('button', { name: /^Revoke/ }).click();
  await page.getByText(/only a revocation list of its authority takes it back/).waitFor();
  await looksRight('credentials-revoke-certificate');
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
});

test('a list of all kinds is imported, 500 lines long, and its bad lines are told', async () => {
  const point = toHex(keysOf('gate').publicKey);
  const lines = Array.from({ length: MANY }, (_, at) =>
    `urn:imei:35265610000${7_000 + at},,,${KEY}`);
  const list = [
    'endpoint,kind,identity,key', 'gate-1,x509,,', `gate-2,rpk,,${point}`, `gate-3,rpk,,${point}`,
    `gate-4,x509,,${KEY}`, 'gate-5,tls,,', ...lines,
  ];
  await page.getByLabel('File of credentials').setInputFiles({
    name: 'site.csv', mimeType: 'text/csv', buffer: Buffer.from(list.join('\n')),
  });
  await page.getByText('502 added').waitFor();
  expect(await page.locator('.mistakes li').allTextContents()).toEqual([
    expect.stringMatching(/^line 4this public key is that of/) as string,
    expect.stringMatching(/^line 5a certificate has its own name and key/) as string,
    expect.stringMatching(/^line 6a kind is psk, rpk or x509/) as string,
  ]);
  await page.getByText(/\d+ more; search to see them/).waitFor();
  await looksRight('credentials-many');
  expect(await page.content()).not.toContain(KEY);
  expect(wrong.filter((line) => !/40[09]/.test(line))).toEqual([]);
});
