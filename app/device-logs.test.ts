// Device logs from end to end: the command, datagrams from real sockets, and what people get.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SENDER_ELEMENT } from '../actors/log-sender.ts';
import { Browser } from '../core/api/testing/browser.ts';
import type { LogPageView } from '../core/api/views.ts';
import { encodeUtf8 } from '../core/bytes.ts';
import { encodeMessage } from '../core/coap/codec.ts';
import { Code, CON, OptionNumber } from '../core/coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../core/coap/options.ts';
import { syslogOf } from '../core/syslog/testing.ts';
import { killAll, serve, type Serving } from './testing/cli.ts';

const LINK_FORMAT = 40;
const BURST = 50;
const FLOOD = 400;
const TOKEN = 'not-to-be-guessed';
const CONFIG = `
profiles:
  - { name: far, match: 'far-*', logToken: ${TOKEN} }
limits: { logBurstMax: ${BURST}, logLinesPerSecondMax: 1 }`;

const folder = mkdtempSync(join(tmpdir(), 'flownexus-logs-'));
let server: Serving;
let socket: Socket;
let syslogPort = 0;
let admin: Browser;

beforeAll(async () => {
  const config = join(folder, 'c.yaml');
  writeFileSync(config, CONFIG);
  server = await serve(join(folder, 'data'), ['--syslog', '127.0.0.1:0', '--config', config]);
  const { syslog: [uri = ''] } = await (await fetch(`${server.http}/healthz`)).json() as
    { syslog: string[] };
  syslogPort = Number(new URL(uri).port);
  admin = new Browser(server.http);
  await admin.mustCall('session.login', { name: 'admin', password: 'correct horse battery' });
  socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
});
afterAll(async () => {
  socket.close();
  await server.end('SIGTERM');
  killAll();
  rmSync(folder, { recursive: true, force: true });
});

function send(port: number, datagram: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(datagram, port, '127.0.0.1', (error) => error ? reject(error) : resolve());
  });
}

async function register(endpoint: string): Promise<void> {
  const answered = once(socket, 'message');
  await send(server.coapPort, encodeMessage({
    type: CON, code: Code.POST, mid: 1, token: Uint8Array.of(1),
    payload: encodeUtf8('</1/0>,</3/0>'),
    options: [
      stringOptionOf(OptionNumber.URI_PATH, 'rd'),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, LINK_FORMAT),
      ...[`ep=${endpoint}`, 'lwm2m=1.1', 'b=U'].map((query) =>
        stringOptionOf(OptionNumber.URI_QUERY, query)),
    ],
  }));
  await answered;
}

/** Asks until the log is as wanted; the test's own time limit ends what never comes. */
async function log(
  endpoint: string | null, isEnough: (page: LogPageView) => boolean,
): Promise<LogPageView['rows']> {
  for (;;) {
    const page = await admin.mustCall<LogPageView>('logs.lines',
      { endpoint, severity: 7, search: '', limit: 500 });
    if (isEnough(page)) return page.rows;
  }
}

test('lines of nobody, of a device by its address, and of one elsewhere by its token', async () => {
  await send(syslogPort, encodeUtf8('<13>Oct 11 22:14:15 mymachine su: before it registered'));
  expect(await log(null, ({ rows }) => rows.length > 0))
    .toMatchObject([{ module: 'su', text: 'before it registered', severity: 5 }]);
  await register('cellar');
  await admin.mustCall('device.provision', { endpoint: 'far-1' });
  await send(syslogPort, syslogOf('net: up', { time: '1970-01-01T00:00:03.450Z' }));
  await send(syslogPort, syslogOf('far away', { data: [
    { id: SENDER_ELEMENT, parameters: [['endpoint', 'far-1'], ['token', TOKEN]] },
  ] }));
  expect(await log('cellar', ({ rows }) => rows.length > 0)).toMatchObject([{
    deviceTime: 3_450, source: `127.0.0.1:${socket.address().port}`, module: 'net', text: 'up',
  }]);
  expect(await log('far-1', ({ rows }) => rows.length > 0)).toMatchObject([{ text: 'far away' }]);
});

test('a flood is cut, its gap is told, and other logs go on', async () => {
  for (let line = 0; line < FLOOD; line++) await send(syslogPort, syslogOf(`flood ${line}`));
  const isGap = ({ dropped }: { readonly dropped: number }) => dropped > 0;
  const rows = await log('cellar', (page) => page.rows.some(isGap));
  const dropped = rows.filter(isGap).reduce((sum, row) => sum + row.dropped, 0);
  const stored = rows.filter(({ text }) => text.startsWith('flood')).length;
  expect(stored).toBeGreaterThanOrEqual(BURST - 1);
  expect(stored).toBeLessThan(FLOOD / 2);
  expect(dropped).toBeGreaterThan(FLOOD / 2);
  // The network may lose some, nothing else does.
  expect(stored + dropped).toBeLessThanOrEqual(FLOOD);
  await send(syslogPort, syslogOf('still heard', { data: [
    { id: SENDER_ELEMENT, parameters: [['endpoint', 'far-1'], ['token', TOKEN]] },
  ] }));
  await log('far-1', (page) => page.rows[0]?.text === 'still heard');
  const { text } = await admin.fetch('GET', '/files/log.txt?endpoint=cellar&severity=4');
  expect(text).toMatch(/\twarning\tflownexus\t\d+ lines dropped in \d+ s\n$/);
});
