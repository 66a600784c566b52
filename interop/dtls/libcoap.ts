// libcoap's clients over OpenSSL and over GnuTLS as peers. They say nothing but requests, so what
// is counted are the records of one body in blocks (RFC 7959), and notifications.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blockOf, blockOption, offsetOf, sizeOf } from '../../core/coap/block.ts';
import { decodeMessage, encodeMessage } from '../../core/coap/codec.ts';
import {
  ACK, Code, NON, OptionNumber, type Message, type Type,
} from '../../core/coap/message.ts';
import { uintOptionOf } from '../../core/coap/options.ts';
import type { Association } from '../../core/dtls/association.ts';
import type { FailureReason } from '../../core/dtls/handshake.ts';
import { SUITES_WITH_CBC } from '../../core/dtls/suites.ts';
import { Child, run } from '../child.ts';
import { LossyProxy, NO_LOSS, type Loss } from '../lossy-proxy.ts';
import { withCast, type Authority, type Party } from './certificates.ts';
import {
  HOST, IDENTITY, KEY, WRONG_KEY, type Endpoint, type EndpointOptions,
} from './endpoint.ts';
import { childTalker, flow, LOSS, RECORDS, withEndpoint, withFolder } from './line.ts';
import { notApplicable, TOOL_MAX_MS, toolMissing, yes, type Cell, type Row } from './matrix.ts';
import { withRawKey } from './raw-key.ts';

/** SZX 0. */
const BLOCK_LENGTH = 16;
/** It has no option for them and offers all that its library has: we have few. */
const CBC_SUITES = SUITES_WITH_CBC.filter(({ aead }) => aead === undefined);

export const libcoapOpenssl = rowOf('coap-client-openssl', 'libcoap over OpenSSL',
  notApplicable('OpenSSL has raw public keys from 3.2 on, Debian has 3.0'));

export const libcoapGnutls = rowOf('coap-client-gnutls', 'libcoap over GnuTLS',
  yes(() => rawKey('coap-client-gnutls')));

function rowOf(tool: string, name: string, rawKeyCell: Cell): Row {
  return {
    name,
    missing: () => toolMissing(tool, '-h'),
    cells: {
      psk: yes(() => fetchBody(tool, 1), 'CCM_8'),
      records: yes(() => fetchBody(tool, RECORDS), 'blocks of one body'),
      loss: yes(() => notify(tool), 'notifications'),
      wrongKey: yes(() => wrongKey(tool)),
      cbc: yes(() => fetchBody(tool, 1, { ourSuites: CBC_SUITES }), 'with a PSK'),
      x25519: notApplicable('there is no option for groups'),
      fragments: notApplicable('there is no option for the MTU'),
      resumption: notApplicable('each run shakes hands once and keeps nothing'),
      connectionId: notApplicable('libcoap 4.3.1 has no connection ids'),
      rawKey: rawKeyCell,
      certificate: yes(() => certificates(tool), 'but its client takes what has expired'),
    },
  };
}

/** A request to ours through a proxy; gives the body. */
async function request(
  tool: string, port: number, words: readonly string[],
): Promise<string> {
  return withFolder(async (folder) => {
    const file = join(folder, 'body');
    await run(tool, ['-B', '60', '-b', String(BLOCK_LENGTH), '-o', file, ...words,
      `coaps://${HOST}:${port}/body`], TOOL_MAX_MS);
    return readFile(file, 'utf8').catch(() => '');
  });
}

function withPsk(key: string): string[] {
  return ['-u', IDENTITY, '-k', key];
}

/** The whole body arrives, and each request for a part of it. */
async function fetchBody(
  tool: string, blocks: number, options: EndpointOptions = {},
): Promise<void> {
  await withServer(NO_LOSS, options, async (ours, proxy) => {
    const body = bodyOf(blocks);
    serve(ours, body);
    assert.equal(await request(tool, proxy.port, withPsk(KEY)), body);
    assert.equal(ours.heard.length, blocks);
    assert.deepEqual(proxy.records, {
      up: { passed: blocks, lost: 0 }, down: { passed: blocks, lost: 0 },
    });
  });
}

