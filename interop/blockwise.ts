// Bodies longer than a message (RFC 7959) against implementations nobody here wrote, in both roles:
// our layer on a socket of its own, libcoap's command line tools and the npm package `coap`. The
// server as a whole is checked in story.ts; this is about blocks alone.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BlockwiseLayer } from '../core/coap/blockwise.ts';
import type { InboundRequest, Outcome } from '../core/coap/exchange.ts';
import { Code, type Message, NO_BYTES, OptionNumber } from '../core/coap/message.ts';
import { stringOptionOf, uintOptionOf, uriPath } from '../core/coap/options.ts';
import { SystemClock } from '../core/io/clock.ts';
import { SystemRandom } from '../core/io/random.ts';
import { UdpTransport } from '../core/io/udp.ts';
import { PeerTable } from '../core/peer.ts';
import type { Peer } from '../core/ports.ts';
import { Child, run } from './child.ts';
import type { Report } from './report.ts';
import { freePort, ping } from './libcoap.ts';
import { until } from './until.ts';

const HOST = '127.0.0.1';
const CLIENT = 'coap-client-notls';
const SERVER = 'coap-server-notls';
const REQUEST_MAX_MS = 15_000;
const OCTET_STREAM = 42;
/** Not a multiple of any block size. */
const LENGTH = 5_001;

/** Printable, since command lines carry it, and never the same for long. */
function textOf(seed: string): Uint8Array {
  let text = '';
  for (let count = 0; text.length < LENGTH; count++) {
    text += createHash('sha256').update(`${seed} ${count}`).digest('hex');
  }
  return Buffer.from(text.slice(0, LENGTH));
}

/** Our layer on a socket: a server that keeps what is put to it, and a client. */
class Endpoint {
  readonly layer: BlockwiseLayer;
  readonly kept = new Map<string, Uint8Array>();
  readonly notifications: Message[] = [];
  readonly #transport = new UdpTransport();
  readonly #peers: PeerTable;
  port = 0;

  constructor(blockSize: number) {
    this.layer = new BlockwiseLayer({
      clock: new SystemClock(), random: new SystemRandom(), transport: this.#transport,
      ackTimeout: () => 2_000, messageIdSeed: 1, blockSize: () => blockSize,
    });
    this.#peers = new PeerTable((peer) => this.layer.forget(peer));
  }

  async listen(): Promise<void> {
    const { address } = await this.#transport.listen({ host: HOST, port: 0 }, (...from) => {
      const [listener, host, port, datagram] = from;
      const received = this.layer.receive(this.#peers.meet(listener, host, port), datagram);
      if (received.kind === 'request') this.#serve(received.request);
      if (received.kind !== 'notification') return;
      this.layer.accept(received.notification);
      this.notifications.push(received.notification.message);
    });
    this.port = address.port;
  }

  peer(port: number): Peer {
    return this.#peers.meet(0, HOST, port);
  }

  ask(
    peer: Peer, code: number, path: string, payload = NO_BYTES, observe?: number,
    token?: Uint8Array,
  ): Promise<Message> {
    const options = [
      ...observe === undefined ? [] : [uintOptionOf(OptionNumber.OBSERVE, observe)],
      ...path.split('/').slice(1).map((one) => stringOptionOf(OptionNumber.URI_PATH, one)),
      ...payload.length === 0 ? [] : [uintOptionOf(OptionNumber.CONTENT_FORMAT, OCTET_STREAM)],
    ];
    return new Promise((resolve, reject) => {
      this.layer.request(peer, { code, options, payload, token }, responseOr(resolve, reject));
    });
  }

  fetch(peer: Peer, path: string, first: Message): Promise<Message> {
    const options = path.split('/').slice(1)
      .map((one) => stringOptionOf(OptionNumber.URI_PATH, one));
    return new Promise((resolve, reject) => {
      const content = { code: Code.GET, options, payload: NO_BYTES };
      this.layer.fetch(peer, content, first, responseOr(resolve, reject));
    });
  }

  close(): void {
    this.#transport.close();
  }

  #serve(request: InboundRequest): void {
    const { code, payload } = request.message;
    const path = `/${uriPath(request.message).join('/')}`;
    if (code === Code.PUT) {
      this.kept.set(path, payload);
      this.layer.respond(request, { code: Code.CHANGED });
    } else if (code === Code.POST) {
      this.layer.respond(request, { code: Code.CHANGED, payload });
    } else {
      const kept = this.kept.get(path);
      this.layer.respond(request, kept === undefined ? { code: Code.NOT_FOUND }
        : { code: Code.CONTENT, payload: kept });
    }
  }
}

function responseOr(
  resolve: (message: Message) => void, reject: (error: Error) => void,
): (outcome: Outcome) => void {
  return (outcome) => {
    if (outcome.kind === 'response') resolve(outcome.message);
    else reject(new Error(JSON.stringify(outcome)));
  };
}

