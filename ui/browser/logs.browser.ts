// Device logs in the built dashboard: real datagrams of syslog, lines that come by themselves, a
// list that stands still while somebody reads, in both themes and three widths.

import { createSocket } from 'node:dgram';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dress, inaccessible, launch, logIn, THEMES, watch, WIDTHS } from './browser.ts';
import { PASSWORD, TestServer } from './server.ts';

const PICTURES = 'ci-output/logs';
const DEVICE = 'logger';

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];
const socket = createSocket('udp4');

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

/** As Zephyr's network backend writes it, two hours after its start. */
function send(text: string, severity = 6, data = '-'): void {
  const { hostname, port } = new URL(server.syslog);
  const header = `<${128 + severity}>1 1970-01-01T02:00:03.450000Z 192.0.2.7 - - -`;
  socket.send(`${header} ${data} ${text}`, Number(port), hostname);
}

function line(text: string) {
  return page.locator('.log-lines li', { hasText: text });
}

describe('unmatched lines', () => {
  test('are found by keys, and without any it is said where to send them', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByText('No unmatched lines').waitFor();
    expect(await page.locator('.address').textContent()).toBe(server.syslog);
  });

  test('come by themselves', async () => {
    send('net: who am I', 4, '[flownexus@32473 endpoint="nobody"]');
    await line('who am I').getByText('warning').waitFor();
  });
});

describe('the log of a device', () => {
  test('says where to send it, and then goes on by itself', async () => {
    await page.goto(`${server.url}/device/${DEVICE}`);
    await page.getByRole('tab', { name: 'Logs' }).click();
    await page.getByText('Nothing logged yet').waitFor();
    send('modem: carrier lost', 3);
    send('net: <script>alert(1)</script>');
    await line('carrier lost').getByText('up 2:00:03.450').waitFor();
    await line('<script>alert(1)</script>').waitFor();
  });

  test('is narrowed by severity and by words', async () => {
    await page.getByLabel('Severity').selectOption('Error and worse');
    await expect.poll(() => page.locator('.log-lines li').count()).toBe(1);
    await page.getByLabel('Severity').selectOption('All lines');
    await page.keyboard.press('Escape');
    await page.getByLabel('Search lines').fill('nothing of the kind');
    await page.getByText('No line matches').waitFor();
    await page.getByLabel('Search lines').fill('MODEM');
    await line('carrier lost').waitFor();
    await page.getByLabel('Search lines').fill('');
    await expect.poll(() => page.locator('.log-lines li').count()).toBe(2);
  });

  test('stands still while it is scrolled, and says what came', async () => {
    for (let number = 0; number < 100; number++) send(`count: ${number} of a hundred`);
    await line('99 of a hundred').waitFor();
    const list = page.getByRole('region', { name: 'Log lines' });
    await list.evaluate((element) => { element.scrollTop = 200; });
    send('late: the newest');
    await page.getByRole('button', { name: '1 new line' }).waitFor();
    expect(await line('the newest').count()).toBe(0);
    await page.screenshot({ path: `${PICTURES}/scrolled.png` });
    await page.getByRole('button', { name: '1 new line' }).click();
    await line('the newest').waitFor();
    expect(await list.evaluate((element) => element.scrollTop)).toBe(0);
  });

  test('is downloaded as it is shown', async () => {
    await page.getByLabel('Severity').selectOption('Error and worse');
    await expect.poll(() => page.locator('.log-lines li').count()).toBe(1);
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`${DEVICE}.log`);
    expect(readFileSync(await download.path(), 'utf8'))
      .toMatch(/^\S+\t1970-01-01T02:00:03.450Z\t\S+\terror\tmodem\tcarrier lost\n$/);
  });

  test('nothing went wrong on the way', () => expect(wrong).toEqual([]));
});

const PAGES = [['unmatched', '/logs'], ['device', `/device/${DEVICE}?tab=logs`]] as const;

describe('both pages in both themes and three widths', () => {
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      for (const [name, address] of PAGES) {
        test(`${name}, ${theme}, ${width} px`, async () => {
          wrong.length = 0;
          await dress(page, theme, width);
          await page.goto(`${server.url}${address}`);
          await page.locator('.log-lines li').first().waitFor();
          await page.screenshot({ path: `${PICTURES}/${name}-${theme}-${width}.png` });
          expect(await inaccessible(page)).toEqual([]);
          expect(await page.evaluate(() =>
            document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
          expect(wrong).toEqual([]);
        });
      }
    }
  }
});