/** What is lost of requests comes again after seconds, of notifications that are NON never. */
async function notify(tool: string): Promise<string> {
  return withServer(LOSS, {}, async (ours, proxy) => {
    let token: Uint8Array = new Uint8Array(0);
    const tell = (association: Association, type: Type, mid: number, line: string): void => {
      ours.layer.send(association, encodeMessage({
        type, code: Code.CONTENT, mid, token,
        options: [uintOptionOf(OptionNumber.OBSERVE, mid)], payload: Buffer.from(line),
      }));
    };
    ours.onHeard = (association, content) => {
      const asked = messageOf(content);
      ({ token } = asked);
      tell(association, ACK, asked.mid, 'begun');
    };
    const client = new Child(tool, tool, [
      '-s', '60', '-w', ...withPsk(KEY), `coaps://${HOST}:${proxy.port}/lines`,
    ]);
    try {
      await client.line(/begun/);
      const { association } = await ours.next('established');
      let mid = 0;
      return await flow(proxy, 'down', RECORDS, 'told', {
        say: (line) => tell(association, NON, mid++, line),
        heard: childTalker(client).heard,
      });
    } finally {
      await client.stop();
    }
  });
}

async function withServer<Outcome>(
  loss: Loss, options: EndpointOptions,
  happen: (ours: Endpoint, proxy: LossyProxy) => Promise<Outcome>,
): Promise<Outcome> {
  return withEndpoint(options, async (ours) => {
    const proxy = await LossyProxy.to(ours.port, loss);
    try {
      return await happen(ours, proxy);
    } finally {
      proxy.close();
    }
  });
}

/** Each block is another. */
function bodyOf(blocks: number): string {
  return Array.from({ length: blocks }, (_, number) =>
    `block ${number}`.padEnd(BLOCK_LENGTH - 1) + '\n').join('');
}

/** Lets it answer each request with the block that is asked for. */
function serve(ours: Endpoint, body: string): void {
  ours.onHeard = (association, content) => {
    const asked = messageOf(content);
    const block = blockOf(asked, OptionNumber.BLOCK2);
    assert(typeof block === 'object', 'it asks for a block');
    const from = offsetOf(block);
    const to = from + sizeOf(block.szx);
    ours.layer.send(association, encodeMessage({
      type: ACK, code: Code.CONTENT, mid: asked.mid, token: asked.token,
      options: [blockOption(OptionNumber.BLOCK2, { ...block, more: to < body.length })],
      payload: Buffer.from(body.slice(from, to)),
    }));
  };
}

function messageOf(content: Uint8Array): Message {
  const decoded = decodeMessage(content);
  assert(decoded.ok, 'a message of CoAP');
  return decoded.value;
}

async function wrongKey(tool: string): Promise<void> {
  await withEndpoint({}, async (ours) => {
    serve(ours, bodyOf(1));
    assert.equal(await request(tool, ours.port, withPsk(WRONG_KEY)), '');
    assert.equal((await ours.next('failed')).reason, 'wrong key');
    assert.deepEqual(ours.heard, []);
  });
}

async function rawKey(tool: string): Promise<void> {
  await withRawKey(({ point, bothFile }) => withEndpoint({}, async (ours) => {
    const body = bodyOf(1);
    serve(ours, body);
    assert.equal(await request(tool, ours.port, ['-M', bothFile]), '');
    assert.equal((await ours.next('failed')).reason, 'unknown identity');
    assert.deepEqual(ours.heard, []);
    ours.clientKey = point;
    assert.equal(await request(tool, ours.port, ['-M', bothFile]), body);
    assert.equal((await ours.next('established')).association.identity, IDENTITY);
  }));
}

function certificates(tool: string): Promise<void> {
  return withCast(async ({ ours: trusted, theirs, devices, x509 }) => {
    const body = bodyOf(1);
    const ask = (by: Authority, own: Party | undefined, happen: Heard) =>
      withServer(NO_LOSS, { x509 }, async (ours, proxy) => {
        serve(ours, body);
        const words = own ? ['-c', own.file, '-j', own.keyFile] : [];
        await happen(ours, await request(tool, proxy.port, ['-C', by.file, ...words]));
      });
    await ask(trusted, devices.good, async (ours, got) => {
      const { association } = await ours.next('established');
      assert.deepEqual([got, association.identity, association.security],
        [body, IDENTITY, 'x509']);
    });
    const refused: readonly [Party | undefined, FailureReason][] = [
      [undefined, 'no certificate'], [devices.stranger, 'unknown authority'],
      [devices.expired, 'certificate expired'],
    ];
    for (const [party, reason] of refused) {
      await ask(trusted, party, async (ours, got) => {
        assert.equal(got, '');
        assert.equal((await ours.next('failed')).reason, reason);
      });
    }
    await ask(theirs, devices.good, async (ours, got) => {
      assert.deepEqual([got, [...ours.layer.live()]], ['', []]);
    });
  });
}

type Heard = (ours: Endpoint, got: string) => Promise<void>;
