// Scandium, the DTLS of the reference Java implementations, as a peer: one program of interop/java
// with as many clients as are opened.

import assert from 'node:assert/strict';
import { HandshakeType } from '../../core/dtls/handshake-messages.ts';
import { encodeRawPublicKey } from '../../core/dtls/raw-public-key.ts';
import { SUITES_WITH_CBC, type Suite } from '../../core/dtls/suites.ts';
import { writeKey } from '../../core/io/key-file.ts';
import { Child } from '../child.ts';
import { buildJava } from '../java-client.ts';
import {
  certificatesOfClient, clientSetting, withCast, type CertificateWords,
} from './certificates.ts';
import {
  exchange, LONG_IDENTITY, namesOf, talk, talkInEach, talkingCells, withLine, type How,
  type Line, type Talker, type TalkingPeer,
} from './line.ts';
import { yes, type Row } from './matrix.ts';
import { withRawKey, type RawKey } from './raw-key.ts';

/** A hello that asks for a session does not fit, and neither does a long identity. */
const MTU = 200;
/** RFC 7250 s3. */
const LIST_LENGTH = 3;
/** Records before the port changes, and after. */
const BEFORE_MOVE = 10;

const isPsk = ({ keyExchange }: Suite): boolean => keyExchange.endsWith('PSK');
const CBC_SUITES = SUITES_WITH_CBC.filter(({ aead }) => aead === undefined);

const client: TalkingPeer = {
  role: 'client',
  suites: SUITES_WITH_CBC.filter((suite) => isPsk(suite) && suite.aead) as [Suite, ...Suite[]],
  start: (port, how) => open(port, how, pskWords(how)),
};

const rawKeyClient: TalkingPeer = {
  role: 'client',
  suites: SUITES_WITH_CBC.filter((suite) => !isPsk(suite) && suite.aead) as [Suite, ...Suite[]],
  start: (port, how) => open(port, how, [`server=${spkiOf(how.serverKey)}`]),
};

const certifiedClient: TalkingPeer =
  { ...rawKeyClient, start: (port, how) => open(port, how, []) };

const certificateWords: CertificateWords = (trusted, own) => [
  `authority=${hexOf(trusted.certificate)}`,
  ...(own ? [`certificate=${hexOf(own.certificate)}`, `private=${hexOf(writeKey(own.keys).der)}`]
    : []),
];

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function pskWords({ identity, key }: How): string[] {
  return [`identity=${identity}`, `key=${hexOf(Buffer.from(key))}`];
}

/** Without the length of the certificate message that it is in. */
function spkiOf(point: Uint8Array): string {
  return hexOf(encodeRawPublicKey(point).subarray(LIST_LENGTH));
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
    cbc: yes(cbc, 'with a PSK, raw keys and certificates; it has no encrypt-then-MAC'),
    x25519: yes(x25519, 'with a PSK'),
    fragments: yes(fragments, 'its ClientHello that resumes, and ClientKeyExchange'),
    resumption: yes(resumption),
    connectionId: yes(connectionId, 'its own empty, and of 4 bytes'),
    rawKey: yes(rawKey, namesOf(rawKeyClient.suites)),
    certificate: yes(() => certificatesOfClient(certifiedClient, certificateWords),
      namesOf(certifiedClient.suites)),
  },
};

async function fragments(): Promise<void> {
  const setting = { identity: LONG_IDENTITY, more: [`mtu=${MTU}`] };
  await withLine(client, setting, async (line) => {
    await talk(client, line, 1);
    const { up } = line.proxy.fragments;
    assert.ok(up.has(HandshakeType.CLIENT_KEY_EXCHANGE));
    await resumed(line);
    assert.ok(up.has(HandshakeType.CLIENT_HELLO));
  });
}

async function resumption(): Promise<void> {
  await withLine(client, {}, async (line) => {
    // Only who has heard our Finished has a session to go on with.
    await talk(client, line, 1);
    await resumed(line);
  });
}

async function resumed(line: Line): Promise<void> {
  (await program()).say(`resume ${opened}`);
  const { association, isResumed } = await line.ours.next('established', 1);
  assert.ok(isResumed);
  await exchange(client, line, association, 1);
}

async function cbc(): Promise<void> {
  const [withPsk, withEcdsa] = [CBC_SUITES.filter(isPsk), CBC_SUITES.filter((s) => !isPsk(s))];
  await talkInEach(client, withPsk, { hasEncryptThenMac: false });
  await withRawKey((files) => talkInEach(rawKeyClient, withEcdsa,
    { more: wordsOf(files), clientKey: files.point, hasEncryptThenMac: false }));
  await withCast((cast) => talkInEach(certifiedClient, withEcdsa,
    { ...clientSetting(cast, certificateWords), hasEncryptThenMac: false }));
}

function x25519(): Promise<void> {
  const suites = client.suites.filter(({ keyExchange }) => keyExchange === 'ECDHE_PSK');
  return talkInEach(client, suites, { curve: 'x25519', more: ['group=X25519'] });
}

function wordsOf({ privateKey, publicKey }: RawKey): string[] {
  const own = publicKey.export({ type: 'spki', format: 'der' });
  const secret = privateKey.export({ type: 'pkcs8', format: 'der' });
  return [`private=${hexOf(secret)}`, `public=${hexOf(own)}`];
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
  return withRawKey(async (files) => {
    const { point } = files;
    const more = wordsOf(files);
    await talkInEach(rawKeyClient, rawKeyClient.suites, { more, clientKey: point });
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
