// OpenSSL's command line tools as peers, in both roles.

import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { HandshakeType } from '../../core/dtls/handshake-messages.ts';
import { SUITES_WITH_CBC, type Suite } from '../../core/dtls/suites.ts';
import { Child } from '../child.ts';
import { until } from '../until.ts';
import {
  certificatesOfClient, certificatesOfServer, clientSetting, SERVER_NAME, serverSetting, withCast,
  type Cast, type CertificateWords,
} from './certificates.ts';
import { HOST } from './endpoint.ts';
import {
  childTalker, exchange, namesOf, resumptionAt, talk, talkInEach, talkingCells, withFolder,
  withLine, type How, type Setting, type TalkingPeer,
} from './line.ts';
import { notApplicable, toolMissing, yes, type Row } from './matrix.ts';

/** How OpenSSL calls them; it has none of those of RFC 8442. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['TLS_PSK_WITH_AES_128_CCM_8', 'PSK-AES128-CCM8'],
  ['TLS_PSK_WITH_AES_128_CCM', 'PSK-AES128-CCM'],
  ['TLS_PSK_WITH_AES_128_GCM_SHA256', 'PSK-AES128-GCM-SHA256'],
  ['TLS_PSK_WITH_AES_128_CBC_SHA256', 'PSK-AES128-CBC-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8', 'ECDHE-ECDSA-AES128-CCM8'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM', 'ECDHE-ECDSA-AES128-CCM'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'ECDHE-ECDSA-AES128-SHA256'],
]);
const KNOWN = SUITES_WITH_CBC.filter(({ name }) => NAMES.has(name));
const CBC_SUITES = KNOWN.filter(({ aead }) => aead === undefined);
/** The least that it takes; 28 bytes of it are headers of IP and UDP. */
const MTU = '256';
/** Longer than that. */
const HINT = 'hint '.repeat(50);
const LONG_NAME = `${'interop.'.repeat(20)}example`;

const CBC_NOTE = 'with a PSK and with certificates, with encrypt-then-MAC and without';
const NO_CONNECTION_IDS = notApplicable('OpenSSL has no connection ids');
// RFC 8422 s5.3 would have it so.
const NO_X25519 = notApplicable(
  'OpenSSL wants certificates on one of its groups too, and has no suites with ECDHE_PSK');
const NO_RAW_KEYS = notApplicable('OpenSSL has raw public keys from 3.2 on, Debian has 3.0');

function isPsk({ keyExchange }: Suite): boolean {
  return keyExchange === 'PSK';
}

function wordsOf({ suite, key, identity, hasEncryptThenMac, more }: How): string[] {
  const credential = isPsk(suite)
    ? ['-psk', Buffer.from(key).toString('hex'), '-psk_identity', identity]
    : [];
  return ['-dtls1_2', '-quiet', '-cipher', `${NAMES.get(suite.name)}:@SECLEVEL=0`, ...credential,
    ...(hasEncryptThenMac ? [] : ['-no_etm']), ...more];
}

const client: TalkingPeer = {
  role: 'client',
  suites: KNOWN.filter((suite) => isPsk(suite) && suite.aead) as [Suite, ...Suite[]],
  start: (port, how) => childTalker(new Child('s_client', 'openssl',
    ['s_client', '-connect', `${HOST}:${port}`, ...wordsOf(how)])),
};

const server: TalkingPeer = {
  role: 'server',
  suites: client.suites,
  start: (port, how) => childTalker(new Child('s_server', 'openssl', [
    's_server', '-accept', `${HOST}:${port}`, ...wordsOf(how),
    ...(isPsk(how.suite) ? ['-nocert'] : []),
  ])),
};

const certified = KNOWN.filter((suite) => !isPsk(suite) && suite.aead) as [Suite, ...Suite[]];
const certifiedClient = { ...client, suites: certified };
const certifiedServer = { ...server, suites: certified };

const clientWords: CertificateWords = (trusted, own) => [
  '-CAfile', trusted.file, '-verify_return_error', '-verify_hostname', SERVER_NAME,
  ...(own ? ['-cert', own.file, '-key', own.keyFile] : []),
];

