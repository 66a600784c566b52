// What is wanted of one device, in the built dashboard against the real server: declared line by
// line, what is wrong told at its line, and what is not so; in both themes, wide and on a phone.

import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dress, inaccessible, launch, logIn, THEMES, watch } from './browser.ts';
import { PASSWORD, TestServer } from './server.ts';

const PICTURES = 'ci-output/dashboard';
const DEVICE = 'meter';
const CONFIG = `
profiles: [{ name: meters, match: ${DEVICE}, read: [/3/0], observe: ['/*/*/5700', /3/0/9] }]
groups: [{ name: lab, match: '*', attributes: { /3303/*/5700: { pmin: 1 } } }]
`;

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = await TestServer.start(CONFIG);
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  wrong = watch(page, server.url);
  await logIn(page, server.url, PASSWORD);
  server.devices(DEVICE, 1);
  await page.getByRole('link', { name: DEVICE }).click();
  await page.getByText('Flownexus demo sensor').waitFor();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const form = () => page.getByRole('dialog');
const area = (label: string) => form().getByLabel(label, { exact: true });

async function open(): Promise<void> {
  await page.getByRole('button', { name: 'Wants' }).click();
  await form().waitFor();
}

async function save(): Promise<void> {
  await form().getByRole('button', { name: 'Save' }).click();
}

describe('what is wanted', () => {
  test('is shown as profile and group have it', async () => {
    await open();
    await form().getByText('/*/*/5700, /3/0/9').waitFor();
    await form().getByText('/3303/*/5700 pmin=1', { exact: true }).waitFor();
    expect(await area('Values that shall hold').inputValue()).toBe('');
  });

  test('is refused by the line that is wrong, in one sentence', async () => {
    await area('Values that shall hold').fill('/1/0/1 = 130\n/1/0 = 5');
    await save();
    await form().getByRole('alert')
      .getByText('/1/0: Write a resource like /1/0/1 or /3303/*/5601.').waitFor();
    await area('Values that shall hold').fill('/1/0/1 = 130');
    await area('Attributes').fill('/3303/0/5700 pmin=soon');
    await save();
    await form().getByRole('alert').getByText('Write a whole number.').waitFor();
  });

  test('is made so, and what is not so is said with its reason', async () => {
    await area('Attributes').fill('/3303/0/5700 pmin=2');
    await area('Observed').fill('/4/0/2\n/3/0/99');
    await area('Values that shall hold').fill('/1/0/1 = 130\n/3/0/0 = Somebody else');
    await save();
    await form().waitFor({ state: 'detached' });
    await page.getByText('value not held').waitFor();
    await open();
    expect(await area('Observed').inputValue()).toBe('/4/0/2\n/3/0/99');
    await form().getByText('not so').nth(1).waitFor();
    await form().getByText('/3/0/99', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Wants' }).and(page.locator(':focus')).waitFor();
  });

  test('nothing else went wrong on the way', () => {
    expect(wrong).toHaveLength(2);
    expect(wrong.every((line) => line.includes('400 (Bad Request)'))).toBe(true);
  });
});

describe('the form in both themes, wide and on a phone', () => {
  for (const theme of THEMES) {
    for (const width of [390, 1600] as const) {
      test(`${theme}, ${width} px`, async () => {
        wrong.length = 0;
        await dress(page, theme, width);
        await open();
        await page.screenshot({ path: `${PICTURES}/wants-${theme}-${width}.png` });
        expect(await inaccessible(page)).toEqual([]);
        expect(await form().evaluate((element) => element.scrollWidth - element.clientWidth))
          .toBe(0);
        await page.keyboard.press('Escape');
        await form().waitFor({ state: 'detached' });
        expect(await page.evaluate(() =>
          document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
        expect(wrong).toEqual([]);
      });
    }
  }
});
