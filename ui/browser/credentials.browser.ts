// The page of credentials against the real server: keys are given, imported, rotated and revoked,
// and a device whose handshake failed is adopted from the page of refused attempts.

import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dtls } from 'node-dtls-client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flawsOf, launch, logIn, watch, type Width } from './browser.ts';
import { PASSWORD, TestServer } from './server.ts';

const PICTURES = 'ci-output/dashboard';
const WIDTHS: readonly Width[] = [390, 1024, 1440];
const KEY = '000102030405060708090a0b0c0d0e0f';
/** Longer than a client needs that waits for the server's verdict. */
const HANDSHAKE_MAX = 20_000;

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];
let port = 0;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = await TestServer.start('coaps: ["127.0.0.1:0"]');
  port = Number(server.coaps.split(':').at(-1));
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1440, height: 860 } });
  wrong = watch(page, server.url);
  await logIn(page, server.url, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** In both themes, and on a phone. */
async function looksRight(name: string): Promise<void> {
  expect(await flawsOf(page, `${PICTURES}/${name}`, WIDTHS)).toEqual([]);
}

/** Whether a device with this key is let in. */
async function handshake(identity: string, key: string): Promise<boolean> {
  // It says text and takes bytes, which random ones have to be.
  const bytes = Buffer.from(key, 'hex') as unknown as string;
  const socket = dtls.createSocket({
    type: 'udp4', address: '127.0.0.1', port, psk: { [identity]: bytes },
    timeout: HANDSHAKE_MAX, ciphers: ['TLS_PSK_WITH_AES_128_CCM_8'],
  });
  const isIn = await once(socket, 'connected').then(() => true, () => false);
  if (isIn) socket.close();
  return isIn;
}

const row = (name: string) => page.getByRole('row', { name: new RegExp(name) });

async function madeKey(): Promise<string> {
  const key = await page.locator('dialog .address').textContent() ?? '';
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  await page.getByRole('button', { name: 'Close' }).click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  return key;
}

test('a key is made, shown once, and lets its device in', async () => {
  await page.keyboard.press('g');
  await page.keyboard.press('k');
  await page.getByText('No device has a credential yet').waitFor();
  await looksRight('credentials-none');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  // The dialog has the focus where one writes first.
  await page.locator('dialog input:focus').waitFor();
  await page.keyboard.type('pump-1');
  await looksRight('credentials-add');
  await page.keyboard.press('Enter');
  await page.getByText('It is shown only now').waitFor();
  await looksRight('credentials-made');
  const key = await madeKey();
  await row('pump-1').getByText('never').waitFor();
  expect(await page.content()).not.toContain(key);
  expect(await handshake('pump-1', key)).toBe(true);
  await page.reload();
  await row('pump-1').waitFor();
  expect(await row('pump-1').getByText('never').count()).toBe(0);
  // It has not registered, and so has no page.
  expect(await row('pump-1').getByRole('link').count()).toBe(0);
});

test('a key that is none is told under its field, and one of one\'s own is taken', async () => {
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByLabel(/^Endpoint/).fill('pump-2');
  await page.getByLabel(/^Identity/).fill('pump-1');
  await page.getByRole('button', { name: 'I have one' }).click();
  await page.getByLabel('The key, in hex').fill('00 01');
  await page.locator('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByText('A key is 32 to 128 hexadecimal digits.').waitFor();
  await looksRight('credentials-wrong');
  await page.getByLabel('The key, in hex').fill(KEY.replaceAll(/(..)/g, '$1 '));
  await page.keyboard.press('Enter');
  await page.getByText(/There is a credential "pump-1" already; rotate it/).waitFor();
  await page.getByLabel(/^Identity/).fill('number two');
  await page.keyboard.press('Enter');
  await row('number two').waitFor();
});

test('a list is imported, and its bad lines are told', async () => {
  const list = ['endpoint,key', `meter-1,${KEY}`, 'meter-2,00', `pump-1,${KEY}`, `meter-3,${KEY}`];
  const file = (text: string) =>
    ({ name: 'meters.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  const chooser = page.getByLabel('File of credentials');
  await chooser.setInputFiles(file(list.join('\n')));
  await page.getByText('2 added').waitFor();
  const told = page.locator('.mistakes li');
  expect(await told.allTextContents()).toEqual([
    expect.stringMatching(/^line 3a key is 32 to 128/) as string,
    expect.stringMatching(/^line 4there is a credential "pump-1" already/) as string,
  ]);
  await row('meter-3').waitFor();
  await looksRight('credentials-import');
  await chooser.setInputFiles(file('a,b\n1,2'));
  await page.getByText(/The first line names the columns/).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByText(/The first line names the columns/).waitFor({ state: 'detached' });
});

test('the search finds those of an endpoint, also after a reload', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('METER');
  await row('pump-1').waitFor({ state: 'detached' });
  await page.reload();
  await row('meter-1').waitFor();
  await page.getByRole('searchbox').fill('nobody');
  await page.getByText('No credential matches').waitFor();
  await page.keyboard.press('Escape');
  await row('pump-1').waitFor();
});

test('a key is rotated: the old one is good for nothing', async () => {
  await page.getByRole('button', { name: 'Rotate meter-1' }).click();
  await looksRight('credentials-rotate');
  await page.locator('dialog').getByRole('button', { name: 'Rotate' }).click();
  const key = await madeKey();
  expect(await handshake('meter-1', KEY)).toBe(false);
  expect(await handshake('meter-1', key)).toBe(true);
  // By itself.
  await row('meter-1').getByText('never').waitFor({ state: 'detached' });
});

test('one is revoked, after it was asked for', async () => {
  await page.getByRole('button', { name: 'Revoke meter-3' }).click();
  await looksRight('credentials-revoke');
  await page.locator('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('meter-3 is revoked.').waitFor();
  await row('meter-3').waitFor({ state: 'detached' });
  expect(await handshake('meter-3', KEY)).toBe(false);
});

test('a device whose handshake failed is adopted where that is told', async () => {
  expect(await handshake('stranger', KEY)).toBe(false);
  await page.goto(`${server.url}/refused`);
  await row('meter-1').getByRole('button', { name: 'Rotate its key' }).waitFor();
  await looksRight('refused-handshakes');
  await row('stranger').getByRole('button', { name: 'Give it a key' }).click();
  expect(await page.getByLabel(/^Endpoint/).inputValue()).toBe('stranger');
  expect(await page.getByLabel(/^Identity/).inputValue()).toBe('stranger');
  await page.getByText(/Anybody can say this name: .* registered without this key ends/).waitFor();
  await looksRight('refused-key');
  await page.getByRole('button', { name: 'I have one' }).click();
  await page.getByLabel('The key, in hex').fill(KEY);
  await page.keyboard.press('Enter');
  await row('stranger').getByText('has a new key').waitFor();
  expect(await handshake('stranger', KEY)).toBe(true);
  await row('meter-1').getByRole('button', { name: 'Rotate its key' }).click();
  await page.getByText(/Anybody can say this name: this one came from/).waitFor();
  await looksRight('refused-rotate');
  await page.locator('dialog').getByRole('button', { name: 'Rotate' }).click();
  expect(await handshake('meter-1', await madeKey())).toBe(true);
});

test('what cannot be read is told with what to do, and is rotated', async () => {
  // Nobody is there to be told that it is gone.
  await page.goto('about:blank');
  await server.kill();
  server.loseSecretKey();
  await server.start();
  await page.goto(`${server.url}/credentials`);
  await row('number two').getByText(/Rotate it, or restore the secret\.key/).waitFor();
  await looksRight('credentials-unreadable');
  const all = await page.getByText('unreadable', { exact: true }).count();
  await page.getByRole('button', { name: 'Rotate number two' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Rotate' }).click();
  await madeKey();
  await row('number two').getByText('unreadable').waitFor({ state: 'detached' });
  expect(await page.getByText('unreadable', { exact: true }).count()).toBe(all - 1);
});

test('an operator looks, a viewer sees no page', async () => {
  for (const role of ['operator', 'viewer'] as const) {
    await page.evaluate(async (body) => {
      const headers = { 'content-type': 'application/json' };
      await fetch('/trpc/users.add', { method: 'POST', headers, body });
    }, JSON.stringify({ name: role, password: PASSWORD, role }));
    const other = await browser.newPage({ viewport: { width: 1440, height: 860 } });
    await other.goto(server.url);
    await other.getByLabel('Name').fill(role);
    await other.getByLabel('Password').fill(PASSWORD);
    await other.getByRole('button', { name: 'Log in' }).click();
    await other.getByRole('navigation').waitFor();
    const link = other.getByRole('link', { name: 'Credentials' });
    expect(await link.count()).toBe(role === 'operator' ? 1 : 0);
    await other.goto(`${server.url}/credentials`);
    const shown = role === 'operator' ? 'number two' : 'For operators and admins';
    await other.getByText(shown).waitFor();
    await other.screenshot({ path: `${PICTURES}/credentials-as-${role}.png` });
    expect(await other.getByRole('button', { name: /Add|Import|Rotate|Revoke/ }).count()).toBe(0);
    await other.close();
  }
  // What was refused on purpose is told by the browser too.
  expect(wrong.filter((line) => !/40[09]/.test(line))).toEqual([]);
});
