// The track of a device in the built dashboard: places that it sends over UDP with times of their
// own, then one more live; without a place, with one, in both themes and three widths.

import { createSocket } from 'node:dgram';
import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeUtf8 } from '../../core/bytes.ts';
import { encodeMessage } from '../../core/coap/codec.ts';
import { Code, CON, OptionNumber } from '../../core/coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../../core/coap/options.ts';
import { dress, inaccessible, launch, logIn, THEMES, watch, WIDTHS } from './browser.ts';
import { PASSWORD, TestServer } from './server.ts';

const PICTURES = 'ci-output/track';
const DEVICE = 'mover';
const LINK = 40;
const SENML_JSON = 110;
const MINUTE = 60;

let server: TestServer;
let browser: Browser;
let page: Page;
let wrong: string[];
let messageId = 1;
const socket = createSocket('udp4');

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = await TestServer.start();
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  wrong = watch(page, server.url);
  await logIn(page, server.url, PASSWORD);
  post('rd', LINK, '</1/0>,</3/0>,</6/0>', ['lwm2m=1.1', `ep=${DEVICE}`, 'lt=3600']);
  await page.getByRole('link', { name: DEVICE }).waitFor();
});

afterAll(async () => {
  socket.close();
  await browser?.close();
  await server?.close();
});

function post(path: string, format: number, payload: string, query: readonly string[] = []): void {
  const { hostname, port } = new URL(server.coap.replace('coap:', 'http:'));
  socket.send(encodeMessage({
    type: CON, code: Code.POST, mid: messageId++, token: Uint8Array.of(1),
    payload: encodeUtf8(payload),
    options: [
      stringOptionOf(OptionNumber.URI_PATH, path),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, format),
      ...query.map((one) => stringOptionOf(OptionNumber.URI_QUERY, one)),
    ],
  }), Number(port), hostname);
}

type Place = readonly [secondsAgo: number, latitude: number, longitude: number];

function send(...places: readonly Place[]): void {
  const now = Date.now() / 1_000;
  post('dp', SENML_JSON, JSON.stringify(places.flatMap(([ago, latitude, longitude]) => [
    { n: '/6/0/0', v: latitude, t: now - ago }, { n: '/6/0/1', v: longitude, t: now - ago },
  ])));
}

/** A walk along a fjord, with a rest in the shade of a hill. */
function walk(): Place[] {
  return Array.from({ length: 40 }, (_, step) => {
    const ago = (50 - step - (step > 20 ? 8 : 0)) * MINUTE;
    const angle = step / 6;
    return [ago, 59.905 + 0.004 * Math.sin(angle) + step * 0.0001, 10.72 + step * 0.0006];
  });
}

describe('the track of a device', () => {
  test('says what to do while there is no place', async () => {
    await page.goto(`${server.url}/device/${DEVICE}`);
    await page.getByRole('tab', { name: 'Track' }).click();
    await page.getByText('No place in this span').waitFor();
    await page.getByText('while /6/0/0 and /6/0/1 are observed').waitFor();
    await page.screenshot({ path: `${PICTURES}/none.png` });
    const observe = page.getByRole('button', { name: 'Observe both' });
    await observe.click();
    await page.getByText('/6/0/1 will be observed.').waitFor();
  });

  test('is one mark for one place', async () => {
    send([51 * MINUTE, 59.9, 10.71]);
    await page.getByText('1 place', { exact: true }).waitFor();
    await page.getByText('59.90000° N 10.71000° E').waitFor();
    await page.screenshot({ path: `${PICTURES}/one.png` });
  });

  test('has the places of its span, with a gap where it was silent', async () => {
    const places = walk();
    for (let start = 0; start < places.length; start += 8) send(...places.slice(start, start + 8));
    await page.getByText('41 places').waitFor();
    expect(await page.locator('.track .gap').count()).toBe(1);
    expect(await page.locator('.track > svg > path:not(.gap)').count()).toBe(2);
  });

  test('tells the time of a place by pointer and by keys', async () => {
    const output = page.locator('.track-foot output');
    const slider = page.getByLabel('Place', { exact: true });
    await slider.focus();
    await page.keyboard.press('Home');
    await expect.poll(() => output.textContent()).toContain('59.90000° N 10.71000° E');
    expect(await slider.getAttribute('aria-valuetext')).toContain('10.71000° E');
    const start = await page.locator('.track .start').boundingBox();
    await page.keyboard.press('End');
    if (start === null) throw new Error('no start');
    await page.mouse.move(start.x + 5, start.y + 5);
    await expect.poll(() => output.textContent()).toContain('59.90000° N 10.71000° E');
  });

  test('goes on live', async () => {
    send([0, 59.92, 10.75]);
    await page.getByText('42 places').waitFor();
    await page.mouse.move(0, 0);
    await page.getByText('59.92000° N 10.75000° E').waitFor();
  });

  test('nothing went wrong on the way', () => expect(wrong).toEqual([]));
});

describe('in both themes and three widths', () => {
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      test(`${theme}, ${width} px`, async () => {
        wrong.length = 0;
        await dress(page, theme, width);
        await page.goto(`${server.url}/device/${DEVICE}?tab=track`);
        await page.getByText('42 places').waitFor();
        await page.locator('.track svg').scrollIntoViewIfNeeded();
        await page.screenshot({ path: `${PICTURES}/${theme}-${width}.png` });
        expect(await inaccessible(page)).toEqual([]);
        expect(await page.evaluate(() =>
          document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
        expect(wrong).toEqual([]);
      });
    }
  }
});
