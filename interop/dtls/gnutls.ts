// GnuTLS's command line client and server as peers.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SUITES, type Suite } from '../../core/dtls/suites.ts';
import { Child } from '../child.ts';
import { HOST } from './endpoint.ts';
import {
  childTalker, exchange, LONG_IDENTITY, resumptionAt, talk, talkingCells, withLine, type How,
  type Talker, type TalkingPeer,
} from './line.ts';
import { NO_CERTIFICATES, notApplicable, toolMissing, yes, type Row } from './matrix.ts';
import { withRawKey } from './raw-key.ts';

/** How GnuTLS calls them. */
const CIPHERS: ReadonlyMap<string, string> = new Map([
  ['TLS_PSK_WITH_AES_128_CCM_8', 'AES-128-CCM-8'],
  ['TLS_PSK_WITH_AES_128_CCM', 'AES-128-CCM'],
  ['TLS_PSK_WITH_AES_128_GCM_SHA256', 'AES-128-GCM'],
]);
const RAW_KEYS = 'NORMAL:-VERS-ALL:+VERS-DTLS1.2:-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK';
const RAW_KEY_SUITE = 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM';
/** Its hello is shorter, without extensions. */
const MTU = '150';

function priorityOf(suite: Suite): string {
  return `NONE:+VERS-DTLS1.2:+COMP-NULL:+AEAD:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256:+PSK:+${
    CIPHERS.get(suite.name)}`;
}

function clientWith(wordsOf: (how: How) => readonly string[]): TalkingPeer {
  return {
    role: 'client',
    suites: SUITES.filter(({ name }) => CIPHERS.has(name)) as [Suite, ...Suite[]],
    start: (port, how) => childTalker(new Child('gnutls-cli', 'gnutls-cli', [
      '--udp', '-p', String(port), ...wordsOf(how), ...how.more, HOST,
    ])),
  };
}

function pskWords({ suite, identity, key }: How): string[] {
  return ['--priority', priorityOf(suite), '--pskusername', identity,
    '--pskkey', Buffer.from(key).toString('hex')];
}

const NO_CONNECTION_IDS = notApplicable('GnuTLS has no connection ids');

const client = clientWith(pskWords);

const bareClient = clientWith((how) => {
  const [word = '', priority, ...others] = pskWords(how);
  return ['--mtu', MTU, word, `${priority}:%NO_EXTENSIONS`, ...others];
});

const server: TalkingPeer = { role: 'echo server', suites: client.suites, start: startServer };

const rawKeyServer: TalkingPeer = {
  ...server, suites: SUITES.filter(({ name }) => name === RAW_KEY_SUITE) as [Suite],
};

const rawKeyClient = clientWith(() => ['--insecure', '--priority', RAW_KEYS]);

export const gnutlsClient: Row = {
  name: 'GnuTLS gnutls-cli',
  missing: () => toolMissing('gnutls-cli', '--version'),
  cells: {
    ...talkingCells(client),
    fragments: yes(fragmentsOfClient, 'its ClientKeyExchange'),
    resumption: yes(resumptionOfClient),
    connectionId: NO_CONNECTION_IDS,
    rawKey: yes(rawKeyOfClient),
    certificate: NO_CERTIFICATES,
  },
};

export const gnutlsServer: Row = {
  name: 'GnuTLS gnutls-serv',
  missing: () => toolMissing('gnutls-serv', '--version'),
  cells: {
    ...talkingCells(server),
    fragments: yes(fragmentsOfServer, 'its ServerKeyExchange'),
    resumption: yes(() => resumptionAt(server)),
    connectionId: NO_CONNECTION_IDS,
    rawKey: yes(rawKeyOfServer),
    certificate: NO_CERTIFICATES,
  },
};

/** One line to the file of passwords: who, as hexadecimal since a colon ends it, and the key. */
async function startServer(port: number, { suite, identity, key, more }: How): Promise<Talker> {
  const folder = await mkdtemp(join(tmpdir(), 'flownexus-dtls-'));
  const passwords = join(folder, 'passwords');
  await writeFile(passwords,
    `#${Buffer.from(identity).toString('hex')}:${Buffer.from(key).toString('hex')}\n`);
  const child = new Child('gnutls-serv', 'gnutls-serv', [
    '--udp', '--echo', '-p', String(port), '--pskpasswd', passwords,
    '--priority', suite.keyExchange === 'PSK' ? priorityOf(suite) : RAW_KEYS, ...more,
  ]);
  await child.line(/listening on IPv4/);
  return {
    say: () => assert.fail('it says nothing by itself'),
    heard: () => child.lines.flatMap((line) => /command: (told \d+)$/.exec(line)?.[1] ?? []),
    async stop() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function fragmentsOfClient(): Promise<void> {
  await withLine(bareClient, { identity: LONG_IDENTITY }, async (line) => {
    await talk(bareClient, line, 1);
    assert.ok(line.proxy.fragments.up > 0, 'its ClientKeyExchange comes in fragments');
  });
}

async function resumptionOfClient(): Promise<void> {
  await withLine(client, { more: ['--resume'] }, async (line) => {
    const { association, isResumed } = await line.ours.next('established', 1);
    assert.ok(isResumed);
    await exchange(client, line, association, 1);
  });
}

function rawKeyOfClient(): Promise<void> {
  return withRawKey(async ({ point, privateFile, publicFile }) => {
    const more = ['--rawpkkeyfile', privateFile, '--rawpkfile', publicFile];
    await withLine(rawKeyClient, { more, clientKey: point }, (line) =>
      talk(rawKeyClient, line, 1));
    await withLine(rawKeyClient, { more }, async ({ ours }) => {
      assert.equal((await ours.next('failed')).reason, 'unknown identity');
    });
  });
}

async function fragmentsOfServer(): Promise<void> {
  const more = ['--mtu', MTU, '--pskhint', 'hint '.repeat(50)];
  await withLine(server, { more }, async (line) => {
    await talk(server, line, 1);
    assert.ok(line.proxy.fragments.down > 0, 'its ServerKeyExchange comes in fragments');
  });
}

function rawKeyOfServer(): Promise<void> {
  return withRawKey(async ({ point, privateFile, publicFile }) => {
    const more = ['--rawpkkeyfile', privateFile, '--rawpkfile', publicFile];
    await withLine(rawKeyServer, { more, serverKey: point }, (line) => talk(rawKeyServer, line, 1));
    // It shows another key than the one we know.
    await withLine(rawKeyServer, { more }, async ({ ours }) => {
      assert.equal((await ours.next('failed')).reason, 'unknown identity');
    });
  });
}
