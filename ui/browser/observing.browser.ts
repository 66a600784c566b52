// What is asked of several paths at once and of whole objects, and in which format, on the page of
// a device that registers over UDP with the real server.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, logIn, watch } from './browser.ts';
import { onDevice } from './device-page.ts';
import { PASSWORD, TestServer } from './server.ts';

const DEVICE = 'sensor';

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];
const { unfold, resource, head, choose, dialog, press, said } = onDevice(() => page);

beforeAll(async () => {
  server = await TestServer.start();
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  wrong = watch(page, server.url);
  await logIn(page, server.url, PASSWORD);
  server.devices(DEVICE, 1);
  await page.getByRole('link', { name: DEVICE }).click();
  await unfold('LwM2M Server');
  await unfold('Device');
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

test('are read together and written together', async () => {
  await page.getByRole('button', { name: 'Pick several' }).click();
  for (const path of ['/3/0/9', '/1/0/1']) {
    await page.getByLabel(`Pick ${path}`, { exact: true }).check();
  }
  for (const path of ['/3/0/13', '/3/0/14']) {
    await page.getByLabel('Path to add').fill(path);
    await page.keyboard.press('Enter');
    await page.getByTitle(`Leave ${path} out`).waitFor();
  }
  await page.getByTitle('Leave /3/0/14 out').click();
  await page.getByRole('button', { name: 'Read together' }).click();
  await said('Read together: the device has answered.');
  await page.getByRole('button', { name: 'Write together…' }).click();
  await dialog().getByText('Left out, since it cannot be written: /3/0/9.').waitFor();
  await dialog().getByLabel('Lifetime').last().fill('140');
  await dialog().getByRole('button', { name: 'Now' }).click();
  await press('Write');
  await said('Write together: the device has answered.');
  await resource('Lifetime').getByText('140 s').waitFor();
  await page.getByRole('button', { name: 'Observe together' }).click();
  const picked = '/3/0/9+/1/0/1+/3/0/13';
  await said(`${picked} will be observed.`);
  await page.getByRole('button', { name: `Stop observing ${picked}` }).click();
  await said(`${picked} is no longer observed.`);
  await page.getByRole('button', { name: 'Pick several' }).click();
});

test('are observed as a whole, from the menu or by the path, and no longer', async () => {
  await choose(head('/1/0'), 'Observe as a whole');
  const stop = page.getByRole('button', { name: 'Stop observing /1/0', exact: true });
  await stop.waitFor();
  await choose(head('/1/0'), 'Stop observing');
  await stop.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Any path' }).click();
  await dialog().getByRole('textbox').fill('/1');
  await dialog().getByLabel('Operation').selectOption('Observe');
  await press('Go on');
  await page.getByRole('button', { name: 'Stop observing /1', exact: true }).click();
  await said('/1 is no longer observed.');
});

test('are read in a format of choice, and even where nothing is to be read', async () => {
  const read = async (path: string, format: string, isForced: boolean) => {
    await page.getByRole('button', { name: 'Any path' }).click();
    await dialog().getByRole('textbox').fill(path);
    await dialog().getByLabel('Format of the answer').selectOption(format);
    await dialog().getByLabel('Ask even where').setChecked(isForced);
    await press('Go on');
  };
  await read('/3/0/9', 'plain text', false);
  await said('Read of /3/0/9: the device has answered.');
  await read('/3/0/4', 'as the device likes', false);
  await dialog().getByText('/3/0/4 (Reboot) can only be executed.').waitFor();
  await page.keyboard.press('Escape');
  await read('/3/0/4', 'as the device likes', true);
  await said(/Read of \/3\/0\/4 failed: the device answered 4\.05/);
});

test('nothing else went wrong on the way', () => {
  expect(wrong).toEqual([expect.stringContaining('409 (Conflict)')]);
});
