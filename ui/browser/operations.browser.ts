// Every operation from the object tree, against the real server and devices that register over
// UDP; and each form in both themes, wide and on a phone.

import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dress, inaccessible, launch, logIn, THEMES, watch } from './browser.ts';
import { onDevice } from './device-page.ts';
import { PASSWORD, TestServer } from './server.ts';

const DEVICE = 'sensor-2';
/** Taken to listen for 3 s after each of its messages, which come once a minute. */
const SLEEPER = 'sleeper';
const CONFIG = `profiles: [{ name: short, match: ${SLEEPER}, awakeWindow: 3s }]`;
const PICTURES = 'ci-output/dashboard';
/** What the browser itself says of a request that the server refused. */
const REFUSED = expect.stringContaining('409 (Conflict)') as string;

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];
const { unfold, resource, head, choose, dialog, press, said } = onDevice(() => page);

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = await TestServer.start(CONFIG);
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  wrong = watch(page, server.url);
  await logIn(page, server.url, PASSWORD);
  server.devices('sensor', 2);
  server.devices(SLEEPER, 1);
  await page.getByRole('link', { name: DEVICE }).click();
  await unfold('LwM2M Server');
  await unfold('Device');
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe('a resource', () => {
  test('is written, and shows what the device then says', async () => {
    await choose(resource('Lifetime'), 'Write…');
    await dialog().getByRole('textbox').fill('soon');
    await dialog().getByRole('alert').getByText('A whole number belongs here.').waitFor();
    await dialog().getByRole('textbox').fill('130');
    await press('Write');
    await said('Write of /1/0/1: the device has answered.');
    await resource('Lifetime').getByText('130 s').waitFor();
    await focusIsAt('/1/0/1');
  });

  test('is executed, with arguments that are checked', async () => {
    await choose(resource('Registration Update Trigger'), 'Execute…');
    await dialog().getByRole('textbox').fill('on');
    await press('Execute');
    await dialog().getByRole('alert').getByText(/Arguments are like 0='on',5/).waitFor();
    await dialog().getByRole('textbox').fill('');
    await press('Execute');
    await said('Execute of /1/0/8: the device has answered.');
  });

  test('that its definition does not let be written is told beside the path', async () => {
    await page.getByRole('button', { name: 'Any path' }).click();
    await dialog().getByRole('textbox').fill('/3/0/0');
    await dialog().getByLabel('Operation').selectOption('Write…');
    await press('Go on');
    await dialog().getByLabel('Manufacturer').fill('Somebody else');
    await press('Write');
    await dialog().getByText('/3/0/0 (Manufacturer) can only be read.').waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  });

  test('unknown to all is written in a type chosen by hand, and refused', async () => {
    await page.getByRole('button', { name: 'Any path' }).click();
    await dialog().getByRole('textbox').fill('/31999/0/1');
    await dialog().getByLabel('Operation').selectOption('Write…');
    await press('Go on');
    await dialog().getByLabel('Type of /31999/0/1').selectOption('bytes');
    await dialog().getByLabel('File for Resource 1')
      .setInputFiles({ name: 'big.bin', mimeType: 'x/y', buffer: Buffer.alloc(1_048_577) });
    await dialog().getByText('big.bin is larger than 1 MB.').waitFor();
    await dialog().getByLabel('File for Resource 1')
      .setInputFiles({ name: 'key.bin', mimeType: 'x/y', buffer: Buffer.from([1, 2]) });
    await dialog().getByText('key.bin').waitFor();
    await press('Write');
    await said(/Write of \/31999\/0\/1 failed: the device answered 4\.04/);
  });
});

describe('an instance', () => {
  test('is made with what its definition asks for', async () => {
    await choose(head('/3303/0'), 'New instance…');
    await press('Create');
    await dialog().getByText('A number belongs here.').waitFor();
    await dialog().getByLabel('Sensor Value').last().fill('18.5');
    await dialog().getByLabel('Application Type').last().fill('Attic');
    await press('Create');
    await said('The device has made /3303/1.');
    await head('/3303/1').waitFor();
    await page.locator('.instance', { has: head('/3303/1') }).getByText('18.5').waitFor();
  });

  test('is written, several values at once', async () => {
    await choose(head('/3303/1'), 'Write values…');
    await dialog().getByLabel('Application Type').last().fill('Cellar');
    await expect.poll(() => dialog().getByRole('checkbox').isChecked()).toBe(true);
    await press('Write');
    await said('Write of /3303/1: the device has answered.');
    await page.locator('.instance', { has: head('/3303/1') }).getByText('Cellar').waitFor();
  });

  test('is deleted after a question, and what is stored of it stays', async () => {
    await choose(head('/3303/1'), 'Delete…');
    await press('Delete');
    await said('Delete of /3303/1: the device has answered.');
    await head('/3303/1').getByText('gone').waitFor();
  });

  test('is discovered, and its links are a list', async () => {
    await choose(head('/3303/0'), 'Discover');
    await page.getByRole('tab', { name: 'Operations' }).click();
    await page.getByRole('row', { name: /confirmed discover \/3303\/0/ })
      .getByRole('button', { name: 'Show links' }).click();
    await page.locator('.links').getByText('/3303/0/5700').waitFor();
  });
});

