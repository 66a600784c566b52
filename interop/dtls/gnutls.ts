// GnuTLS's command line client as a peer.

import assert from 'node:assert/strict';
import { SUITES, type Suite } from '../../core/dtls/suites.ts';
import { Child } from '../child.ts';
import { HOST } from './endpoint.ts';
import {
  childTalker, exchange, LONG_IDENTITY, talk, talkingCells, withLine, type How, type TalkingPeer,
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

const client = clientWith(pskWords);

const bareClient = clientWith((how) => {
  const [word = '', priority, ...others] = pskWords(how);
  return ['--mtu', MTU, word, `${priority}:%NO_EXTENSIONS`, ...others];
});

const rawKeyClient = clientWith(() => ['--insecure', '--priority', RAW_KEYS]);

export const gnutls: Row = {
  name: 'GnuTLS gnutls-cli',
  missing: () => toolMissing('gnutls-cli', '--version'),
  cells: {
    ...talkingCells(client),
    fragments: yes(fragments, 'its ClientKeyExchange'),
    resumption: yes(resumption),
    connectionId: notApplicable('GnuTLS has no connection ids'),
    rawKey: yes(rawKey),
    certificate: NO_CERTIFICATES,
  },
};

async function fragments(): Promise<void> {
  await withLine(bareClient, { identity: LONG_IDENTITY }, async (line) => {
    await talk(bareClient, line, 1);
    assert.ok(line.proxy.fragments.up > 0, 'its ClientKeyExchange comes in fragments');
  });
}

async function resumption(): Promise<void> {
  await withLine(client, { more: ['--resume'] }, async (line) => {
    const { association, isResumed } = await line.ours.next('established', 1);
    assert.ok(isResumed);
    await exchange(client, line, association, 1);
  });
}

function rawKey(): Promise<void> {
  return withRawKey(async ({ point, privateFile, publicFile }) => {
    const more = ['--rawpkkeyfile', privateFile, '--rawpkfile', publicFile];
    await withLine(rawKeyClient, { more, clientKey: point }, (line) =>
      talk(rawKeyClient, line, 1));
    await withLine(rawKeyClient, { more }, async ({ ours }) => {
      assert.equal((await ours.next('failed')).reason, 'unknown identity');
    });
  });
}
