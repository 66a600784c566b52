// The program behind coap-package.ts: a device whose CoAP is all by the npm package `coap`, and
// whose DTLS, if it has any, by `node-dtls-client`. Arguments: server URI, endpoint, lifetime, and
// for coaps `psk`, identity and key in hexadecimal digits. Lines in, events out, as interop/java
// does it.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Agent, createServer } from 'coap';
import type { IncomingMessage, ObserveWriteStream, OutgoingMessage } from 'coap';
import { UPDATED_LIFETIME_SECONDS } from './coap-package.ts';
import { DtlsSocket } from './coaps/dtls-socket.ts';
import { FACTS } from './device.ts';

const SENML_JSON = Buffer.from([110]);
const TEMPERATURE = '/3303/0/5700';
const LINKS = '</>;rt="oma.lwm2m";ct=110,</3/0>,</3303/0>';

type SenmlValue = { readonly vs: string } | { readonly v: number };

const [uri = '', endpoint = '', lifetime = '', , identity = '', key = ''] = process.argv.slice(2);
const values = new Map<string, SenmlValue>([
  ['/3/0/0', { vs: FACTS.manufacturer }],
  ['/3/0/1', { vs: FACTS.model }],
  ['/3/0/3', { vs: FACTS.firmwareVersion }],
  ['/3/0/7/0', { v: FACTS.millivolts[0] }],
  ['/3/0/7/1', { v: FACTS.millivolts[1] }],
  ['/3/0/9', { v: FACTS.batteryPercent }],
  [TEMPERATURE, { v: FACTS.temperature }],
]);
const observers = new Map<string, ObserveWriteStream>();
const server = new URL(uri);
const secured = server.protocol !== 'coaps:' ? undefined
  : new DtlsSocket(server, identity, Buffer.from(key, 'hex'));
await secured?.connect();
const socket = secured?.asSocket() ?? await plainSocket();
const agent = new Agent({ type: 'udp4', socket });
let location = '';

async function plainSocket(): Promise<Socket> {
  const opened = createSocket('udp4');
  opened.bind(0, '127.0.0.1');
  await once(opened, 'listening');
  return opened;
}

function tell(event: string, fields: Record<string, string> = {}): void {
  console.log(JSON.stringify({ event, ...fields }));
}

/** The resource or everything below it, as SenML records with full names (RFC 8428). */
function records(path: string): string | undefined {
  const found = [...values].filter(([name]) => name === path || name.startsWith(`${path}/`));
  return found.length === 0 ? undefined
    : JSON.stringify(found.map(([n, value]) => ({ n, ...value })));
}

function answer(request: IncomingMessage, response: OutgoingMessage | ObserveWriteStream): void {
  const path = request.url;
  const content = records(path);
  const accept = request.headers['Accept'];
  if (content === undefined || request.method !== 'GET') {
    response.statusCode = content === undefined ? '4.04' : '4.05';
    response.end();
    return;
  }
  if (accept !== undefined && accept !== 'application/senml+json') {
    response.statusCode = '4.06';
    response.end();
    return;
  }
  response.statusCode = '2.05';
  response.setOption('Content-Format', SENML_JSON);
  if (request.headers['Observe'] !== 0) {
    // RFC 7641 s3.6: a GET with Observe 1 ends the observation and is answered like a read.
    if (request.headers['Observe'] === 1) observers.get(path)?.end();
    tell('read', { path });
    response.end(content);
    return;
  }
  tell('observe', { path });
  const stream = response as ObserveWriteStream;
  observers.set(path, stream);
  stream.on('finish', () => observers.delete(path));
  stream.write(content);
}

function ask(
  method: 'POST' | 'DELETE', pathname: string, query: string, payload: string,
  done: (answered: IncomingMessage) => void,
): void {
  const { hostname, port } = server;
  const request = agent.request({ hostname, port: Number(port), method, pathname, query });
  if (payload) request.setOption('Content-Format', 'application/link-format');
  request.on('response', (answered) => done(answered as IncomingMessage));
  request.on('error', (error) => tell('request failed', { cause: String(error) }));
  request.end(payload);
}

/** The package's own header gives only the last of several Location-Path options. */
function locationOf(answered: IncomingMessage): string {
  // oxlint-disable-next-line no-underscore-dangle -- the only place that keeps all of them
  return (answered._packet.options ?? [])
    .filter(({ name }) => name === 'Location-Path')
    .map(({ value }) => `/${String(value)}`)
    .join('');
}

function expectCode(answered: IncomingMessage, code: string, event: string): void {
  if (answered.code === code) tell(event);
  else tell(`${event}: failed`, { code: answered.code });
}

async function obey(line: string): Promise<void> {
  const [command, , value] = line.split(' ');
  if (command === 'set') {
    values.set(TEMPERATURE, { v: Number(value) });
    observers.get(TEMPERATURE)?.write(records(TEMPERATURE));
  } else if (command === 'update') {
    await secured?.connect();
    ask('POST', location, `lt=${UPDATED_LIFETIME_SECONDS}`, '',
      (answered) => expectCode(answered, '2.04', 'updated'));
  } else if (command === 'deregister') {
    ask('DELETE', location, '', '',
      (answered) => expectCode(answered, '2.02', 'deregistered'));
  }
}

createServer({ type: 'udp4' }, answer as never).listen(socket);
ask('POST', '/rd', `ep=${endpoint}&lt=${lifetime}&lwm2m=1.1&b=U`, LINKS, (answered) => {
  location = locationOf(answered);
  expectCode(answered, '2.01', 'registered');
});
createInterface({ input: process.stdin }).on('line', (line) => void obey(line))
  .on('close', () => process.exit(0));
