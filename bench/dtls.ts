// What DTLS costs a server: records to and fro, and the memory of who sleeps; handshakes are in
// dtls-handshakes.ts. Each with what node:crypto alone takes for the same, since nothing of ours
// can be faster than that.

import type { Association } from '../core/dtls/association.ts';
import { LAST_FLIGHT_LIFETIME } from '../core/dtls/handshake.ts';
import type { DtlsLayer } from '../core/dtls/layer.ts';
import { exportAssociation } from '../core/dtls/stored.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import type { Aead, Crypto, Secrets } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import { best, KEY, SERVER, Site, SLEEPERS } from './dtls-site.ts';
import { figure, type Figure, type Options } from './result.ts';

const RECORD_BYTES = 100;
const CCM_8_AEAD: Aead = { algorithm: 'aes-128-ccm', tagLength: 8 };
const RECORDS = 20_000;

/** Records of a device with a connection id, opened by the server: each once, as it must be. */
export function dtlsOpen({ isQuick }: Options): Figure {
  const count = isQuick ? RECORDS / 10 : RECORDS;
  const crypto = new NodeCrypto();
  const { site, client, association } = pair(crypto);
  const [kept] = [...site.server.live()];
  assert(kept !== undefined, 'it lives');
  const stored = exportAssociation(kept);
  const plaintext = new Uint8Array(RECORD_BYTES);
  for (let index = 0; index < count; index++) client.send(association, plaintext);
  const records = site.takeWaiting();
  const [ours, bare] = best(count, [
    () => {
      const again = new Site(crypto);
      assert(again.server.import(stored) !== undefined, 'there is room');
      for (const record of records) again.server.receive(0, SERVER, record);
      assert(again.heard === count, 'all were opened');
    },
    bareOpen(crypto, count),
  ]);
  return figure('dtls.open', ours, 'records/s', { reference: bare });
}

export function dtlsSeal({ isQuick }: Options): Figure {
  const count = isQuick ? RECORDS / 10 : RECORDS;
  const crypto = new NodeCrypto();
  const { site } = pair(crypto);
  const [association] = [...site.server.live()];
  assert(association !== undefined, 'it lives');
  const plaintext = new Uint8Array(RECORD_BYTES);
  const { secrets, target } = bareSecrets();
  const [ours, bare] = best(count, [
    () => {
      for (let index = 0; index < count; index++) site.server.send(association, plaintext);
      site.dropReplies();
    },
    () => {
      for (let index = 0; index < count; index++) {
        crypto.seal(CCM_8_AEAD, secrets, plaintext, target, 0);
      }
    },
  ]);
  return figure('dtls.seal', ours, 'records/s', { reference: bare });
}

function pair(crypto: Crypto): {
  site: Site; client: DtlsLayer; association: Association;
} {
  const site = new Site(crypto);
  const client = site.connect(crypto, 0);
  const [association] = site.associations;
  assert(association !== undefined, 'the handshake came to its end');
  return { site, client, association };
}

function bareSecrets(): { secrets: Secrets; target: Uint8Array } {
  const secrets = {
    key: KEY, nonce: new Uint8Array(12), additional: new Uint8Array(28),
  };
  return { secrets, target: new Uint8Array(RECORD_BYTES + CCM_8_AEAD.tagLength) };
}

function bareOpen(crypto: Crypto, count: number): () => void {
  const { secrets, target } = bareSecrets();
  crypto.seal(CCM_8_AEAD, secrets, new Uint8Array(RECORD_BYTES), target, 0);
  return () => {
    for (let index = 0; index < count; index++) {
      assert(crypto.open(CCM_8_AEAD, secrets, target) !== undefined, 'it is authentic');
    }
  };
}

/** Idle: their handshakes are over, and what could have had to be repeated is let go. */
export function dtlsAssociationBytes({ isQuick }: Options): Figure {
  const collect = globalThis.gc;
  assert(collect !== undefined, 'run with --expose-gc, as npm run bench does');
  const count = isQuick ? SLEEPERS / 10 : SLEEPERS;
  const crypto = new NodeCrypto();
  const site = new Site(crypto);
  collect();
  const before = process.memoryUsage();
  for (let index = 0; index < count; index++) {
    site.connect(crypto, index);
    site.datagrams.length = 0;
    site.associations.length = 0;
    site.clock.runUntil(site.clock.now() + 100);
  }
  site.clock.runUntil(site.clock.now() + 2 * LAST_FLIGHT_LIFETIME);
  site.forgetClient();
  collect();
  collect();
  const after = process.memoryUsage();
  const { associations, handshakes, sessions } = site.server.sizes();
  assert(associations === count && handshakes === 0, 'all of them sleep');
  const heap = after.heapUsed - before.heapUsed;
  const external = after.external - before.external;
  return figure('dtls.association.bytes', (heap + external) / count, 'bytes', {
    notes: [
      `heap ${Math.round(heap / count)}, external ${Math.round(external / count)}; `
      + `${sessions} sessions to resume are in it`,
    ],
  });
}
