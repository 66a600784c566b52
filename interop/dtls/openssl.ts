// OpenSSL's command line tools as peers, in both roles.

import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { SUITES, type Suite } from '../../core/dtls/suites.ts';
import { Child } from '../child.ts';
import { until } from '../until.ts';
import { HOST } from './endpoint.ts';
import {
  childTalker, exchange, resumptionAt, talk, talkingCells, withFolder, withLine, type How,
  type TalkingPeer,
} from './line.ts';
import { NO_CERTIFICATES, notApplicable, toolMissing, yes, type Row } from './matrix.ts';

/** How OpenSSL calls them. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['TLS_PSK_WITH_AES_128_CCM_8', 'PSK-AES128-CCM8'],
  ['TLS_PSK_WITH_AES_128_CCM', 'PSK-AES128-CCM'],
  ['TLS_PSK_WITH_AES_128_GCM_SHA256', 'PSK-AES128-GCM-SHA256'],
]);
const PSK_SUITES = SUITES.filter(({ name }) => NAMES.has(name)) as [Suite, ...Suite[]];
/** The least that it takes; 28 bytes of it are headers of IP and UDP. */
const MTU = '256';
/** Longer than that. */
const HINT = 'hint '.repeat(50);

const NO_CONNECTION_IDS = notApplicable('OpenSSL has no connection ids');
const NO_RAW_KEYS = notApplicable('OpenSSL has raw public keys from 3.2 on, Debian has 3.0');

function wordsOf({ suite, key }: How): string[] {
  return ['-dtls1_2', '-quiet', '-psk', Buffer.from(key).toString('hex'),
    '-cipher', `${NAMES.get(suite.name)}:@SECLEVEL=0`];
}

const client: TalkingPeer = {
  role: 'client',
  suites: PSK_SUITES,
  start: (port, how) => childTalker(new Child('s_client', 'openssl', [
    's_client', ...wordsOf(how), '-psk_identity', how.identity,
    '-connect', `${HOST}:${port}`, ...how.more,
  ])),
};

const server: TalkingPeer = {
  role: 'server',
  suites: PSK_SUITES,
  start: (port, how) => childTalker(new Child('s_server', 'openssl', [
    's_server', ...wordsOf(how), '-nocert', '-psk_identity', how.identity,
    '-accept', `${HOST}:${port}`, ...how.more,
  ])),
};

const isThere = (): Promise<string | undefined> => toolMissing('openssl', 'version');

export const opensslClient: Row = {
  name: 'OpenSSL s_client',
  missing: isThere,
  cells: {
    ...talkingCells(client),
    fragments: yes(fragmentsOfClient,
      'ours, in records of 512 bytes; its own fit the least MTU that it takes'),
    resumption: yes(resumptionOfClient),
    connectionId: NO_CONNECTION_IDS,
    rawKey: NO_RAW_KEYS,
    certificate: NO_CERTIFICATES,
  },
};

export const opensslServer: Row = {
  name: 'OpenSSL s_server',
  missing: isThere,
  cells: {
    ...talkingCells(server),
    fragments: yes(fragmentsOfServer, 'its ServerKeyExchange'),
    resumption: yes(() => resumptionAt(server)),
    connectionId: NO_CONNECTION_IDS,
    rawKey: NO_RAW_KEYS,
    certificate: NO_CERTIFICATES,
  },
};

/** RFC 6066 s4: what it asks for holds for all that we send. */
async function fragmentsOfClient(): Promise<void> {
  await withLine(client, { more: ['-maxfraglen', '512'] }, async (line) => {
    const { association } = await line.ours.next('established');
    assert.equal(association.plaintextMax, 512);
    await exchange(client, line, association, 1);
  });
}

async function fragmentsOfServer(): Promise<void> {
  await withLine(server, { more: ['-mtu', MTU, '-psk_hint', HINT] }, async (line) => {
    await talk(server, line, 1);
    assert.ok(line.proxy.fragments.down > 0, 'its ServerKeyExchange comes in fragments');
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
