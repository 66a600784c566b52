// Records that were cut, and records that come again: at every length, for every suite, with
// connection ids and without, with CBC in both orders of encryption and MAC. None is heard, none is
// answered, and the whole one is heard once behind all of them.

import { afterAll, describe, expect, it } from 'vitest';
import { announce } from '../../scripts/long-form.ts';
import {
  CERTIFIED, DEVICE, DtlsBench, PROFILE, RAW, SERVER, type DtlsEnd,
} from '../../sim/testing/dtls-bench.ts';
import { recordsOf } from '../../sim/testing/dtls-told.ts';
import { CID_LENGTH } from './association.ts';
import type { ClientProfile } from './handshake.ts';
import { parseRecord } from './record.ts';
import { SUITES_WITH_CBC } from './suites.ts';

const TEXT = 'x'.repeat(37);
const LATER = 'y';

const CASES = SUITES_WITH_CBC.flatMap((suite) => {
  const forms = suite.aead === undefined ? [true, false] : [undefined];
  const shown = suite.keyExchange === 'ECDHE_ECDSA' ? [RAW, CERTIFIED] : [PROFILE];
  return forms.flatMap((hasEncryptThenMac) => shown.flatMap((base: ClientProfile) =>
    (['none', 'own'] as const).map((connectionId) => ({
      name: `${suite.name}${base === CERTIFIED ? ', X.509' : ''}, connection id: ${connectionId}`
        + (hasEncryptThenMac === false ? ', MAC-then-encrypt' : ''),
      profile: { ...base, suites: [suite], connectionId, hasEncryptThenMac } as ClientProfile,
    }))));
});

const counts = { cut: 0, replayed: 0, handshakes: 0 };

afterAll(() => announce(`records that were cut: ${counts.cut}, replayed: ${counts.replayed}, with `
  + `${CASES.length} suites and forms; ${counts.handshakes} datagrams of handshakes cut before `
  + 'they came whole'));

/** The first bytes of it, as they are and with a length that says so. */
function cutsOf(record: Uint8Array): Uint8Array[] {
  const { from } = parseRecord(record, 0, CID_LENGTH)!;
  return Array.from(record.keys()).flatMap((length) => {
    const cut = record.slice(0, length);
    if (length < from) return [cut];
    const honest = cut.slice();
    new DataView(honest.buffer).setUint16(from - 2, length - from);
    return [cut, honest];
  });
}

describe.for(CASES)('records ($name)', ({ profile }) => {
  const ends = (bench: DtlsBench) => [
    { to: bench.server, by: bench.client, from: DEVICE },
    { to: bench.client, by: bench.server, from: SERVER },
  ];

  /** Nothing came of it: no answer, no event, nothing that was heard. */
  function expectSilence(end: DtlsEnd, act: () => void): void {
    const { sent, heard, events } = end;
    const before = sent.length + heard.length + events.length;
    act();
    // None of them ever grows shorter.
    expect(sent.length + heard.length + events.length).toBe(before);
  }

  it('that are cut anywhere are dropped in silence, and the whole one is heard once', () => {
    const bench = DtlsBench.established(profile);
    expect(bench.server.association.suite).toBe(profile.suites[0]);
    expect(bench.server.association.isEncryptThenMac).toBe(profile.hasEncryptThenMac === true);
    bench.network = () => [];
    for (const { to, by, from } of ends(bench)) {
      by.say(TEXT);
      const record = by.sent.at(-1)!.datagram;
      const cuts = cutsOf(record);
      for (const cut of cuts) expectSilence(to, () => to.layer.receive(0, from, cut));
      counts.cut += cuts.length;
      to.layer.receive(0, from, record);
      expect(to.heard).toEqual([TEXT]);
      expectSilence(to, () => to.layer.receive(0, from, record));
      expect(to.association.isLive).toBe(true);
    }
  });

  it('that come again are dropped in silence, soon and long after, and cut again too', () => {
    const bench = DtlsBench.established(profile);
    bench.network = () => [];
    for (const { to, by, from } of ends(bench)) {
      const records = Array.from({ length: 80 }, () => {
        by.say(LATER);
        return by.sent.at(-1)!.datagram;
      });
      for (const record of records) {
        to.layer.receive(0, from, record);
        expectSilence(to, () => to.layer.receive(0, from, record));
      }
      expect(to.heard).toHaveLength(records.length);
      // In the window and before it.
      for (const record of [...records, ...records.toReversed()]) {
        expectSilence(to, () => to.layer.receive(0, from, record));
        counts.replayed++;
      }
      for (const cut of cutsOf(records[60]!)) {
        expectSilence(to, () => to.layer.receive(0, from, cut));
      }
    }
  });

  it('of the handshake may be cut anywhere before they come whole', () => {
    const bench = new DtlsBench();
    bench.network = (from, datagram) => {
      const [end, address] = from === 'client' ? [bench.server, DEVICE] as const
        : [bench.client, SERVER] as const;
      // A datagram that is cut within its last record; what is before that is whole, and comes
      // again at once. With another length it would be forged.
      const last = recordsOf(datagram).at(-1)!;
      for (let length = datagram.length - last.length; length < datagram.length; length++) {
        counts.handshakes++;
        end.layer.receive(0, address, datagram.slice(0, length));
      }
      return [10];
    };
    bench.connect(profile);
    bench.run(1_000);
    expect([bench.server.story, bench.client.story]).toEqual([['established'], ['established']]);
  });
});
