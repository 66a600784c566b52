// The pictures of README.md and docs/, all taken anew: the real server with the demo fleet and
// devices of several kinds, and what an operator does with them. `npm run pictures` runs it; no
// test does, since it judges nothing. Look at each picture before it is committed.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator, Page } from 'playwright-core';
import { dress, launch, logIn, type Theme, type Width } from './browser.ts';
import { CONFIG, PictureFleet, VENTILATION } from './picture-fleet.ts';
import { PASSWORD, TestServer } from './server.ts';

const FOLDER = 'docs/pictures';
const BYTES_MAX = 300_000;
const DEMO_DEVICES = 4;
const EVENTS = '/events';
/** How much of a run shall be over in its picture. */
const PLAYED = 0.3;
/** An expiry comes after the grace of 93 s; all else is faster. */
const WAIT_MAX = 120_000;

const OWN_SCENARIO = `name: Meters in the cellar
why: Do meters stay registered on a bad link, and is any value lost?
duration: 6h
network: { cellar: { loss: 30%, latency: { typical: 400ms, p99: 8s } } }
fleets: { meters: { count: 20, network: cellar, lifetime: 10m } }
expect: [registrations per meter max = 1, telemetry lost = 0]
`;

const QUESTION = `SELECT device, count(*)::INT AS values, round(min(number), 1) AS coldest,
  round(avg(number), 1) AS mean, round(max(number), 1) AS warmest, max(device_time) AS last
FROM telemetry WHERE object = 3303 AND resource = 5700
GROUP BY device ORDER BY mean DESC`;

/** The page, and how a picture of it is taken. */
class Camera {
  readonly page: Page;
  readonly #url: string;

  constructor(page: Page, url: string) {
    page.setDefaultTimeout(WAIT_MAX);
    this.page = page;
    this.#url = url;
  }