const serverWords: CertificateWords = (trusted, own) => [
  '-CAfile', trusted.file, '-verify_return_error', '-Verify', '1',
  ...(own ? ['-cert', own.file, '-key', own.keyFile] : []),
];

type SettingOf = (cast: Cast) => Setting;
const settingOfClient: SettingOf = (cast) => clientSetting(cast, clientWords);
const settingOfServer: SettingOf = (cast) => serverSetting(cast, serverWords);

const isThere = (): Promise<string | undefined> => toolMissing('openssl', 'version');

export const opensslClient: Row = {
  name: 'OpenSSL s_client',
  missing: isThere,
  cells: {
    ...talkingCells(client),
    cbc: yes(() => cbc(client, settingOfClient), CBC_NOTE),
    x25519: NO_X25519,
    fragments: yes(fragmentsOfClient, 'its ClientHello and Certificate, ours in records of 512'),
    resumption: yes(resumptionOfClient),
    connectionId: NO_CONNECTION_IDS,
    rawKey: NO_RAW_KEYS,
    certificate: yes(() => certificatesOfClient(certifiedClient, clientWords),
      namesOf(certified)),
  },
};

export const opensslServer: Row = {
  name: 'OpenSSL s_server',
  missing: isThere,
  cells: {
    ...talkingCells(server),
    cbc: yes(() => cbc(server, settingOfServer), CBC_NOTE),
    x25519: NO_X25519,
    fragments: yes(fragmentsOfServer, 'its ServerKeyExchange'),
    resumption: yes(() => resumptionAt(server)),
    connectionId: NO_CONNECTION_IDS,
    rawKey: NO_RAW_KEYS,
    certificate: yes(() => certificatesOfServer(certifiedServer, serverWords),
      namesOf(certified)),
  },
};

/** Each suite with encrypt-then-MAC (RFC 7366) and without. */
function cbc(peer: TalkingPeer, settingOf: SettingOf): Promise<void> {
  return withCast(async (cast) => {
    for (const suite of CBC_SUITES) {
      const setting = isPsk(suite) ? {} : settingOf(cast);
      for (const hasEncryptThenMac of [true, false]) {
        await talkInEach(peer, [suite], { ...setting, hasEncryptThenMac });
      }
    }
  });
}

/** RFC 6066 s4: what it asks for holds for all that we send. */
async function fragmentsOfClient(): Promise<void> {
  await withLine(client, { more: ['-maxfraglen', '512'] }, async (line) => {
    const { association } = await line.ours.next('established');
    assert.equal(association.plaintextMax, 512);
    await exchange(client, line, association, 1);
  });
  await withCast(async (cast) => {
    const setting = settingOfClient(cast);
    const more = [...setting.more ?? [], '-mtu', MTU, '-servername', LONG_NAME];
    await withLine(certifiedClient, { ...setting, more }, async (line) => {
      await talk(certifiedClient, line, 1);
      for (const type of [HandshakeType.CLIENT_HELLO, HandshakeType.CERTIFICATE]) {
        assert.ok(line.proxy.fragments.up.has(type), `message ${type} comes in fragments`);
      }
    });
  });
}

async function fragmentsOfServer(): Promise<void> {
  await withLine(server, { more: ['-mtu', MTU, '-psk_hint', HINT] }, async (line) => {
    await talk(server, line, 1);
    assert.ok(line.proxy.fragments.down.has(HandshakeType.SERVER_KEY_EXCHANGE));
  });
}

function resumptionOfClient(): Promise<void> {
  return withFolder(async (folder) => {
    const file = join(folder, 'session');
    await withLine(client, { more: ['-sess_out', file] }, async (line) => {
      const { ours, proxy, talker, how } = line;
      await ours.next('established');
      await until('the session is kept', () => access(file).then(() => true, () => undefined));
      await talker.stop();
      const again = await client.start(proxy.port, { ...how, more: ['-sess_in', file] });
      try {
        const { association, isResumed } = await ours.next('established', 1);
        assert.ok(isResumed);
        await exchange(client, { ...line, talker: again }, association, 1);
      } finally {
        await again.stop();
      }
    });
  });
}
