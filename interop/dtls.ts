// DTLS with PSK and raw public keys against stacks nobody here wrote, in both roles: our layer on a
// socket of its own, OpenSSL's and GnuTLS's command line tools, and libcoap over both. The server
// as a whole is checked in story.ts; this is about security alone.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeMessage, encodeMessage } from '../core/coap/codec.ts';
import { ACK, Code } from '../core/coap/message.ts';
import type { Association } from '../core/dtls/association.ts';
import type { DtlsEvent, Owner } from '../core/dtls/events.ts';
import { DtlsLayer } from '../core/dtls/layer.ts';
import { SUITES, type Suite } from '../core/dtls/suites.ts';
import { SystemClock } from '../core/io/clock.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import { SystemRandom } from '../core/io/random.ts';
import type { Address } from '../core/ports.ts';
import { Child, run } from './child.ts';
import { freePort } from './libcoap.ts';
import type { Report } from './report.ts';
import { until } from './until.ts';

const HOST = '127.0.0.1';
const IDENTITY = 'urn:dev:interop';
const KEY = 'interop-secret-1';
const KEY_HEX = Buffer.from(KEY).toString('hex');
const WRONG_HEX = Buffer.from('interop-secret-2').toString('hex');
const TOOL_MAX_MS = 15_000;
const RECORDS = 1_000;
const TURNS = 50;
/** One datagram in five, the same ones each time. */
const LOSS_EACH = 5;

const PSK_SUITES = SUITES.filter(({ keyExchange }) => keyExchange === 'PSK');
/** How OpenSSL calls them; it has none of those of RFC 8442. */
const OPENSSL_NAMES: Readonly<Partial<Record<string, string>>> = {
  TLS_PSK_WITH_AES_128_CCM_8: 'PSK-AES128-CCM8',
  TLS_PSK_WITH_AES_128_CCM: 'PSK-AES128-CCM',
  TLS_PSK_WITH_AES_128_GCM_SHA256: 'PSK-AES128-GCM-SHA256',
};

/** Our layer on a socket. */
class Endpoint implements Owner {
  readonly layer: DtlsLayer;
  readonly events: DtlsEvent[] = [];
  readonly heard: string[] = [];
  /** Loses datagrams of both directions. */
  isLossy = false;
  /** The raw public key of the client. */
  knownKey = Buffer.alloc(0);
  /** Answers CoAP requests instead of keeping what is heard. */
  isCoap = false;
  port = 0;
  readonly #clock = new SystemClock();
  readonly #socket: Socket = createSocket('udp4');
  #datagrams = 0;

  constructor() {
    const psk = { identity: IDENTITY, key: Buffer.from(KEY) };
    const crypto = new NodeCrypto();
    const identityOf = (key: Uint8Array) => this.knownKey.equals(key) ? IDENTITY : undefined;
    this.layer = new DtlsLayer({
      clock: this.#clock, random: new SystemRandom(), crypto, owner: this, node: 1,
      pskOf: (identity) => identity === IDENTITY ? psk : undefined,
      rawKeys: { own: crypto.newKeyPair(), identityOf },
    });
    this.#socket.on('message', (datagram, { address, port }) => {
      if (!this.#isLost()) this.layer.receive(0, { host: address, port }, datagram);
    });
  }

  async listen(): Promise<this> {
    this.#socket.bind(0, HOST);
    await once(this.#socket, 'listening');
    this.port = this.#socket.address().port;
    return this;
  }

  send(_listener: number, { host, port }: Address, datagram: Uint8Array): void {
    if (!this.#isLost()) this.#socket.send(datagram, port, host);
  }

  plaintext(association: Association, content: Uint8Array): void {
    if (this.isCoap) this.#answer(association, content);
    else this.heard.push(Buffer.from(content).toString());
  }

  event(event: DtlsEvent): void {
    this.events.push(event);
    // Nothing of it outlives the process.
    if (event.kind === 'reserved') {
      this.layer.reserved(event.association, event.association.reservedSequence);
    }
  }

  /** The first event of the kind, when it has come. */
  next(kind: DtlsEvent['kind']): Promise<DtlsEvent> {
    return until(`the layer says "${kind}"`, () =>
      this.events.find((event) => event.kind === kind));
  }

  close(): void {
    this.#clock.stop();
    this.#socket.close();
  }

  #isLost(): boolean {
    return this.isLossy && ++this.#datagrams % LOSS_EACH === 0;
  }

  #answer(association: Association, content: Uint8Array): void {
    const request = decodeMessage(content);
    assert(request.ok, 'a request of CoAP');
    const { mid, token } = request.value;
    const payload = Buffer.from('over DTLS');
    this.layer.send(association, encodeMessage({
      type: ACK, code: Code.CONTENT, mid, token, options: [], payload,
    }));
  }
}

