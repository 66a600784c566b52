// GnuTLS's command line client and server as peers.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HandshakeType } from '../../core/dtls/handshake-messages.ts';
import { SUITES_WITH_CBC, type Suite } from '../../core/dtls/suites.ts';
import type { NamedCurve } from '../../core/ports.ts';
import { Child } from '../child.ts';
import {
  certificatesOfClient, certificatesOfServer, clientSetting, SERVER_NAME, serverSetting, withCast,
  type CertificateWords,
} from './certificates.ts';
import { HOST } from './endpoint.ts';
import {
  childTalker, exchange, LONG_IDENTITY, namesOf, resumptionAt, talk, talkInEach, talkingCells,
  withLine, type How, type Setting, type Talker, type TalkingPeer,
} from './line.ts';
import { notApplicable, toolMissing, yes, type Row } from './matrix.ts';
import { withRawKey, type RawKey } from './raw-key.ts';

/** Behind `_WITH_`; how GnuTLS calls what protects records. */
const CIPHERS: ReadonlyMap<string, string> = new Map([
  ['AES_128_CCM_8', '+AES-128-CCM-8:+AEAD'],
  ['AES_128_CCM', '+AES-128-CCM:+AEAD'],
  ['AES_128_GCM_SHA256', '+AES-128-GCM:+AEAD'],
  ['AES_128_CBC_SHA256', '+AES-128-CBC:+SHA256'],
]);
const GROUPS: Readonly<Record<NamedCurve, string>> =
  { secp256r1: '+GROUP-SECP256R1', x25519: '+GROUP-X25519' };
/** Its hello, its ClientKeyExchange and its ServerKeyExchange are longer. */
const MTU = '100';

type Credential = 'psk' | 'raw key' | 'certificate';

/** RFC 8422 s2.2: how the key exchange is called, and what is shown in it. */
const EXCHANGES: Readonly<Record<Credential, string>> = {
  psk: '+PSK',
  'raw key': '+ECDHE-ECDSA:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK',
  certificate: '+ECDHE-ECDSA:+CTYPE-X509',
};

const [PSK_SUITES, ECDSA_SUITES] = (['PSK', 'ECDHE_ECDSA'] as const).map((name) =>
  SUITES_WITH_CBC.filter(({ keyExchange, aead }) => keyExchange === name && aead)) as
  [[Suite, ...Suite[]], [Suite, ...Suite[]]];
const CBC_SUITES = SUITES_WITH_CBC.filter(({ aead }) => aead === undefined);

function priorityOf({ suite, curve, hasEncryptThenMac }: How, credential: Credential): string {
  const cipher = CIPHERS.get(suite.name.replace(/^.*_WITH_/, ''));
  return `NONE:+VERS-DTLS1.2:+COMP-NULL:+SIGN-ECDSA-SHA256:${GROUPS[curve]}:${cipher}:${
    EXCHANGES[credential]}${hasEncryptThenMac ? '' : ':%NO_ETM'}`;
}

function clientWith(credential: Credential): TalkingPeer {
  const wordsOf = ({ identity, key }: How): string[] => credential === 'psk'
    ? ['--pskusername', identity, '--pskkey', Buffer.from(key).toString('hex')]
    // Of a raw key there is no authority that could be asked.
    : credential === 'raw key' ? ['--insecure'] : [];
  return {
    role: 'client',
    suites: credential === 'psk' ? PSK_SUITES : ECDSA_SUITES,
    start: (port, how) => childTalker(new Child('gnutls-cli', 'gnutls-cli', [
      '--udp', '-p', String(port), '--priority', priorityOf(how, credential), ...wordsOf(how),
      ...how.more, HOST,
    ])),
  };
}

function serverWith(credential: Credential): TalkingPeer {
  return {
    role: 'echo server', suites: credential === 'psk' ? PSK_SUITES : ECDSA_SUITES,
    start: (port, how) => startServer(port, how, priorityOf(how, credential)),
  };
}

const NO_CONNECTION_IDS = notApplicable('GnuTLS has no connection ids');

const client = clientWith('psk');
const rawKeyClient = clientWith('raw key');
const certifiedClient = clientWith('certificate');
const server = serverWith('psk');
const rawKeyServer = serverWith('raw key');
const certifiedServer = serverWith('certificate');

const clientWords: CertificateWords = (trusted, own) => [
  '--x509cafile', trusted.file, '--verify-hostname', SERVER_NAME,
  ...(own ? ['--x509certfile', own.file, '--x509keyfile', own.keyFile] : []),
];

const serverWords: CertificateWords = (trusted, own) => [
  '--x509cafile', trusted.file, '--require-client-cert', '--verify-client-cert',
  ...(own ? ['--x509certfile', own.file, '--x509keyfile', own.keyFile] : []),
];

const CBC_NOTE = 'with a PSK, raw keys and certificates, with encrypt-then-MAC and without';
// RFC 8422 s5.3: our key is on secp256r1, so its client has to offer that too, and is given it.
const NO_X25519 = notApplicable(
  'its ECDHE_PSK has no suite of ours, and with a key who offers X25519 alone is refused');

