// A device made of libcoap's command line tools on one UDP port: coap-server holds the resources,
// coap-client on the same port registers. The client's socket is connected to the server under
// test, so only answers to its own request reach it; everything else goes to coap-server.
// Its answers are TLV for the object and CBOR for single resources (coap-server leaves out a
// Content-Format of 0, so it cannot say text/plain).

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Child, run } from './child.ts';
import { FACTS, LIFETIME_SECONDS, type Device, type Peer, type Site } from './device.ts';
import { until } from './until.ts';

const CLIENT = 'coap-client-notls';
const SERVER = 'coap-server-notls';
const REQUEST_MAX_MS = 15_000;
const RESOURCES_MAX = 10;
const UPDATED_LIFETIME_SECONDS = 400;
const TLV = '11542';
const CBOR = '60';
const LINKS = '40';

/** FACTS as TLV (LwM2M Core 1.1.1 s7.4.3), written by hand: no codec of ours took part. */
const DEVICE_OBJECT = Buffer.from([
  'c8000b', Buffer.from(FACTS.manufacturer).toString('hex'),
  'c8010b', Buffer.from(FACTS.model).toString('hex'),
  'c503', Buffer.from(FACTS.firmwareVersion).toString('hex'),
  '880708', '42000ed8', '42011388',
  'c10957', '830b410000', 'c11055',
].join(''), 'hex');

export const libcoap: Peer = {
  name: 'libcoap command line tools',
  endpoint: 'interop-libcoap',
  async prepare(site) {
    for (const tool of [CLIENT, SERVER]) {
      if (!await run(tool, ['-h'], REQUEST_MAX_MS)) return `${tool} is not installed`;
    }
    return startDevice(site);
  },
};

async function startDevice(site: Site): Promise<Device> {
  const port = await freePort();
  const holder = new Child('coap-server', SERVER,
    ['-A', site.host, '-p', String(port), '-d', String(RESOURCES_MAX)]);
  await until('coap-server answers a ping', () => ping(site.host, port), () => holder.last());
  const own = `coap://${site.host}:${port}`;
  const hold = (path: string, format: string, content: Buffer): Promise<Answer> =>
    ask(['-m', 'put', '-t', format, '-e', percentEncoded(content), `${own}${path}`]);
  await hold('/3/0', TLV, DEVICE_OBJECT);
  await hold('/3/0/1', CBOR, cborOf(FACTS.model));
  await hold('/3/0/9', CBOR, Buffer.from([0x18, FACTS.batteryPercent]));
  await hold('/3303/0/5700', CBOR, cborOf(FACTS.temperature));

  const fromOwnPort = ['-a', site.host, '-p', String(port)];
  const server = `coap://${site.host}:${site.port}`;
  let location = '';
  return {
    async register() {
      const query = `ep=${site.endpoint}&lt=${LIFETIME_SECONDS}&lwm2m=1.1&b=U`;
      const answer = await ask([...fromOwnPort, '-m', 'post', '-t', LINKS,
        '-e', '</>;rt="oma.lwm2m",</3/0>,</3303/0>', `${server}/rd?${query}`], '2.01');
      location = answer.location;
    },
    async setTemperature(celsius) {
      await hold('/3303/0/5700', CBOR, cborOf(celsius));
    },
    async update() {
      await ask([...fromOwnPort, '-m', 'post',
        `${server}${location}?lt=${UPDATED_LIFETIME_SECONDS}`], '2.04');
      return UPDATED_LIFETIME_SECONDS;
    },
    async deregister() {
      await ask([...fromOwnPort, '-m', 'delete', `${server}${location}`], '2.02');
    },
    stop: () => holder.stop(),
  };
}

/** A short text, or a number as double (RFC 8949 s3.1, s3.3). */
function cborOf(value: string | number): Buffer {
  if (typeof value === 'string') {
    return Buffer.concat([Buffer.from([0x60 | value.length]), Buffer.from(value)]);
  }
  const double = Buffer.alloc(9, 0xfb);
  double.writeDoubleBE(value, 1);
  return double;
}

/** How coap-client takes any byte on its command line. */
function percentEncoded(content: Buffer): string {
  return Array.from(content, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

interface Answer {
  readonly code: string;
  readonly location: string;
}

/** One request of coap-client; the answer is read from its debug lines. */
async function ask(parameters: readonly string[], expected?: string): Promise<Answer> {
  const done = await run(CLIENT, ['-v', '6', '-B', '10', ...parameters], REQUEST_MAX_MS);
  const answers = [...(done?.output ?? '').matchAll(/ c:([245]\.\d\d) i:\S+ \{\w*\} \[(.*?)\]/g)];
  const [, code = 'nothing', options = ''] = answers.at(-1) ?? [];
  if (expected ? code !== expected : !code.startsWith('2.')) {
    throw new Error(`${CLIENT} ${parameters.join(' ')} was answered ${code}: ${done?.output}`);
  }
  const segments = [...options.matchAll(/Location-Path:([^\s,]+)/g)].map((match) => match[1]);
  return { code, location: `/${segments.join('/')}` };
}

/** RFC 7252 s4.3: an empty confirmable message is answered with a Reset. */
export async function ping(host: string, port: number): Promise<true | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.send(Buffer.from('40000001', 'hex'), port, host);
    await once(socket, 'message', { signal: AbortSignal.timeout(200) });
    return true;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

export async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
