// The lab in the browser: a scenario is played, followed to its verdict, read in its report and
// compared; one is written, checked and deleted. Every page in both themes and three widths.

import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dress, inaccessible, launch, logIn, THEMES, watch, WIDTHS } from './browser.ts';
import { PASSWORD, TestServer } from './server.ts';

const PICTURES = 'ci-output/lab';
/** Nobody waits for its end. */
const LONG = 'name: Long\nwhy: It lasts.\nduration: 90d\nfleets: { meters: { count: 30 } }\n';

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];
/** The address of the run that held, and of the one that goes on. */
let held = '';
let running = '';

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = await TestServer.start();
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  wrong = watch(page, server.url);
  await logIn(page, server.url, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe('a scenario', () => {
  test('is found by keys, and played', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.getByText('No run yet').waitFor();
    await page.getByRole('link', { name: 'First light' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('first li');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'First light' }).waitFor();
    expect(await page.locator('.source li').first().textContent())
      .toContain('yaml-language-server');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const seed = page.locator('.field', { hasText: 'All chance' }).getByRole('textbox');
    await seed.fill('x');
    await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
    await page.getByText('A seed is a number').waitFor();
    await seed.fill('7');
    await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
    await page.waitForURL('**/lab/run/*-7');
    held = new URL(page.url()).pathname;
  });

  test('is followed to its verdict, without a touch', async () => {
    await page.locator('.page-head .state.held').waitFor();
    await page.getByText('All 4 held').waitFor();
    expect(await page.getByRole('row', { name: /telemetry lost = 0/ }).textContent())
      .toContain('= 0');
    expect(await page.locator('.command').textContent())
      .toBe('flownexus run scenarios/first-light.yaml --seed 7');
  });

  test('leaves a report that opens in a tab of its own, in both themes', async () => {
    for (const theme of THEMES) {
      const opened = page.context().waitForEvent('page');
      await page.getByRole('link', { name: 'Report' }).click();
      const report = await opened;
      const wrongThere = watch(report, server.url);
      await dress(report, theme, 390);
      await report.reload();
      expect(await report.getByText('Everything held').count()).toBe(1);
      await report.screenshot({ path: `${PICTURES}/report-${theme}-390.png` });
      expect(wrongThere).toEqual([]);
      await report.close();
    }
  });

  test('gives its files', async () => {
    const begun = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByRole('link', { name: 'result.json' }).click();
    expect((await begun).suggestedFilename()).toBe('first-light-seed-7.json');
  });
});

describe('an own scenario', () => {
  test('is written, checked with all its mistakes, and saved', async () => {
    await page.goto(`${server.url}/lab`);
    await page.getByRole('link', { name: 'Write one' }).click();
    const text = page.getByLabel('Text');
    await text.fill(LONG.replace('90d', '90 days').replace('count', 'cuont'));
    await page.getByLabel('File name').fill('long.yaml');
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByRole('heading', { name: '2 mistakes' }).waitFor();
    await page.screenshot({ path: `${PICTURES}/mistakes-1600.png` });
    await page.getByRole('button', { name: 'long.yaml:3:11' }).click();
    await page.keyboard.type('90d');
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByRole('heading', { name: '1 mistake' }).waitFor();
    await text.fill(LONG);
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText('No mistakes').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Long' }).waitFor();
  });

  test('is seen running, in the list and on its page', async () => {
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
    await page.waitForURL('**/lab/run/*-1');
    running = new URL(page.url()).pathname;
    const percent = async (): Promise<number> =>
      Number(await page.locator('progress').getAttribute('value'));
    await expect.poll(percent, { timeout: 60_000 }).toBeGreaterThan(0);
    const before = await percent();
    await expect.poll(percent, { timeout: 60_000 }).toBeGreaterThan(before);
    await page.goto(`${server.url}/lab`);
    await page.locator('tr', { has: page.locator('.state.running') }).locator('progress').waitFor();
  });

  test('nothing went wrong on the way', () => expect(wrong).toEqual([]));
});

const pages = (): readonly (readonly [name: string, address: string, shown: string])[] => [
  ['lab', '/lab', '.state.running'],
  ['run', held, '.panel .state.held'],
  ['running', running, 'progress'],
  ['scenario', '/lab/scenario/shipped/queue-mode-day.yaml', '.source'],
  ['edit', '/lab/edit/long.yaml', 'textarea'],
  ['compare', `/lab/compare?a=${idOf(held)}&b=${idOf(held)}`, '.notice'],
  ['gone', '/lab/run/20200101-000000-1', '.notice'],
];

describe('every page of the lab in both themes and three widths', () => {
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      for (const [index, [name]] of pages().entries()) {
        test(`${name}, ${theme}, ${width} px`, async () => {
          const [, address = '', shown = ''] = pages()[index] ?? [];
          wrong.length = 0;
          await dress(page, theme, width);
          await page.goto(server.url + address);
          await page.locator(shown).first().waitFor();
          await page.screenshot({ path: `${PICTURES}/${name}-${theme}-${width}.png` });
          expect(await inaccessible(page)).toEqual([]);
          expect(await page.evaluate(() =>
            document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
          expect(wrong.filter((line) => !isExpected(name, line))).toEqual([]);
        });
      }
    }
  }
});

describe('what is there', () => {
  test('is stopped, deleted, and the scenario by typing its name', async () => {
    await dress(page, 'dark', 1600);
    await page.goto(server.url + running);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped by admin.').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('The run is deleted').waitFor();
    await page.getByRole('link', { name: 'Long' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('long.yaml');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('long.yaml is deleted').waitFor();
    await page.getByRole('heading', { name: 'Lab' }).waitFor();
    expect(await page.getByRole('link', { name: 'Long' }).count()).toBe(0);
  });
});

function idOf(address: string): string {
  return address.slice('/lab/run/'.length);
}

/** A browser says of every answer that it was 404; the page says it too, in words. */
function isExpected(name: string, line: string): boolean {
  return name === 'gone' && line.includes('404');
}