type Missing = (name: string, why: string) => void;

/** Every check of DTLS; `missing` takes what this machine does not have. */
export async function checkDtls(
  report: Report, folder: string, missing: Missing,
): Promise<void> {
  if (await run('openssl', ['version'], TOOL_MAX_MS)) await checkOpenssl(report);
  else missing('openssl', 'openssl is not installed');
  if (await run('gnutls-cli', ['--version'], TOOL_MAX_MS)) await checkGnutls(report);
  else missing('gnutls-cli', 'gnutls-cli is not installed');
  for (const tool of ['coap-client-openssl', 'coap-client-gnutls']) {
    if (await run(tool, ['-h'], TOOL_MAX_MS)) await checkCoap(report, tool);
    else missing(tool, `${tool} is not installed`);
  }
  // OpenSSL has raw public keys from 3.2 on.
  const tool = 'coap-client-gnutls';
  if (await run(tool, ['-h'], TOOL_MAX_MS)) await checkRawKeys(report, tool, folder);
}

/** Lets something happen to a fresh endpoint, which is closed whatever becomes of it. */
async function withEndpoint(happen: (ours: Endpoint) => Promise<void>): Promise<void> {
  const ours = await new Endpoint().listen();
  try {
    await happen(ours);
  } finally {
    ours.close();
  }
}

async function withChild(child: Child, happen: (child: Child) => Promise<void>): Promise<void> {
  try {
    await happen(child);
  } finally {
    await child.stop();
  }
}

function sClient(port: number, suite: string, key: string, more: readonly string[] = []): Child {
  return new Child('s_client', 'openssl', [
    's_client', '-dtls1_2', '-quiet', '-psk', key, '-psk_identity', IDENTITY,
    '-cipher', `${suite}:@SECLEVEL=0`, '-connect', `${HOST}:${port}`, ...more,
  ]);
}

async function checkOpenssl(report: Report): Promise<void> {
  const peer = 'openssl s_client';
  for (const suite of PSK_SUITES) {
    await report.check(peer, `${suite.name}: ${RECORDS} records down, ${TURNS} up`, () =>
      withEndpoint((ours) => talk(ours, suite, [])));
  }
  const [ccm8] = PSK_SUITES as [Suite];
  await report.check(peer, 'takes records of 512 bytes at most, when it asked for that', () =>
    withEndpoint((ours) => talk(ours, ccm8, ['-maxfraglen', '512'])));
  await report.check(peer, 'gets through although one datagram in five is lost', () =>
    withEndpoint(async (ours) => {
      ours.isLossy = true;
      await withChild(sClient(ours.port, nameOf(ccm8), KEY_HEX), async () => {
        await ours.next('established');
      });
    }));
  await report.check(peer, 'with a wrong key is told, and the operator too', () =>
    withEndpoint(async (ours) => {
      await withChild(sClient(ours.port, nameOf(ccm8), WRONG_HEX), async (client) => {
        await client.line(/alert decrypt error/);
        assert.deepEqual(reasonOf(await ours.next('failed')), 'wrong key');
      });
    }));
  for (const suite of PSK_SUITES) {
    await report.check('openssl s_server', `${suite.name}: our client talks to it`, () =>
      withEndpoint((ours) => talkToServer(ours, suite)));
  }
}

async function talk(ours: Endpoint, suite: Suite, more: readonly string[]): Promise<void> {
  await withChild(sClient(ours.port, nameOf(suite), KEY_HEX, more), async (client) => {
    const { association } = await ours.next('established');
    assert.equal(association.suite, suite);
    for (let count = 0; count < TURNS; count++) {
      client.say(`up ${count}`);
      await until(`"up ${count}" is heard`, () => ours.heard.length > count || undefined);
    }
    assert.deepEqual(ours.heard, Array.from({ length: TURNS }, (_, count) => `up ${count}\n`));
    // So many at a time that no buffer of the system overflows.
    for (let count = 0; count < RECORDS; count++) {
      ours.layer.send(association, Buffer.from(`down ${count}\n`));
      if (count % 100 === 99) await client.line(new RegExp(`^down ${count}$`));
    }
    assert.equal(client.lines.filter((line) => /^down \d+$/.test(line)).length, RECORDS);
    await client.stop();
  });
}

