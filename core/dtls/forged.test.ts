// What somebody can do who writes the address of a client on his datagrams: nothing authenticates
// epoch 0, and so he may cost a flight, which the client says again. What he cannot is to get in.

import { describe, expect, it } from 'vitest';
import { DEVICE, DtlsBench, IDENTITY, PROFILE, RAW } from '../../sim/testing/dtls-bench.ts';
import type { ClientProfile } from './handshake.ts';
import { encodeFragment, HANDSHAKE_HEADER_LENGTH } from './handshake-messages.ts';
import { EARLY_RECORDS_MAX, VERDICT_DELAY } from './handshake-records.ts';
import { FRAGMENTS_MAX } from './reassembly.ts';
import { ContentType, parseRecord, plainRecord, RECORD_HEADER_LENGTH } from './record.ts';

const WITHOUT_CID: ClientProfile = { ...PROFILE, connectionId: 'none' };
const KEY_EXCHANGE_LENGTH = RECORD_HEADER_LENGTH + HANDSHAKE_HEADER_LENGTH + 2 + IDENTITY.length;
const CHANGE_CIPHER_SPEC_LENGTH = RECORD_HEADER_LENGTH + 1;

/** As long as a Finished, and readable for nobody. */
const FINISHED = Uint8Array.of(
  ContentType.HANDSHAKE, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 99, 0, 40, ...new Uint8Array(40));

/** A client whose flight with the key exchange somebody else takes the first time. */
function intercepted(
  profile: ClientProfile, type: number, take: (bench: DtlsBench, flight: Uint8Array) => void,
): DtlsBench {
  const bench = new DtlsBench();
  let isTaken = false;
  bench.network = (from, datagram) => {
    if (isTaken || from === 'server' || datagram[RECORD_HEADER_LENGTH] !== type) return [10];
    isTaken = true;
    take(bench, datagram);
    return [];
  };
  bench.connect(profile);
  bench.run(900);
  expect(isTaken).toBe(true);
  return bench;
}

/** What becomes of it when the client has said its flight again. */
function outcome(bench: DtlsBench): string[] {
  bench.run(2_000);
  return bench.server.story;
}

describe('a forged Finished', () => {
  it('before there are keys ends nothing, even if the true one is lost', () => {
    const bench = intercepted(WITHOUT_CID, 16, ({ server }, flight) => {
      server.layer.receive(0, DEVICE, FINISHED);
      const rest = KEY_EXCHANGE_LENGTH + CHANGE_CIPHER_SPEC_LENGTH;
      server.layer.receive(0, DEVICE, flight.slice(0, rest));
    });
    expect(outcome(bench)).toEqual(['established']);
  });

  it('between ChangeCipherSpec and a true one that is lost is taken for that of a wrong key', () => {
    const bench = intercepted(WITHOUT_CID, 16, ({ server }, flight) => {
      const rest = KEY_EXCHANGE_LENGTH + CHANGE_CIPHER_SPEC_LENGTH;
      server.layer.receive(0, DEVICE, flight.slice(0, rest));
      server.layer.receive(0, DEVICE, FINISHED);
    });
    bench.run(VERDICT_DELAY);
    expect(bench.server.story).toEqual(['failed: wrong key']);
  });

  it('takes no place for good from the true one, when that overtakes its flight', () => {
    const bench = intercepted(WITHOUT_CID, 16, ({ server }, flight) => {
      for (let count = 0; count < 3 * EARLY_RECORDS_MAX; count++) {
        server.layer.receive(0, DEVICE, FINISHED);
      }
      const rest = KEY_EXCHANGE_LENGTH + CHANGE_CIPHER_SPEC_LENGTH;
      server.layer.receive(0, DEVICE, flight.slice(rest));
      server.layer.receive(0, DEVICE, flight.slice(0, rest));
    });
    expect(bench.server.story).toEqual(['established']);
  });
});

describe('forged fragments', () => {
  /** The Certificate in two records, between which something is said. */
  function certificateCut(say: (bench: DtlsBench, parts: Uint8Array[]) => void): DtlsBench {
    return intercepted(RAW, 11, (bench, flight) => {
      const { to } = parseRecord(flight, 0, 5)!;
      const message = flight.slice(RECORD_HEADER_LENGTH, to);
      const length = message.length - HANDSHAKE_HEADER_LENGTH;
      const parts = [encodeFragment(message, 0, 40), encodeFragment(message, 40, length - 40)];
      say(bench, parts);
      bench.server.layer.receive(0, DEVICE, flight.slice(to));
    });
  }

  const say = ({ server }: DtlsBench, fragment: Uint8Array): void =>
    server.layer.receive(0, DEVICE, plainRecord(ContentType.HANDSHAKE, 50, fragment));

  it('in the place of a true one give way to it', () => {
    const bench = certificateCut((at, [first, second]) => {
      const forged = first!.slice().fill(0xee, HANDSHAKE_HEADER_LENGTH);
      for (const part of [forged, first!, second!]) say(at, part);
    });
    expect(bench.server.story).toEqual(['established']);
  });

  it('without number leave room for true ones', () => {
    const bench = certificateCut((at, [first, second]) => {
      // Of a message that is never said.
      const never = first!.slice();
      never[5]! += 4;
      for (let offset = 0; offset < 2 * FRAGMENTS_MAX; offset++) {
        never[8] = offset;
        never[3] = 255;
        say(at, never);
      }
      for (const part of [first!, second!]) say(at, part);
    });
    expect(bench.server.story).toEqual(['established']);
  });
});
