// The messages of a device in the built dashboard: those of a device over UDP, as they come, in
// both themes and three widths; and the file of them.

import { createSocket } from 'node:dgram';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dress, inaccessible, launch, logIn, THEMES, watch, WIDTHS } from './browser.ts';
import { PASSWORD, TestServer } from './server.ts';

const PICTURES = 'ci-output/messages';
const DEVICE = 'talker';

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];
const socket = createSocket('udp4');
let messageId = 0x34;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = await TestServer.start();
  server.devices(DEVICE, 1);
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  wrong = watch(page, server.url);
  await logIn(page, server.url, PASSWORD);
  await page.getByRole('link', { name: DEVICE }).waitFor();
});

afterAll(async () => {
  socket.close();
  await browser?.close();
  await server?.close();
});

/** As if the device registered once more, from elsewhere and wrongly. */
function registerWrongly(): void {
  const { hostname, port } = new URL(server.coap.replace('coap:', 'http:'));
  const options = [0xb2, ...Buffer.from('rd'), 0x49, ...Buffer.from(`ep=${DEVICE}`)];
  // Another Message ID each time: it is no repetition.
  socket.send(Uint8Array.of(0x40, 2, 0x12, messageId++, ...options), Number(port), hostname);
}

/** As an operator does it; the device by itself would take its time. */
async function read(path: string): Promise<void> {
  const status = await page.evaluate(async (input) => {
    const answer = await fetch('/trpc/device.request', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: input,
    });
    return answer.status;
  }, JSON.stringify({ endpoint: DEVICE, wish: { kind: 'read', path } }));
  expect(status).toBe(200);
}

function line(text: string) {
  return page.locator('.messages li', { hasText: text });
}

describe('the messages of a device', () => {
  test('are recorded from when somebody opens them', async () => {
    await page.goto(`${server.url}/device/${DEVICE}`);
    await page.getByRole('tab', { name: 'Messages' }).click();
    await page.getByText('Recording', { exact: true }).waitFor();
    await read('/3/0/0');
    await line('2.05 Content').first().waitFor();
  });

  test('show what an operator asked for and what was answered', async () => {
    registerWrongly();
    await line('4.00 Bad Request').waitFor();
    await line(`/rd?ep=${DEVICE}`).locator('summary').click();
    await line(`/rd?ep=${DEVICE}`).getByText('Uri-Query').waitFor();
    await line(`/rd?ep=${DEVICE}`).getByText('4660').waitFor();
    const value = line('2.05 Content').first();
    await value.locator('summary').click();
    await value.getByText('Content-Format').waitFor();
    await value.locator('pre').waitFor();
  });

  test('go on after another tab was open, and can be started over', async () => {
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByRole('tab', { name: 'Messages' }).click();
    await line('4.00 Bad Request').waitFor();
    await page.getByRole('button', { name: 'Start over' }).click();
    await line('4.00 Bad Request').waitFor({ state: 'detached' });
    await read('/3/0');
    await line('2.05 Content').first().waitFor();
  });

  test('are downloaded for Wireshark', async () => {
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`${DEVICE}.pcapng`);
    await download.saveAs(`${PICTURES}/${DEVICE}.pcapng`);
    const bytes = readFileSync(`${PICTURES}/${DEVICE}.pcapng`);
    expect(bytes.readUInt32LE(0)).toBe(0x0a0d0d0a);
  });

  test('nothing went wrong on the way', () => expect(wrong).toEqual([]));
});

describe('in both themes and three widths', () => {
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      test(`${theme}, ${width} px`, async () => {
        wrong.length = 0;
        await dress(page, theme, width);
        await page.goto(`${server.url}/device/${DEVICE}?tab=messages`);
        await page.getByText('Recording', { exact: true }).waitFor();
        registerWrongly();
        await line('4.00 Bad Request').first().waitFor();
        await read('/3/0');
        const value = line('2.05 Content').first();
        await value.waitFor();
        await value.locator('summary').click();
        await value.scrollIntoViewIfNeeded();
        await page.screenshot({ path: `${PICTURES}/${theme}-${width}.png` });
        expect(await inaccessible(page)).toEqual([]);
        expect(await page.evaluate(() =>
          document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
        expect(wrong).toEqual([]);
      });
    }
  }
});
