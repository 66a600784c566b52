// The lab in the browser: a scenario is played, followed to its verdict, read in its report and
// compared; one is written, checked and deleted. Every page in both themes and three widths.

import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dress, inaccessible, launch, logIn, THEMES, watch, WIDTHS } from './browser.ts';
import { PASSWORD, TestServer } from './server.ts';

const PICTURES = 'ci-output/lab';
/** Nobody waits for its end. */
const LONG = 'name: Endless\nwhy: It lasts.\nduration: 90d\nfleets: { meters: { count: 30 } }\n';

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];
/** The addresses of two runs that held, and of the one that goes on. */
let held = '';
let other = '';
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
    // A person goes down when all others are gone; on a busy machine the keys are faster.
    await expect.poll(() => page.locator('a.row-link').count()).toBe(1);
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
      .toContain('run scenarios/first-light.yaml --seed 7');
  });
});

describe('what came out of it', () => {
  test('is a report that opens in a tab of its own, in both themes', async () => {
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
      // Its policy stops every script, axe too: that one gets the document alone.
      const text = await (await page.request.get(report.url())).text();
      await report.goto('about:blank');
      await report.setContent(text);
      expect(await inaccessible(report)).toEqual([]);
      await report.close();
    }
  });

  test('is files to download', async () => {
    const begun = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByRole('link', { name: 'result.json' }).click();
    expect((await begun).suggestedFilename()).toBe('first-light-seed-7.json');
  });

  test('is compared with what comes out of another seed', async () => {
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.locator('.field', { hasText: 'All chance' }).getByRole('textbox').fill('8');
    await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
    await page.waitForURL('**/lab/run/*-8');
    other = new URL(page.url()).pathname;
    await page.getByText('All 4 held').waitFor();
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.getByText('Choose two sides').waitFor();
    await page.locator('.field', { hasText: 'B' }).last().getByRole('combobox')
      .selectOption(idOf(held));
    await page.getByText('How much of it is chance is not known').waitFor();
    await page.getByLabel('Show all').check();
    await page.getByRole('row', { name: /values stored/ }).waitFor();
    const opened = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'Page with charts' }).click();
    const charts = await opened;
    await charts.getByRole('heading', { name: 'Two runs compared' }).waitFor();
    await charts.close();
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
    await page.getByRole('heading', { name: 'Endless' }).waitFor();
  });

  test('is seen running, in the list and on its page', async () => {
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
    await page.waitForURL('**/lab/run/*-1');
    running = new URL(page.url()).pathname;
    const percent = async (): Promise<number> =>
      Number(await page.locator('progress').getAttribute('value'));
    await expect.poll(percent).toBeGreaterThan(0);
    const before = await percent();
    await expect.poll(percent).toBeGreaterThan(before);
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
  ['compare', `/lab/compare?a=${idOf(held)}&b=${idOf(other)}`, '.panel td, .panel .notice'],
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
          expect(wrong).toEqual([]);
        });
      }
    }
  }
});

describe('what is there', () => {
  test('is looked at by a viewer, who plays and changes nothing', async () => {
    const viewer = await browser.newPage({ viewport: { width: 1600, height: 900 } });
    await page.evaluate(async (user) => fetch('/trpc/users.add', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(user),
    }), { name: 'grace', password: PASSWORD, role: 'viewer' });
    await viewer.goto(server.url);
    await viewer.getByLabel('Name').fill('grace');
    await viewer.getByLabel('Password').fill(PASSWORD);
    await viewer.getByRole('button', { name: 'Log in' }).click();
    await viewer.getByRole('link', { name: 'Lab' }).click();
    await viewer.getByRole('link', { name: 'Endless' }).last().click();
    await viewer.locator('progress').waitFor();
    expect(await viewer.getByRole('button', { name: /Run|Stop|Delete/ }).count()).toBe(0);
    await viewer.goto(`${server.url}/lab/new`);
    await viewer.getByText('For operators only').waitFor();
    await viewer.close();
  });

  test('and what is not there is told', async () => {
    for (const [address, sentence] of [
      ['/lab/run/20200101-000000-1', 'There is no such run'],
      ['/lab/run/nonsense', 'This is no id of a run.'],
      ['/lab/scenario/own/gone.yaml', 'There is no such scenario'],
      ['/lab/edit/gone.yaml', 'There is no such scenario.'],
      ['/lab/nowhere', 'There is no such page'],
      ['/lab/compare?a=20200101-000000-1&b=20200101-000000-2', 'has no result'],
    ] as const) {
      await page.goto(server.url + address);
      await page.getByText(sentence).waitFor();
    }
  });

  test('is stopped, deleted, and the scenario by typing its name', async () => {
    await dress(page, 'dark', 1600);
    await page.goto(server.url + running);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped by admin.').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('The run is deleted').waitFor();
    await page.getByRole('link', { name: 'Endless' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('long.yaml');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('long.yaml is deleted').waitFor();
    await page.getByRole('heading', { name: 'Lab' }).waitFor();
    expect(await page.getByRole('link', { name: 'Endless' }).count()).toBe(0);
  });
});

function idOf(address: string): string {
  return address.slice('/lab/run/'.length);
}
