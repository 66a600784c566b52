// Scandium, the DTLS of the reference Java implementations, as a peer: one program of interop/java
// with as many clients as are opened.

import assert from 'node:assert/strict';
import { encodeRawPublicKey } from '../../core/dtls/raw-public-key.ts';
import { SUITES, type Suite } from '../../core/dtls/suites.ts';
import { Child } from '../child.ts';
import { buildJava } from '../java-client.ts';
import {
  exchange, LONG_IDENTITY, talk, talkingCells, withLine, type How, type Talker, type TalkingPeer,
} from './line.ts';
import { NO_CERTIFICATES, yes, type Row } from './matrix.ts';
import { withRawKey } from './raw-key.ts';

/** A hello fits, and a long identity does not. */
const MTU = 200;
/** RFC 7250 s3. */
const LIST_LENGTH = 3;
/** Records before the port changes, and after. */
const BEFORE_MOVE = 10;

const isOurs = ({ keyExchange }: Suite): boolean => keyExchange.endsWith('PSK');

const client: TalkingPeer = {
  role: 'client',
  suites: SUITES.filter(isOurs) as [Suite, ...Suite[]],
  start: (port, how) => open(port, how, pskWords(how)),
};

const rawKeyClient: TalkingPeer = {
  role: 'client',
  suites: SUITES.filter((suite) => !isOurs(suite)) as [Suite, ...Suite[]],
  start: (port, how) => open(port, how, [`server=${spkiOf(how.serverKey)}`]),
};

function pskWords({ identity, key }: How): string[] {
  return [`identity=${identity}`, `key=${Buffer.from(key).toString('hex')}`];
}

/** Without the length of the certificate message that it is in. */
function spkiOf(point: Uint8Array): string {
  return Buffer.from(encodeRawPublicKey(point).subarray(LIST_LENGTH)).toString('hex');
}

let starting: Promise<Child | string> | undefined;
let opened = 0;

/** The program, once it is built and started; the text says why there is none. */
function start(): Promise<Child | string> {
  starting ??= buildJava('ScandiumClient').then((parameters) =>
    typeof parameters === 'string' ? parameters : new Child('Scandium', 'java', parameters));
  return starting;
}

async function program(): Promise<Child> {
  const child = await start();
  assert(typeof child !== 'string', 'a row that is missing is not checked');
  return child;
}

async function open(port: number, { suite, more }: How, words: readonly string[]): Promise<Talker> {
  const child = await program();
  const name = ++opened;
  // Of a word that comes twice the last holds.
  const all = [`port=${port}`, `suite=${suite.name}`, 'cid=-1', ...words, ...more];
  child.say(`open ${name} ${all.join(' ')}`);
  const heard = new RegExp(`^heard ${name} (.*)$`);
  return {
    say: (line) => child.say(`say ${name} ${line}`),
    heard: () => child.lines.flatMap((line) => heard.exec(line)?.[1] ?? []),
    async stop() {
      child.say(`close ${name}`);
      await child.line(new RegExp(`^closed ${name}$`));
    },
  };
}

export const scandium: Row = {
  name: 'Scandium 4.0.0-M6',
  async missing() {
    const child = await start();
    return typeof child === 'string' ? child : undefined;
  },
  cells: {
    ...talkingCells(client),
    fragments: yes(fragments, 'its ClientKeyExchange'),
    resumption: yes(resumption),
    connectionId: yes(connectionId, 'its own empty, and of 4 bytes'),
    rawKey: yes(rawKey),
    certificate: NO_CERTIFICATES,
  },
};

async function fragments(): Promise<void> {
  const setting = { identity: LONG_IDENTITY, more: [`mtu=${MTU}`] };
  await withLine(client, setting, async (line) => {
    await talk(client, line, 1);
    assert.ok(line.proxy.fragments.up > 0, 'its ClientKeyExchange comes in fragments');
  });
}

async function resumption(): Promise<void> {
  await withLine(client, {}, async (line) => {
    // Only who has heard our Finished has a session to go on with.
    await talk(client, line, 1);
    (await program()).say(`resume ${opened}`);
    const { association, isResumed } = await line.ours.next('established', 1);
    assert.ok(isResumed);
    await exchange(client, line, association, 1);
  });
}

/** It is heard from another port in the midst of it, and answered there. */
async function connectionId(): Promise<void> {
  for (const length of [0, 4]) {
    await withLine(client, { more: [`cid=${length}`] }, async (line) => {
      const { association } = await line.ours.next('established');
      assert.equal(association.peerCid.length, length);
      await exchange(client, line, association, BEFORE_MOVE);
      const { port } = association.address;
      await line.proxy.move();
      await exchange(client, line, association, BEFORE_MOVE);
      assert.notEqual(association.address.port, port);
      assert.equal((await line.ours.next('moved')).from.port, port);
    });
  }
}

function rawKey(): Promise<void> {
  return withRawKey(async ({ point, privateKey, publicKey }) => {
    const own = publicKey.export({ type: 'spki', format: 'der' }).toString('hex');
    const secret = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('hex');
    const more = [`private=${secret}`, `public=${own}`];
    for (const suite of rawKeyClient.suites) {
      await withLine(rawKeyClient, { suite, more, clientKey: point }, async (line) => {
        await talk(rawKeyClient, line, 1);
        const [association] = line.ours.layer.live();
        assert.equal(association?.suite, suite);
      });
    }
    await withLine(rawKeyClient, { more }, async ({ ours }) => {
      assert.equal((await ours.next('failed')).reason, 'unknown identity');
    });
    // It knows its server by another key. We hear of it by an alert that nobody authenticates.
    await withLine(rawKeyClient, { more, clientKey: point, serverKey: point }, async ({ ours }) => {
      await (await program()).line(new RegExp(`^alert ${opened} (BAD|UNKNOWN|UNSUPPORTED)`));
      assert.deepEqual([...ours.layer.live()], []);
    });
  });
}