  async open(address: string, theme: Theme, width: Width): Promise<void> {
    await dress(this.page, theme, width);
    // Nothing lights up because the pointer happens to be there.
    await this.page.mouse.move(0, 0);
    await this.page.goto(this.#url + address);
  }

  /** Another tab of the same person. */
  async another(): Promise<Camera> {
    return new Camera(await this.page.context().newPage(), this.#url);
  }

  /** Once nothing is loading any more and no toast lies over the page. */
  async take(name: string): Promise<void> {
    const path = `${FOLDER}/${name}.png`;
    await gone(this.page.locator(':is(.skeleton, .toast):visible'));
    // What was clicked on may lie below.
    await this.page.evaluate(() => window.scrollTo(0, 0));
    // What has just come is drawn in the next frame.
    await this.page.evaluate(() => new Promise((resolve) => {
      requestAnimationFrame(() => requestAnimationFrame(resolve));
    }));
    const png = await this.page.screenshot({ animations: 'disabled', caret: 'hide' });
    if (png.length > BYTES_MAX) throw new Error(`${path} would have ${png.length} bytes`);
    writeFileSync(path, png);
    console.error(`${path}, ${Math.round(png.length / 1000)} KB`);
  }

  /** Asks the API as the page would. */
  async ask(procedure: string, input: unknown): Promise<void> {
    const answer = await this.page.evaluate(async ([address, body]) => {
      const headers = { 'content-type': 'application/json' };
      const got = await fetch(address, { method: 'POST', headers, body });
      return got.ok ? '' : got.text();
    }, [`/trpc/${procedure}`, JSON.stringify(input)] as const);
    if (answer !== '') throw new Error(`${procedure}: ${answer}`);
  }

  wish(endpoint: string, wish: Readonly<Record<string, unknown>>): Promise<void> {
    return this.ask('device.request', { endpoint, wish });
  }
}

/** Whoever receives webhooks. */
class Receiver {
  /** Takes no events for the moment. */
  isBusy = false;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const status = this.isBusy && request.url === EVENTS ? 503 : 204;
      request.resume().on('end', () => response.writeHead(status).end());
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function main(): Promise<void> {
  const server = await TestServer.start(CONFIG, DEMO_DEVICES);
  const fleet = new PictureFleet(server.coap, server.syslog);
  const receiver = new Receiver();
  const browser = await launch();
  try {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    const camera = new Camera(await context.newPage(), server.url);
    await logIn(camera.page, server.url, PASSWORD);
    await fill(camera, fleet, await receiver.start());
    // The small charts over the fleet have what a tab has seen while it was open.
    const onFleet = await camera.another();
    await onFleet.open('/', 'dark', 1440);
    for (const takes of [
      takeMessages, takeTrack, takeWants, takeOperation, takeAttributes, takeDevice, takeLab,
      takeWebhooks, takeLogs, takeQuery, takeAlerts,
    ]) await takes(camera, receiver);
    await takeFleet(onFleet);
  } finally {
    await browser.close();
    fleet.close();
    receiver.close();
    await server.close();
  }
}

/** What is there before anybody looks. */
async function fill(camera: Camera, fleet: PictureFleet, receiver: string): Promise<void> {
  const play = (shelf: string, file: string, seeds = 1) =>
    camera.ask('lab.start', { shelf, file, seed: 1, seeds });
  await camera.ask('webhooks.make', {
    url: `${receiver}/values`, events: ['value'], paths: ['/3303'], devices: 'cold-room-*',
  });
  await camera.ask('webhooks.make', {
    url: receiver + EVENTS, events: ['alert', 'registered', 'expired', 'operation'],
  });
  const content = Buffer.from(VENTILATION).toString('base64');
  await camera.ask('models.add', { file: 'ventilation.xml', content });
  await camera.ask('lab.save', { file: 'cellar.yaml', text: OWN_SCENARIO, replaces: false });
  await play('own', 'cellar.yaml');
  await play('shipped', 'first-light.yaml');
  await play('shipped', 'lifetime-4h.yaml', 3);
  await play('shipped', 'nat-rebind.yaml');
  await fleet.start();
  await camera.ask('device.provision', { endpoint: 'valve-1' });
  await camera.ask('device.describe', {
    endpoint: 'greenhouse-2', displayName: 'Tomatoes, north', tags: ['harvest'],
  });
  await camera.ask('device.declare', { endpoint: 'cold-room-1', wanted: {
    observe: ['/4/0/2', '/3/0/6'], attributes: { '/3303/0/5700': { pmin: 10, st: 0.5 } },
    read: ['/1/0'], hold: { '/3/0/14': '+01:00' },
  } });
  for (const [path, attributes] of [
    ['/3303', { pmin: 10, pmax: 300 }], ['/3303/0', { pmax: 120 }],
    ['/3303/0/5700', { pmin: 5, gt: 30, lt: 12 }],
  ]) await camera.wish('greenhouse-3', { kind: 'write-attributes', path, attributes });
  // Nobody answers: that is how a device becomes silent.
  await camera.wish('pump-2', { kind: 'read', path: '/3/0' });
}

async function takeMessages(camera: Camera): Promise<void> {
  const { page } = camera;
  await camera.open('/device/greenhouse-2?tab=messages', 'dark', 1600);
  await page.getByText('Recording', { exact: true }).waitFor();
  const lines = page.locator('.messages li');
  await lines.nth(5).waitFor();
  await camera.wish('greenhouse-2', { kind: 'discover', path: '/3303' });
  await camera.wish('greenhouse-2', {
    kind: 'write', path: '/1/0/1', mode: 'replace', values: [{ path: '/1/0/1', value: 240 }],
  });
  await camera.wish('greenhouse-2', { kind: 'read', path: '/3/0' });
  const answer = lines.filter({ hasText: '/3/0 · ' }).filter({ hasText: '2.05' });
  await answer.locator('summary').click();
  await answer.locator('pre').waitFor();
  await statesAreDrawn(page);
  await camera.take('messages-dark');
}

async function takeTrack(camera: Camera): Promise<void> {
  await camera.open('/device/tracker-07?tab=track', 'light', 1600);
  await camera.page.locator('.track .start').waitFor();
  await statesAreDrawn(camera.page);
  await camera.take('track-light');
}

async function takeWants(camera: Camera): Promise<void> {
  const { page } = camera;
  await openCharts(camera, 'cold-room-1', 'light', 1600);
  await page.getByText('not observed').waitFor();
  await page.getByRole('button', { name: 'Wants' }).click();
  await page.getByRole('dialog').getByText('not so').nth(1).waitFor();
  await camera.take('wants-light');
}

async function takeOperation(camera: Camera): Promise<void> {
  const { page } = camera;
  await openCharts(camera, 'greenhouse-2', 'light', 1440);
  await page.locator('.resource', { hasText: 'Opening' }).getByText('35 %').waitFor();
  await choose(page.locator('.tree-head', { hasText: '/33020/0' }), 'Write values…');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Mode' }).selectOption('2: NIGHT');
  await dialog.getByLabel('Until, UTC').fill('2030-01-31T06:30:00');
  await dialog.getByRole('textbox', { name: 'Opening' }).fill('101');
  await dialog.getByText('It is from 0 to 100.').waitFor();
  await camera.take('operation-light');
}

async function takeAttributes(camera: Camera): Promise<void> {
  const { page } = camera;
  await openCharts(camera, 'greenhouse-3', 'dark', 1440);
  const instance = page.locator('.instance', { hasText: '/3303/0' });
  await choose(instance.locator('.resource', { hasText: 'Sensor Value' }), 'Attributes…');
  await page.getByRole('dialog').getByText('10 at /3303').waitFor();
  await gone(page.locator('.device-head .tag.waiting'));
  await page.getByRole('dialog').getByText('As the device said').waitFor();
  await camera.take('attributes-dark');
}

async function takeDevice(camera: Camera): Promise<void> {
  for (const theme of ['dark', 'light'] as const) {
    await openCharts(camera, 'greenhouse-2', theme, 1440);
    await camera.page.locator('.chart[data-added]:not([data-added="0"])').waitFor();
    await camera.take(`device-${theme}`);
  }
}

async function takeQuery(camera: Camera): Promise<void> {
  const { page } = camera;
  await camera.open('/query', 'light', 1600);
  await page.getByLabel('SQL').fill(QUESTION);
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByRole('cell', { name: 'greenhouse-1' }).waitFor();
  await camera.take('query-light');
}

async function takeLab(camera: Camera): Promise<void> {
  const { page } = camera;
  await camera.open('/lab', 'dark', 1440);
  await page.locator('.state.held').nth(4).waitFor();
  await page.locator('.state.failed').waitFor();
  for (const file of ['lossy-link.yaml', 'herd.yaml', 'queue-mode-day.yaml']) {
    await camera.ask('lab.start', { shelf: 'shipped', file, seed: 1, seeds: 1 });
  }
  await page.waitForFunction((share) => {
    const bar = document.querySelector('progress');
    return bar !== null && bar.position > share;
  }, PLAYED);
  await camera.take('lab-dark');
}

async function takeWebhooks(camera: Camera, receiver: Receiver): Promise<void> {
  const { page } = camera;
  await camera.open('/webhooks', 'dark', 1600);
  const log = page.getByRole('region', { name: 'Deliveries' });
  await log.locator('.tag.good').nth(5).waitFor();
  receiver.isBusy = true;
  await camera.wish('greenhouse-2', { kind: 'read', path: '/3/0' });
  await log.getByText('503').waitFor();
  await page.getByRole('region', { name: 'Webhooks' }).locator('.tag.waiting').first().waitFor();
  receiver.isBusy = false;
  await camera.take('webhooks-dark');
}

async function takeLogs(camera: Camera): Promise<void> {
  await camera.open('/device/tracker-07?tab=logs', 'dark', 1600);
  await camera.page.locator('.log-lines li').nth(19).waitFor();
  await statesAreDrawn(camera.page);
  await camera.take('logs-dark');
}

async function takeAlerts(camera: Camera): Promise<void> {
  const { page } = camera;
  await camera.open('/alerts', 'light', 1600);
  const raised = page.getByRole('region', { name: 'Raised' });
  const row = (name: string) => raised.getByRole('row', { name });
  await row('battery low meter-102').getByRole('button', { name: 'Acknowledge' }).click();
  await row('too warm greenhouse-1').getByRole('button', { name: 'Mute' }).click();
  await page.getByRole('button', { name: 'for a day' }).click();
  await row('too warm greenhouse-1').getByText('muted').waitFor();
  await page.getByRole('region', { name: 'Over' }).getByText('thawing').waitFor();
  await row('silent pump-2').waitFor();
  await row('expired pump-3').waitFor();
  // The buttons keep the focus while the page is the same.
  await camera.open('/alerts', 'light', 1600);
  await page.getByRole('region', { name: 'Over' }).getByText('battery low').waitFor();
  await camera.take('alerts');
}

async function takeFleet(camera: Camera): Promise<void> {
  const { page } = camera;
  await camera.wish('meter-104', { kind: 'read', path: '/3/0' });
  for (const state of ['awake', 'asleep', 'silent', 'expired', 'deregistered']) {
    await page.locator(`.row-view .state.${state}`).first().waitFor();
  }
  for (const theme of ['dark', 'light'] as const) {
    await dress(page, theme, 1440);
    await camera.take(`fleet-${theme}`);
  }
}

/** The page of a device, once its charts have their history. */
async function openCharts(
  camera: Camera, endpoint: string, theme: Theme, width: Width,
): Promise<void> {
  const history = camera.page.waitForResponse(/device\.series/);
  await camera.open(`/device/${endpoint}`, theme, width);
  await (await history).finished();
  await statesAreDrawn(camera.page);
}

async function statesAreDrawn(page: Page): Promise<void> {
  await page.locator('.node.live').nth(3).waitFor();
}

/** Opens the last menu of a line of the tree and takes an entry. */
async function choose(line: Locator, entry: string): Promise<void> {
  await line.getByRole('button').last().click();
  await line.page().getByRole('button', { name: entry, exact: true }).click();
}

/** Every one of them is away. */
async function gone(passing: Locator): Promise<void> {
  await passing.first().waitFor({ state: 'detached' });
  if (await passing.count() > 0) await gone(passing);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