async function talkToServer(ours: Endpoint, suite: Suite): Promise<void> {
  const port = await freePort();
  const server = new Child('s_server', 'openssl', [
    's_server', '-dtls1_2', '-quiet', '-nocert', '-psk', KEY_HEX, '-psk_hint', 'a hint',
    '-cipher', `${nameOf(suite)}:@SECLEVEL=0`, '-accept', `${HOST}:${port}`,
  ]);
  await withChild(server, async () => {
    ours.layer.connect(0, { host: HOST, port }, {
      psk: { identity: IDENTITY, key: Buffer.from(KEY) }, suites: [suite],
      connectionId: 'empty', hasExtendedMasterSecret: true,
    });
    const { association } = await ours.next('established');
    ours.layer.send(association, Buffer.from('up\n'));
    await server.line(/^up$/);
    server.say('down');
    await until('"down" is heard', () => ours.heard.includes('down\n') || undefined);
    ours.layer.end(association);
  });
}

async function checkGnutls(report: Report): Promise<void> {
  const peer = 'gnutls-cli';
  await report.check(peer, 'shakes hands and speaks', () => talkGnutls([]));
  await report.check(peer, 'whose ClientHello comes in fragments is understood', () =>
    talkGnutls(['--mtu', '200']));
}

async function talkGnutls(more: readonly string[]): Promise<void> {
  await withEndpoint(async (ours) => {
    const client = new Child('gnutls-cli', 'gnutls-cli', [
      '--udp', '--pskusername', IDENTITY, '--pskkey', KEY_HEX, '-p', String(ours.port),
      '--priority', 'NORMAL:-KX-ALL:+PSK:-VERS-ALL:+VERS-DTLS1.2', ...more, HOST,
    ]);
    await withChild(client, async () => {
      const { association } = await ours.next('established');
      client.say('up');
      await until('"up" is heard', () => ours.heard.includes('up\n') || undefined);
      ours.layer.send(association, Buffer.from('down\n'));
      await client.line(/down/);
    });
  });
}

async function checkCoap(report: Report, tool: string): Promise<void> {
  const ask = (port: number, key: string) => run(tool, [
    '-B', '5', '-u', IDENTITY, '-k', key, `coaps://${HOST}:${port}/3`,
  ], TOOL_MAX_MS);
  await report.check(tool, 'asks and is answered', () => withEndpoint(async (ours) => {
    ours.isCoap = true;
    assert.match((await ask(ours.port, KEY))?.output ?? '', /over DTLS/);
  }));
  await report.check(tool, 'with a wrong key is not', () => withEndpoint(async (ours) => {
    ours.isCoap = true;
    assert.doesNotMatch((await ask(ours.port, 'interop-secret-2'))?.output ?? '', /over DTLS/);
    assert.deepEqual(reasonOf(await ours.next('failed')), 'wrong key');
  }));
}

async function checkRawKeys(report: Report, tool: string, folder: string): Promise<void> {
  const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const file = join(folder, 'raw-public-key.pem');
  await writeFile(file, keys.privateKey.export({ type: 'sec1', format: 'pem' }).toString()
    + keys.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const ask = (ours: Endpoint) =>
    run(tool, ['-B', '5', '-M', file, `coaps://${HOST}:${ours.port}/3`], TOOL_MAX_MS);
  await report.check(tool, 'asks with a raw public key', () => withEndpoint(async (ours) => {
    ours.isCoap = true;
    ours.knownKey = keys.publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
    assert.match((await ask(ours))?.output ?? '', /over DTLS/);
    assert.equal((await ours.next('established')).association.identity, IDENTITY);
  }));
  await report.check(tool, 'with a raw public key that nobody knows is refused', () =>
    withEndpoint(async (ours) => {
      assert.doesNotMatch((await ask(ours))?.output ?? '', /over DTLS/);
      assert.deepEqual(reasonOf(await ours.next('failed')), 'unknown identity');
    }));
}

function nameOf({ name }: Suite): string {
  const known = OPENSSL_NAMES[name];
  assert(known !== undefined, `OpenSSL has a name for ${name}`);
  return known;
}

function reasonOf(event: DtlsEvent): string | undefined {
  return 'reason' in event ? event.reason : undefined;
}
