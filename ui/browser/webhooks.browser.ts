// The page of webhooks against the real server: one is made, gets what a device reports over UDP,
// and goes again.

import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dress, inaccessible, launch, logIn, overflow, THEMES, watch, WIDTHS } from './browser.ts';
import { PASSWORD, TestServer } from './server.ts';

const PICTURES = 'ci-output/dashboard';

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];
let receiver: Server;
let url = '';
/** The signatures of what came. */
const got: unknown[] = [];

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  receiver = createServer((request, response) => {
    got.push(request.headers['flownexus-signature']);
    request.resume().on('end', () => response.writeHead(204).end());
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  server = await TestServer.start();
  // The first sleeps most of the time; the second reports every few seconds.
  server.devices('sensor', 2);
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  wrong = watch(page, server.url);
  await logIn(page, server.url, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  receiver.closeAllConnections();
  receiver.close();
});

async function isTidy(): Promise<void> {
  expect(await inaccessible(page)).toEqual([]);
  expect(await overflow(page)).toEqual({ page: 0, tables: 0 });
}

test('a webhook is made, and its secret is shown once', async () => {
  await page.goto(`${server.url}/webhooks`);
  await page.getByText('Nothing is sent anywhere').waitFor();
  await page.getByRole('button', { name: 'Make a webhook' }).click();
  await page.getByLabel('Address').fill(url);
  for (const event of ['registered', 'value']) {
    await page.getByRole('button', { name: event, exact: true }).click();
  }
  await page.getByRole('button', { name: 'Make', exact: true }).click();
  await page.getByText('Name paths for the event').waitFor();
  await page.getByLabel('Paths of the values').fill('/3303, /3/0/9');
  await page.screenshot({ path: `${PICTURES}/webhooks-make.png` });
  await isTidy();
  await page.getByRole('button', { name: 'Make', exact: true }).click();
  const secret = await page.locator('dialog .address').textContent() ?? '';
  expect(secret).toMatch(/^[\w-]{43}$/);
  await isTidy();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('cell', { name: url, exact: true }).waitFor();
});

test('what it sent is listed, in both themes and three widths', async () => {
  await page.locator('.tag.good', { hasText: 'delivered' }).first().waitFor();
  expect(got[0]).toMatch(/^sha256=[0-9a-f]{64}$/);
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      await dress(page, theme, width);
      await page.screenshot({ path: `${PICTURES}/webhooks-used-${theme}-${width}.png` });
      await isTidy();
    }
  }
  await page.getByRole('button', { name: 'Body of delivery' }).first().click();
  expect(await page.locator('dialog .sent').textContent()).toContain('"type": "value"');
  await page.screenshot({ path: `${PICTURES}/webhooks-body.png` });
  await isTidy();
  await page.getByRole('button', { name: 'Close' }).click();
});

test('it is deleted with its log', async () => {
  await page.getByRole('button', { name: `Delete the webhook to ${url}` }).click();
  await page.locator('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing is sent anywhere').waitFor();
  // The one request that was refused is told by the browser too.
  expect(wrong.filter((line) => !line.includes('400'))).toEqual([]);
});
