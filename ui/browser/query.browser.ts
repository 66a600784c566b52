// The page of questions in SQL against the real server: an example, a mistake, the file.

import { mkdirSync, readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dress, inaccessible, launch, logIn, overflow, THEMES, watch, WIDTHS } from './browser.ts';
import { PASSWORD, TestServer } from './server.ts';

const PICTURES = 'ci-output/dashboard';

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = await TestServer.start();
  server.devices('sensor', 2);
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  wrong = watch(page, server.url);
  await logIn(page, server.url, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

test('an example is answered as a table and as a file, in both themes and three widths',
  async () => {
    await page.locator('a[href^="/device/"]').first().waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('q');
    await page.getByRole('button', { name: 'Events by type' }).click();
    await page.getByLabel('SQL').press('Control+Enter');
    await page.getByRole('cell', { name: 'registered' }).waitFor();
    for (const theme of THEMES) {
      for (const width of WIDTHS) {
        await dress(page, theme, width);
        await page.screenshot({ path: `${PICTURES}/query-${theme}-${width}.png` });
        expect(await inaccessible(page)).toEqual([]);
        expect(await overflow(page)).toMatchObject({ page: 0 });
      }
    }
    const [saved] = await Promise.all([
      page.waitForEvent('download'), page.getByRole('button', { name: 'Save as CSV' }).click()]);
    expect(readFileSync(await saved.path(), 'utf8')).toMatch(/^type,events\r\n/);
  });

test('what is no question is told where it stands', async () => {
  await page.getByLabel('SQL').fill('SELECT password_hash FROM "user"');
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByRole('alert').getByText('"user" is no table here').waitFor();
  expect(await page.getByRole('cell').count()).toBe(0);
  expect(await inaccessible(page)).toEqual([]);
  // The one request that was refused is told by the browser too.
  expect(wrong.filter((line) => !line.includes('400'))).toEqual([]);
});
