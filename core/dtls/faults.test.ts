// Bad networks: whatever is lost, doubled, late or out of order, as long as something gets through
// both ends come to the same keys, and nothing is heard twice.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { toHex } from '../bytes.ts';
import { SeededRandom } from '../../sim/random.ts';
import {
  CBC, CERTIFIED, DtlsBench, PROFILE, RAW, SERVER, ZEPHYR, type DtlsEnd, type Fate,
} from '../../sim/testing/dtls-bench.ts';
import { CID_LENGTH } from './association.ts';
import type { ClientProfile } from './handshake.ts';
import { encodeFragment, HANDSHAKE_HEADER_LENGTH } from './handshake-messages.ts';
import { ContentType, parseRecord, plainRecord, RECORD_HEADER_LENGTH } from './record.ts';
import { keyBlockLengthOf } from './suites.ts';

/** What retransmissions make up for before anybody gives up. */
const LOSSES_MAX = 5;
const SAID = 5;

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 3, arbitrary: fc.constant([10]) },
  fc.nat(3_000).map((delay) => [delay]),
  fc.array(fc.nat(2_000), { minLength: 2, maxLength: 3 }),
);
const faults = fc.array(fate, { maxLength: 40 }).map((fates) => {
  let losses = 0;
  return fates.map((one) => one.length === 0 && ++losses > LOSSES_MAX ? [10] : one);
});
const profile: fc.Arbitrary<ClientProfile> = fc.record({
  connectionId: fc.constantFrom('none', 'empty', 'own'), hasExtendedMasterSecret: fc.boolean(),
  hasEncryptThenMac: fc.boolean(), suites: fc.constantFrom(PROFILE.suites, CBC.suites),
}).map((changes) => ({ ...PROFILE, ...changes }));

const keysOf = ({ association }: DtlsEnd): [string, string] => {
  const keys = toHex(association.exportKeys());
  const half = keyBlockLengthOf(association.suite);
  return [keys.slice(0, half), keys.slice(half, 2 * half)];
};

function expectBothAlive({ server, client }: DtlsBench): void {
  expect(client.story.at(-1)).toBe('established');
  expect(server.association.isLive).toBe(true);
  expect(keysOf(client)).toEqual(keysOf(server).reverse());
  expect(client.association.isEncryptThenMac).toBe(server.association.isEncryptThenMac);
  expect(client.association.identity).toBe(server.association.identity);
  expect(server.layer.sizes().associations).toBeGreaterThan(0);
}

/** Each said once, whatever the network made of it. */
function expectHeardOnce({ heard }: DtlsEnd): void {
  expect(new Set(heard).size).toBe(heard.length);
}

function recordsOf(datagram: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let start = 0; start < datagram.length;) {
    const { to } = parseRecord(datagram, start, CID_LENGTH)!;
    records.push(datagram.slice(start, to));
    start = to;
  }
  return records;
}

/** The one message of a record, in records of so many bytes of it. */
function piecesOf(record: Uint8Array, length: number): Uint8Array[] {
  const message = record.slice(RECORD_HEADER_LENGTH);
  const whole = message.length - HANDSHAKE_HEADER_LENGTH;
  // No more pieces than are held.
  const step = Math.max(length, Math.ceil(whole / 12));
  const count = Math.max(1, Math.ceil(whole / step));
  return Array.from({ length: count }, (_, index) => {
    const offset = index * step;
    const piece = encodeFragment(message, offset, Math.min(step, whole - offset));
    return plainRecord(ContentType.HANDSHAKE, 0, piece);
  });
}

function speak(bench: DtlsBench, word: string): void {
  bench.network = () => [10, 15, 10];
  for (let count = 0; count < SAID; count++) {
    bench.client.say(`up ${word} ${count}`);
    bench.server.say(`down ${word} ${count}`);
  }
  bench.run(10_000);
}

describe('over a bad network', () => {
  property.prop([profile, faults, fc.nat()], { numRuns: 300 })(
    'handshakes come to their end, also those that go on with a session',
    (chosen, fates, seed) => {
      const bench = new DtlsBench({ seed });
      bench.network = (_from, _datagram, index) => fates[index] ?? [10];
      bench.connect(chosen);
      bench.run(300_000);
      expectBothAlive(bench);
      speak(bench, 'first');
      const begun = bench.server.sent.length + bench.client.sent.length;
      bench.network = (_from, _datagram, index) => fates[index - begun] ?? [10];
      bench.connect(chosen);
      bench.run(300_000);
      expectBothAlive(bench);
      speak(bench, 'second');
      expectHeardOnce(bench.server);
      expectHeardOnce(bench.client);
      expect([bench.server.heard.length, bench.client.heard.length]).toEqual([2 * SAID, 2 * SAID]);
    });

  property.prop([fc.constantFrom(PROFILE, RAW, CERTIFIED), fc.integer({ min: 1, max: 40 }), fc.nat()], {
    numRuns: 60,
  })('messages in pieces of any length and order are put together', (chosen, length, seed) => {
    const bench = new DtlsBench({ seed });
    const random = new SeededRandom(seed, 'pieces');
    bench.network = (from, datagram, index) => {
      // No ClientHello: who has shown no cookie is not put together.
      const records = recordsOf(datagram).flatMap((record) =>
        record[0] === 22 && record[4] === 0 && record[13] !== 1 ? piecesOf(record, length)
          : [record]);
      for (const record of records) {
        const delay = index > 3 ? random.below(400) : 10;
        bench.clock.schedule(bench.clock.now() + delay, { onDue: () => {
          if (from === 'client') bench.server.layer.receive(0, bench.device, record);
          else bench.client.layer.receive(0, SERVER, record);
        } });
      }
      return [];
    };
    bench.connect(chosen);
    bench.run(300_000);
    expectBothAlive(bench);
  });

  property.prop([faults], { numRuns: 100 })('everything replayed later is heard by nobody',
    (fates) => {
      const bench = new DtlsBench();
      bench.network = (_from, _datagram, index) => fates[index] ?? [10];
      bench.connect(ZEPHYR);
      bench.run(300_000);
      speak(bench, 'x');
      const [heardUp, heardDown] = [[...bench.server.heard], [...bench.client.heard]];
      const events = bench.server.events.length;
      const { sent } = bench.client;
      for (const { datagram } of [...sent, ...sent]) {
        bench.server.layer.receive(0, bench.device, datagram);
      }
      for (const { datagram } of bench.server.sent.slice()) {
        bench.client.layer.receive(0, { host: '192.0.2.1', port: 5684 }, datagram);
      }
      bench.run(1_000);
      expect(bench.server.heard).toEqual(heardUp);
      expect(bench.client.heard).toEqual(heardDown);
      // A Finished that was lost may count once more, and says nothing.
      const later = bench.server.events.slice(events)
        .filter(({ kind }) => kind !== 'failed' && kind !== 'reserved');
      expect(later).toEqual([]);
    });
});