describe('attributes', () => {
  test('of an object are in effect for its resources, which may have their own', async () => {
    await choose(head('/3303/0'), 'Attributes of all…');
    await dialog().getByText('As the device said').waitFor();
    await dialog().getByLabel('pmin', { exact: true }).fill('2');
    await press('Set');
    await said('Attributes of /3303: the device has answered.');

    await choose(resource('Sensor Value'), 'Attributes…');
    await dialog().getByText('2 from /3303').waitFor();
    await dialog().getByLabel('pmin', { exact: true }).fill('60');
    await dialog().getByLabel('pmax', { exact: true }).fill('10');
    await press('Set');
    await dialog().getByText('Pmin 60 is more than pmax 10.').waitFor();
    await dialog().getByLabel('pmin', { exact: true }).fill('1');
    await dialog().getByLabel('gt', { exact: true }).fill('25.5');
    await press('Set');
    await said('Attributes of /3303/0/5700: the device has answered.');

    await choose(resource('Sensor Value'), 'Attributes…');
    await dialog().getByText('1 from /3303/0/5700').waitFor();
    await dialog().getByText('2 at /3303').waitFor();
    await dialog().getByText('25.5 from /3303/0/5700').waitFor();
    await dialog().getByLabel('pmin', { exact: true }).fill('');
    await press('Set');
    await said('Attributes of /3303/0/5700: the device has answered.');
    await choose(resource('Sensor Value'), 'Attributes…');
    await dialog().getByText('2 from /3303').waitFor();
    await page.keyboard.press('Escape');
    await focusIsAt('/3303/0/5700');
  });
});

test('nothing else went wrong on the way', () => {
  expect(wrong.filter((line) => !line.includes('409 (Conflict)'))).toEqual([]);
  expect(wrong).toEqual([REFUSED, REFUSED, REFUSED]);
});

describe('the keyboard', () => {
  test('walks the tree and a menu by arrows, and the focus returns from a form', async () => {
    await resource('Lifetime').getByRole('button').focus();
    await page.keyboard.press('ArrowDown');
    await focusIsAt('/1/0/2');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Read now' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await dialog().getByRole('textbox').waitFor();
    await page.keyboard.press('Escape');
    await focusIsAt('/1/0/1');
  });
});

/** How each form is opened, and what is then there. */
const FORMS: readonly (readonly [name: string, open: () => Promise<void>])[] = [
  ['write-time', () => choose(resource('Current Time'), 'Write…')],
  ['write-values', () => choose(head('/3/0'), 'Write values…')],
  ['create', () => choose(head('/3303/0'), 'New instance…')],
  ['execute', () => choose(resource('Reboot'), 'Execute…')],
  ['delete', () => choose(head('/3303/0'), 'Delete…')],
  ['attributes', async () => {
    await choose(resource('Sensor Value'), 'Attributes…');
    await dialog().getByText('25.5 from').waitFor();
  }],
  ['any-path', () => page.getByRole('button', { name: 'Any path' }).click()],
];

describe('every form in both themes, wide and on a phone', () => {
  for (const theme of THEMES) {
    for (const width of [390, 1600] as const) {
      test(`${theme}, ${width} px`, async () => {
        wrong.length = 0;
        await dress(page, theme, width);
        for (const [name, open] of FORMS) {
          await open();
          await dialog().waitFor();
          await picture(name, theme, width);
          await page.keyboard.press('Escape');
          await dialog().waitFor({ state: 'detached' });
        }
        await page.getByRole('button', { name: 'Pick several' }).click();
        await page.getByLabel('Pick /3/0/9', { exact: true }).check();
        await picture('picked', theme, width);
        await page.getByRole('button', { name: 'Pick several' }).click();
        await head('/3303/0').getByRole('button', { name: 'More' }).click();
        await picture('menu', theme, width);
        await page.keyboard.press('Escape');
        expect(wrong).toEqual([]);
      });
    }
  }
});