function assertSame(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.equal(Buffer.from(actual ?? NO_BYTES).toString(), Buffer.from(expected).toString());
}

/** Every check of blocks; `missing` takes what this machine does not have. */
export async function checkBlocks(
  report: Report, folder: string, missing: (name: string, why: string) => void,
): Promise<void> {
  const isHere = await Promise.all([CLIENT, SERVER].map((tool) => run(tool, ['-h'], 15_000)));
  if (isHere.includes(undefined)) missing('libcoap, blocks', `${CLIENT} is not installed`);
  for (const size of [64, 512]) {
    const ours = new Endpoint(size);
    await ours.listen();
    try {
      if (!isHere.includes(undefined)) {
        await checkCoapClient(report, ours, folder, size);
        await checkCoapServer(report, ours, size);
      }
      await checkPackage(report, ours, size);
    } finally {
      ours.close();
    }
  }
}

/** What happens to a body of LENGTH bytes when coap-client sends and fetches it. */
async function checkCoapClient(
  report: Report, ours: Endpoint, folder: string, size: number,
): Promise<void> {
  const body = textOf(`client ${size}`);
  const from = join(folder, 'body');
  const into = join(folder, 'answer');
  await writeFile(from, body);
  const uri = `coap://${HOST}:${ours.port}/kept`;
  await report.check('libcoap client', `puts ${LENGTH} bytes in blocks of ${size}`, async () => {
    await run(CLIENT, ['-m', 'put', '-b', `${size}`, '-f', from, uri], REQUEST_MAX_MS);
    assertSame(ours.kept.get('/kept'), body);
  });
  await report.check('libcoap client', `gets them in our blocks of ${size}`, async () => {
    await run(CLIENT, ['-m', 'get', '-o', into, uri], REQUEST_MAX_MS);
    assertSame(await readFile(into), body);
  });
  await report.check('libcoap client', `posts them and gets them back (${size})`, async () => {
    const posting = ['-m', 'post', '-b', `${size}`, '-f', from, '-o', `${into}-posted`];
    await run(CLIENT, [...posting, uri], REQUEST_MAX_MS);
    assertSame(await readFile(`${into}-posted`), body);
  });
}

/** The same with coap-server, and a notification of it. */
async function checkCoapServer(report: Report, ours: Endpoint, size: number): Promise<void> {
  const port = await freePort();
  const child = new Child('coap-server', SERVER, ['-A', HOST, '-p', `${port}`, '-d', '10']);
  const peer = ours.peer(port);
  const body = textOf(`server ${size}`);
  try {
    await until('coap-server answers a ping', () => ping(HOST, port), () => child.last());
    await report.check('libcoap server', `takes ${LENGTH} bytes in blocks of ${size}`, async () => {
      assert.equal((await ours.ask(peer, Code.PUT, '/made', body)).code >> 5, 2);
    });
    await report.check('libcoap server', `gives them in blocks of ${size}`, async () => {
      assertSame((await ours.ask(peer, Code.GET, '/made')).payload, body);
    });
    await report.check('libcoap server', `notifies of others (${size})`, async () => {
      const observed = await ours.ask(peer, Code.GET, '/made', NO_BYTES, 0);
      assertSame(observed.payload, body);
      const next = textOf(`notified ${size}`);
      await ours.ask(peer, Code.PUT, '/made', next);
      const first = await until('a notification', () => ours.notifications.pop());
      assertSame((await ours.fetch(peer, '/made', first)).payload, next);
    });
  } finally {
    await child.stop();
  }
}

/** The npm package, in a process of its own: a server and a client (blockwise-package.ts). */
async function checkPackage(report: Report, ours: Endpoint, size: number): Promise<void> {
  const program = fileURLToPath(import.meta.resolve('./blockwise-package.js'));
  const body = textOf(`package ${size}`);
  ours.kept.set('/kept', body);
  const child = new Child('npm package coap', process.execPath, [program, `${ours.port}`]);
  try {
    const { port = '' } = await child.next('listening');
    const peer = ours.peer(Number(port));
    const name = 'npm package coap';
    await report.check(name, `takes ${LENGTH} bytes, gives them (blocks of ${size})`, async () => {
      // It finds the blocks of a body by their token, which RFC 7959 does not ask of them.
      const put = await ours.ask(peer, Code.PUT, '/made', body, undefined, Uint8Array.of(size));
      assert.equal(put.code >> 5, 2);
      assertSame((await ours.ask(peer, Code.GET, '/made')).payload, body);
    });
    await report.check(name, `gets them in our blocks of ${size}, and puts them`, async () => {
      child.say('copy');
      await child.next('copied');
      assertSame(ours.kept.get('/copy'), body);
    });
  } finally {
    await child.stop();
  }
}