export const gnutlsClient: Row = {
  name: 'GnuTLS gnutls-cli',
  missing: () => toolMissing('gnutls-cli', '--version'),
  cells: {
    ...talkingCells(client),
    cbc: yes(cbcOfClient, CBC_NOTE),
    x25519: NO_X25519,
    fragments: yes(fragmentsOfClient, 'its ClientHello and ClientKeyExchange'),
    resumption: yes(resumptionOfClient),
    connectionId: NO_CONNECTION_IDS,
    rawKey: yes(rawKeyOfClient, namesOf(ECDSA_SUITES)),
    certificate: yes(() => certificatesOfClient(certifiedClient, clientWords),
      namesOf(ECDSA_SUITES)),
  },
};

export const gnutlsServer: Row = {
  name: 'GnuTLS gnutls-serv',
  missing: () => toolMissing('gnutls-serv', '--version'),
  cells: {
    ...talkingCells(server),
    cbc: yes(cbcOfServer, CBC_NOTE),
    x25519: yes(x25519OfServer, 'with raw keys'),
    fragments: yes(fragmentsOfServer, 'its ServerKeyExchange'),
    resumption: yes(() => resumptionAt(server)),
    connectionId: NO_CONNECTION_IDS,
    rawKey: yes(rawKeyOfServer, namesOf(ECDSA_SUITES)),
    certificate: yes(() => certificatesOfServer(certifiedServer, serverWords),
      namesOf(ECDSA_SUITES)),
  },
};

/** One line to the file of passwords: who, as hexadecimal since a colon ends it, and the key. */
async function startServer(
  port: number, { identity, key, more }: How, priority: string,
): Promise<Talker> {
  const folder = await mkdtemp(join(tmpdir(), 'flownexus-dtls-'));
  const passwords = join(folder, 'passwords');
  await writeFile(passwords,
    `#${Buffer.from(identity).toString('hex')}:${Buffer.from(key).toString('hex')}\n`);
  const child = new Child('gnutls-serv', 'gnutls-serv', [
    '--udp', '--echo', '-p', String(port), '--pskpasswd', passwords,
    '--priority', priority, ...more,
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

/** Each with encrypt-then-MAC (RFC 7366) and without. */
async function cbc(peers: readonly (readonly [TalkingPeer, Setting])[]): Promise<void> {
  for (const [peer, setting] of peers) {
    const [{ keyExchange }] = peer.suites;
    const suites = CBC_SUITES.filter((suite) => suite.keyExchange === keyExchange);
    for (const hasEncryptThenMac of [true, false]) {
      await talkInEach(peer, suites, { ...setting, hasEncryptThenMac });
    }
  }
}

function cbcOfClient(): Promise<void> {
  return withRawKey((rawKey) => withCast((cast) => cbc([
    [client, {}],
    [rawKeyClient, { more: filesOf(rawKey), clientKey: rawKey.point }],
    [certifiedClient, clientSetting(cast, clientWords)],
  ])));
}

function cbcOfServer(): Promise<void> {
  return withRawKey((rawKey) => withCast((cast) => cbc([
    [server, {}],
    [rawKeyServer, { more: filesOf(rawKey), serverKey: rawKey.point }],
    [certifiedServer, serverSetting(cast, serverWords)],
  ])));
}

function x25519OfServer(): Promise<void> {
  return withRawKey((rawKey) => talkInEach(rawKeyServer, ECDSA_SUITES.slice(0, 1),
    { more: filesOf(rawKey), serverKey: rawKey.point, curve: 'x25519' }));
}

function filesOf({ privateFile, publicFile }: RawKey): string[] {
  return ['--rawpkkeyfile', privateFile, '--rawpkfile', publicFile];
}

async function fragmentsOfClient(): Promise<void> {
  const setting = { identity: LONG_IDENTITY, more: ['--mtu', MTU] };
  await withLine(client, setting, async (line) => {
    await talk(client, line, 1);
    for (const type of [HandshakeType.CLIENT_HELLO, HandshakeType.CLIENT_KEY_EXCHANGE]) {
      assert.ok(line.proxy.fragments.up.has(type), `message ${type} comes in fragments`);
    }
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
  return withRawKey(async (rawKey) => {
    const more = filesOf(rawKey);
    await talkInEach(rawKeyClient, ECDSA_SUITES, { more, clientKey: rawKey.point });
    await withLine(rawKeyClient, { more }, async ({ ours }) => {
      assert.equal((await ours.next('failed')).reason, 'unknown identity');
    });
  });
}

async function fragmentsOfServer(): Promise<void> {
  const more = ['--mtu', MTU, '--pskhint', 'hint '.repeat(50)];
  await withLine(server, { more }, async (line) => {
    await talk(server, line, 1);
    assert.ok(line.proxy.fragments.down.has(HandshakeType.SERVER_KEY_EXCHANGE));
  });
}

function rawKeyOfServer(): Promise<void> {
  return withRawKey(async (rawKey) => {
    const more = filesOf(rawKey);
    await talkInEach(rawKeyServer, ECDSA_SUITES, { more, serverKey: rawKey.point });
    // It shows another key than the one we know.
    await withLine(rawKeyServer, { more }, async ({ ours }) => {
      assert.equal((await ours.next('failed')).reason, 'unknown identity');
    });
  });
}
