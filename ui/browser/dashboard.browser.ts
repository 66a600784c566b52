// The built dashboard against the real server and a device that registers over UDP: what a person
// does on the first day, and every page in both themes and three widths.

import { EventEmitter, once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dress, inaccessible, launch, logIn, overflow, THEMES, watch, WIDTHS } from './browser.ts';
import { PASSWORD, TestServer } from './server.ts';

/** The first of the two sleeps most of the time; this one reports every few seconds. */
const DEVICE = 'sensor-2';
/** Every battery is above nothing. */
const ALERTS = 'alerts: [{ name: charged, kind: above, path: /3/0/9, limit: 0 }]';
const PICTURES = 'ci-output/dashboard';

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = await TestServer.start(ALERTS);
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  wrong = watch(page, server.url);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe('the first day', () => {
  test('a wrong password is answered with one sentence', async () => {
    const stranger = await browser.newPage();
    await stranger.goto(server.url);
    await stranger.getByLabel('Name').fill('admin');
    await stranger.getByLabel('Password').fill('not this one');
    await stranger.getByRole('button', { name: 'Log in' }).click();
    const sentence = await stranger.getByRole('alert').textContent();
    expect(sentence).toBe('That name and password do not belong together.');
    await stranger.close();
  });

  test('an empty fleet says where to point a device', async () => {
    await logIn(page, server.url, PASSWORD);
    await page.getByText('No device yet').waitFor();
    expect(await page.locator('.address').textContent()).toBe(server.coap);
    await page.screenshot({ path: `${PICTURES}/empty-1600.png` });
  });

  test('devices that register over UDP appear by themselves', async () => {
    // However late the list comes that was made before: the live stream may overtake it.
    const release = await holdAnswer(page, '**/trpc/fleet.window?*');
    await page.reload();
    server.devices('sensor', 2);
    await page.getByRole('link', { name: 'Fleet 2' }).waitFor();
    release();
    await page.getByRole('link', { name: DEVICE }).waitFor();
    await expect.poll(() => page.locator('.row-view .state.awake').count()).toBe(2);
  });

  test('the arrow keys and Enter open it, and its chart moves', async () => {
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/device/${DEVICE}*`);
    await chartMoves(page);
    await expect.poll(() => page.locator('.node.live').count()).toBe(4);
    await page.locator('.resource', { hasText: 'Battery Level' }).waitFor();
  });

});

describe('the first tasks', () => {
  test('a read is asked for and confirmed', async () => {
    await page.getByTitle('Read /3/0 now').click();
    await page.getByRole('tab', { name: 'Operations' }).click();
    await page.getByRole('row', { name: /confirmed read \/3\/0/ }).first().waitFor();
  });

  test('an observation is switched off and on', async () => {
    const row = page.locator('.resource', { hasText: 'Battery Level' });
    await row.getByRole('button', { name: 'observed' }).click();
    const release = await holdNext(page, '**/trpc/device.setObserved');
    await page.getByRole('button', { name: 'Stop observing' }).click();
    // The menu does not wait for the server, whose answer changes its lines.
    await page.locator('.menu:popover-open').waitFor({ state: 'detached' });
    release();
    await row.getByRole('button', { name: 'read', exact: true }).click();
    await page.getByRole('button', { name: 'Observe', exact: true }).click();
    await row.getByRole('button', { name: 'observed' }).waitFor();
  });

  test('it is given a name, and the palette finds it by that', async () => {
    await page.getByRole('button', { name: 'Name and tags' }).click();
    await page.getByLabel('Name for people').fill('Boiler room');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Boiler room').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('boiler');
    await page.getByRole('option', { name: DEVICE }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('combobox').waitFor({ state: 'detached' });
  });

  test('keys lead to the pages', async () => {
    // Keys belong to an open dialog, and the one before may still be closing.
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { name: 'Refused attempts' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('f');
    await page.getByRole('searchbox').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('nobody');
    await page.getByText('Nothing matches').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: DEVICE }).waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  test('nothing went wrong on the way', () => expect(wrong).toEqual([]));
});

describe('an alert', () => {
  test('is raised, acknowledged and muted', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    const raised = page.getByRole('region', { name: 'Raised' });
    const row = raised.getByRole('row', { name: new RegExp(`charged ${DEVICE} /3/0/9`) });
    await row.getByRole('button', { name: 'Acknowledge' }).click();
    await row.getByText('seen by admin').waitFor();
    await row.getByRole('button', { name: 'Mute' }).click();
    await page.getByRole('button', { name: 'for a day' }).click();
    await row.getByText(/muted, .* left/).waitFor();
  });

  test('nothing went wrong on the way', () => expect(wrong).toEqual([]));
});

describe('an object model', () => {
  const sample = (name: string) => readFileSync(`core/io/fixtures/ddf/${name}`, 'utf8');
  const file = (name: string, text = sample(name)) =>
    ({ name, mimeType: 'text/xml', buffer: Buffer.from(text) });

  test('is added from a file, beside a bad one that is told', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await page.getByRole('link', { name: 'Temperature', exact: true }).waitFor();
    await page.getByLabel('Files of object definitions').setInputFiles([
      file('33001-1.1.xml'), file('33002-2.10.xml'), file('half.xml', '<LWM2M>\n<Object>'),
      file('huge.xml', ' '.repeat(300_000)),
    ]);
    await page.getByText('2 models are added.').waitFor();
    const told = page.getByRole('alert');
    await told.getByText('half.xml:2 is no XML: unclosed tag: Object.').waitFor();
    await told.getByText('huge.xml is larger than 256 KB.').waitFor();
    await page.screenshot({ path: `${PICTURES}/models-told-1600.png` });
    await page.getByRole('searchbox').fill('hive');
    await page.getByRole('link', { name: 'Beehive Scale' }).click();
    await page.getByRole('row', { name: /Loudness of Hours/ }).waitFor();
  });

  test('names what a device has, from the version that it registered', async () => {
    const heat = sample('33001-1.1.xml').replace('33001<', '3303<')
      .replace('>1.1</ObjectVersion>', '>1.0</ObjectVersion>').replace('Beehive Scale', 'Kettle')
      .replace('ID="0"', 'ID="5700"').replace('>Weight<', '>Heat<');
    await page.goto(`${server.url}/models`);
    await page.getByLabel('Files of object definitions').setInputFiles(file('kettle.xml', heat));
    await page.getByText('Kettle, 3303 1.0, is added.').waitFor();
    await page.goto(`${server.url}/device/${DEVICE}`);
    await page.locator('.tree-head', { hasText: 'Kettle' }).waitFor();
    await page.locator('.resource', { hasText: 'Heat' }).getByText(/\d kg$/).waitFor();
  });

  test('is deleted, and the server\'s own name is back', async () => {
    await page.goto(`${server.url}/models/3303/1.0`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Kettle, 3303 1.0, is deleted.').waitFor();
    await page.goto(`${server.url}/device/${DEVICE}`);
    await page.locator('.tree-head', { hasText: 'Temperature' }).waitFor();
  });

  test('nothing else went wrong on the way', () => {
    // The browser's own word on the file that was refused.
    expect(wrong).toEqual([expect.stringContaining('409 (Conflict)') as string]);
  });
});

const PAGES: readonly (readonly [name: string, address: string, shown: string])[] = [
  ['fleet', '/', `a[href="/device/${DEVICE}"]`],
  ['device', `/device/${DEVICE}`, '.node.live'],
  ['operations', `/device/${DEVICE}?tab=operations`, 'table'],
  ['events', `/device/${DEVICE}?tab=events`, 'table'],
  ['alerts', '/alerts', 'table'],
  ['refused', '/refused', '.notice, table'],
  ['models', '/models', 'table'],
  ['model', '/models/33001/1.1', 'table'],
  ['webhooks', '/webhooks', '.notice'],
  ['users', '/users', 'table'],
  ['account', '/account', 'table tbody tr'],
];

describe('every page in both themes and three widths', () => {
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      for (const [name, address, shown] of PAGES) {
        test(`${name}, ${theme}, ${width} px`, async () => {
          wrong.length = 0;
          await dress(page, theme, width);
          await page.goto(server.url + address);
          await page.locator(shown).first().waitFor();
          if (name === 'device') await chartMoves(page);
          await page.screenshot({ path: `${PICTURES}/${name}-${theme}-${width}.png` });
          expect(await inaccessible(page)).toEqual([]);
          expect(await overflow(page)).toEqual({ page: 0, tables: 0 });
          expect(wrong).toEqual([]);
        });
      }
    }
  }

  test('login, light, 390 px', async () => {
    const stranger = await browser.newPage();
    const wrongThere = watch(stranger, server.url);
    await dress(stranger, 'light', 390);
    await stranger.goto(server.url);
    await stranger.getByLabel('Name').waitFor();
    await stranger.screenshot({ path: `${PICTURES}/login-light-390.png` });
    expect(await inaccessible(stranger)).toEqual([]);
    expect(wrongThere).toEqual([]);
    await stranger.close();
  });
});

describe('a server that goes away', () => {
  test('is missed in a banner, and the page goes on by itself when it is back', async () => {
    await dress(page, 'dark', 1600);
    await page.goto(`${server.url}/device/${DEVICE}`);
    await chartMoves(page);
    await server.kill();
    await page.getByText('The server stopped answering').waitFor();
    await page.screenshot({ path: `${PICTURES}/away-dark-1600.png` });
    await server.start();
    await page.getByText('The server stopped answering').waitFor({ state: 'detached' });
    await chartMoves(page);
  });
});

test('the last admin stays one, and the page says so', async () => {
  await page.goto(`${server.url}/users`);
  const role = page.getByLabel('Role of admin');
  const refused = page.waitForResponse((answer) => answer.url().includes('users.setRole'));
  await role.selectOption('viewer');
  await refused;
  await page.getByText('This is the last admin; make another one first.').waitFor();
  await expect.poll(() => role.inputValue()).toBe('admin');
});

describe('people', () => {
  test('a viewer is added, follows a login link, and can only look', async () => {
    await page.goto(`${server.url}/users`);
    await page.getByRole('button', { name: 'Add a user' }).click();
    await page.getByLabel('Name').fill('grace');
    await page.getByLabel('Password').fill('a password of grace');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('row', { name: /grace/ }).getByRole('button', { name: 'Change' }).click();
    await page.getByRole('button', { name: 'One-time login link' }).click();
    const link = await page.locator('dialog .address').textContent() ?? '';
    expect(await page.locator('dialog').evaluate((dialog) =>
      dialog.scrollWidth - dialog.clientWidth)).toBe(0);

    const grace = await browser.newPage({ viewport: { width: 1600, height: 900 } });
    const wrongThere = watch(grace, server.url);
    await grace.goto(link);
    await grace.getByLabel('New password').fill('another password of grace');
    await grace.getByRole('button', { name: 'Set password' }).click();
    await grace.getByRole('link', { name: DEVICE }).click();
    await grace.locator('.node.live').first().waitFor();
    expect(await grace.getByRole('button', { name: /Forget|Name and tags|Read/ }).count()).toBe(0);
    expect(await grace.getByRole('link', { name: 'Users' }).count()).toBe(0);
    await grace.goto(`${server.url}/models/33001/1.1`);
    await grace.getByRole('row', { name: /Weight/ }).waitFor();
    expect(await grace.getByRole('button', { name: 'Delete' }).count()).toBe(0);
    await grace.getByRole('link', { name: 'All models' }).click();
    await grace.getByRole('link', { name: 'Beehive Scale' }).waitFor();
    expect(await grace.getByRole('button', { name: 'Add models' }).count()).toBe(0);
    expect(wrongThere).toEqual([]);
    await grace.close();
  });

  test('a device is forgotten by typing its name', async () => {
    await page.goto(`${server.url}/device/${DEVICE}`);
    await page.getByRole('button', { name: 'Forget' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Forget' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill(DEVICE);
    await dialog.getByRole('button', { name: 'Forget' }).click();
    await page.getByText('is forgotten').waitFor();
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
  });

  test('a new password is refused under its field, taken, and nobody is sent away', async () => {
    await page.goto(`${server.url}/account`);
    await page.getByLabel('Current password').fill(PASSWORD);
    const next = page.locator('.field', { hasText: 'New password' });
    await next.getByRole('textbox').fill('short');
    await page.getByRole('button', { name: 'Change password' }).click();
    expect(await next.getByRole('alert').textContent())
      .toBe('A password has at least 10 characters.');
    await next.getByRole('textbox').fill('a new password of admin');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('The password is changed').waitFor();
    // Longer than the server lets the stream of an ended session go on.
    await page.waitForTimeout(1_000);
    expect(await page.getByRole('button', { name: 'Log out' }).count()).toBeGreaterThan(0);
  });
});

describe('programs', () => {
  test('a token is made, shown once, listed and revoked', async () => {
    await page.goto(`${server.url}/account`);
    await page.getByRole('button', { name: 'Make a token' }).click();
    await page.getByLabel('Name').fill('backup script');
    await page.getByRole('button', { name: 'Make', exact: true }).click();
    const secret = await page.locator('dialog .address').textContent() ?? '';
    expect(secret).toMatch(/^flownexus_/);
    expect(await inaccessible(page)).toEqual([]);
    expect(await page.locator('dialog').evaluate((dialog) =>
      dialog.scrollWidth - dialog.clientWidth)).toBe(0);
    const headers = { authorization: `Bearer ${secret}` };
    expect((await fetch(`${server.url}/trpc/fleet.refusals`, { headers })).status).toBe(200);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Revoke backup script' }).click();
    await page.getByText('The token backup script is revoked.').waitFor();
    expect((await fetch(`${server.url}/trpc/fleet.refusals`, { headers })).status).toBe(401);
  });
});

/** Waits until live values were added to what the chart draws. */
async function chartMoves(on: Page): Promise<void> {
  const added = async (): Promise<number> =>
    Number(await on.locator('.chart').getAttribute('data-added'));
  await on.locator('.chart canvas').first().waitFor();
  const before = await added();
  await expect.poll(added).toBeGreaterThan(before);
}

/** Keeps the server's answer to the next request to `url` from the page until it is called. */
async function holdAnswer(from: Page, url: string): Promise<() => void> {
  const freed = new EventEmitter();
  const waiting = once(freed, 'free');
  await from.route(url, async (route) => {
    const response = await route.fetch();
    await waiting;
    await route.fulfill({ response });
  }, { times: 1 });
  return () => freed.emit('free');
}

/** Keeps the next request to `url` waiting until the answer is called. */
async function holdNext(from: Page, url: string): Promise<() => void> {
  const freed = new EventEmitter();
  const waiting = once(freed, 'free');
  await from.route(url, async (route) => {
    await waiting;
    await route.continue();
  }, { times: 1 });
  return () => freed.emit('free');
}