describe('a device that sleeps', () => {
  test('is waited for as long as was said, and what waits is taken back', async () => {
    await dress(page, 'light', 1600);
    await page.goto(`${server.url}/device/${SLEEPER}?tab=operations`);
    await page.locator('.device-head .state.asleep').waitFor();
    await unfold('LwM2M Server');
    await choose(resource('Lifetime'), 'Write…');
    await dialog().getByText('The device is asleep').waitFor();
    await dialog().getByLabel('Waits at most').selectOption('at most an hour');
    await dialog().getByRole('textbox').fill('700');
    await picture('asleep', 'light', 1600);
    await press('Write');
    await said('Write of /1/0/1 waits for the device to wake up.');
    await resource('Lifetime').getByText('write queued').waitFor();
    const row = page.getByRole('row', { name: /queued write \/1\/0\/1/ });
    await row.getByText(/waits for the device, 59 min left/).waitFor();
    await picture('waiting', 'light', 1600);
    await row.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('row', { name: /failed write .* cancelled by admin/ }).waitFor();
  });
});

describe('an editor', () => {
  test('is as type, range and enumeration of the definition ask for', async () => {
    await dress(page, 'light', 1600);
    await page.goto(`${server.url}/models`);
    await page.getByLabel('Files of object definitions')
      .setInputFiles({ name: 'kettle.xml', mimeType: 'text/xml', buffer: Buffer.from(KETTLE) });
    await said('Kettle, 3303 1.0, is added.');
    await page.goto(`${server.url}/device/${DEVICE}`);
    await choose(head('/3303/0'), 'Write values…');
    await dialog().getByRole('switch', { name: 'Lid' }).check();
    await dialog().getByRole('combobox', { name: 'Mode' }).selectOption('2: KEEP_WARM');
    const level = dialog().getByRole('textbox', { name: 'Level' });
    await level.fill('101');
    await dialog().getByText('It is from 0 to 100.').waitFor();
    await level.fill('40');
    await dialog().getByLabel('Program, in hex').fill('00 ff 7');
    await dialog().getByText('Pairs of the digits 0 to 9 and a to f belong here.').waitFor();
    await dialog().getByLabel('Program, in hex').fill('00 ff 7a');
    const until = dialog().getByLabel('Until, seconds since 1970');
    await dialog().getByLabel('Until, UTC').fill('2030-01-31T12:00:00');
    await expect.poll(() => until.inputValue()).toBe('1896091200');
    await until.fill('1896091261');
    await expect.poll(() => dialog().getByLabel('Until, UTC').inputValue())
      .toBe('2030-01-31T12:01:01');
    await dialog().getByLabel('Sensor').last().fill('3303:0');
    // The value without a definition is the only one that nobody touched.
    const left = dialog().locator('.draft > label:has(input:not(:checked))');
    await expect.poll(() => left.count()).toBe(1);
    await left.getByText('Resource 5700').waitFor();
    await picture('editors', 'light', 1600);
    await press('Write');
    await said(/Write of \/3303\/0 failed: the device answered 4\./);
  });
});

/** An object with a resource of each kind that has an editor of its own. */
const KETTLE = `<LWM2M><Object ObjectType="MODefinition"><Name>Kettle</Name><Description1/>
  <ObjectID>3303</ObjectID><ObjectURN>urn:oma:lwm2m:x:3303</ObjectURN>
  <MultipleInstances>Multiple</MultipleInstances><Mandatory>Optional</Mandatory><Resources>${[
    ['Lid', 'Boolean', ''], ['Mode', 'Integer', '0: OFF\n1: BOIL\n2: KEEP_WARM'],
    ['Level', 'Integer', '0..100', '%'], ['Program', 'Opaque', '0..16 bytes'],
    ['Until', 'Time', ''], ['Sensor', 'Objlnk', ''],
  ].map(([name, type, range, unit = ''], id) => `<Item ID="${id}"><Name>${name}</Name>
    <Operations>RW</Operations><MultipleInstances>Single</MultipleInstances>
    <Mandatory>Optional</Mandatory><Type>${type}</Type>
    <RangeEnumeration>${range}</RangeEnumeration><Units>${unit}</Units><Description/>
    </Item>`).join('')}</Resources><Description2/></Object></LWM2M>`;

async function picture(name: string, theme: string, width: number): Promise<void> {
  await page.screenshot({ path: `${PICTURES}/operation-${name}-${theme}-${width}.png` });
  expect(await inaccessible(page), `${name}, ${theme}, ${width} px`).toEqual([]);
  expect(await page.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}

async function focusIsAt(path: string): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('title')))
    .toBe(`${path}: what can be asked`);
}
