// Stories of suites with CBC: who gets them, and when the MAC is over the ciphertext (RFC 7366).

import { describe, expect, it, test } from 'vitest';
import {
  CBC, DEVICE, DtlsBench, IDENTITY, KEY, OLD_CBC, PROFILE, SERVER,
} from '../../sim/testing/dtls-bench.ts';
import { Alert } from './alerts.ts';
import { CID_LENGTH } from './association.ts';
import { ExtensionType } from './extensions.ts';
import type { ClientProfile } from './handshake.ts';
import {
  decodeClientHello, decodeServerHello, encodeMessage, encodeServerHello, HANDSHAKE_HEADER_LENGTH,
  HandshakeType,
} from './handshake-messages.ts';
import { ContentType, plainRecord, RECORD_HEADER_LENGTH } from './record.ts';
import { SUITES, SUITES_WITH_CBC } from './suites.ts';

const MESSAGE_AT = RECORD_HEADER_LENGTH;
const BODY_AT = MESSAGE_AT + HANDSHAKE_HEADER_LENGTH;

/** The body of the first message in a datagram of epoch 0. */
function bodyOf(datagram: Uint8Array): Uint8Array {
  const length = datagram[MESSAGE_AT + 2]! * 256 + datagram[MESSAGE_AT + 3]!;
  return datagram.subarray(BODY_AT, BODY_AT + length);
}

function extensionsOffered({ client }: DtlsBench): readonly number[] {
  const hello = decodeClientHello(bodyOf(client.sent[0]!.datagram));
  return hello.ok ? hello.value.extensions.types : [];
}

function extensionsAnswered({ server }: DtlsBench): readonly number[] {
  const { datagram } = server.sent.find((sent) =>
    sent.datagram[MESSAGE_AT] === HandshakeType.SERVER_HELLO)!;
  const hello = decodeServerHello(bodyOf(datagram));
  return hello.ok ? hello.value.extensions.types : [];
}

const formsOf = ({ client, server }: DtlsBench): boolean[] =>
  [client, server].map(({ association }) => association.isEncryptThenMac);

const { ENCRYPT_THEN_MAC } = ExtensionType;
const BOTH: ClientProfile = { ...PROFILE, suites: SUITES_WITH_CBC };

describe('suites with CBC', () => {
  it('are for servers that ask for them', () => {
    const { server } = DtlsBench.established(CBC, { server: { suites: SUITES } });
    expect(server.story).toEqual(['failed: no common suite']);
  });

  it('are taken when there is nothing better', () => {
    const { server } = DtlsBench.established({
      ...PROFILE, suites: [...SUITES_WITH_CBC].reverse(),
    });
    expect(server.association.suite).toBe(SUITES[0]);
  });

  it.for(['none', 'empty', 'own'] as const)(
    'have the MAC over the ciphertext, and after a session is gone on with too (%s)',
    (connectionId) => {
      for (const [profile, form] of [[CBC, true], [OLD_CBC, false]] as const) {
        const bench = DtlsBench.established({ ...profile, connectionId });
        expect(formsOf(bench)).toEqual([form, form]);
        bench.client.layer.end(bench.client.association);
        bench.run(100);
        bench.connect({ ...profile, connectionId });
        bench.run(1_000);
        expect(bench.server.events.at(-1)).toMatchObject({ kind: 'established', isResumed: true });
        expect(formsOf(bench)).toEqual([form, form]);
        bench.client.say('up');
        bench.run(100);
        bench.server.say('down');
        bench.run(100);
        expect([bench.server.heard, bench.client.heard]).toEqual([['up'], ['down']]);
      }
    });

  it('agree on it anew when a session is gone on with', () => {
    const bench = DtlsBench.established({ ...CBC, hasEncryptThenMac: false });
    bench.client.layer.end(bench.client.association);
    bench.run(100);
    bench.connect(CBC);
    bench.run(1_000);
    expect(bench.server.events.at(-1)).toMatchObject({ kind: 'established', isResumed: true });
    expect(formsOf(bench)).toEqual([true, true]);
  });

  it.for([
    ['encrypt-then-MAC', CBC], ['encrypt-then-MAC', { ...CBC, connectionId: 'none' }],
    ['MAC-then-encrypt', OLD_CBC], ['MAC-then-encrypt', { ...OLD_CBC, connectionId: 'none' }],
  ] as [string, ClientProfile][])('tell who has another key (%s)', ([, profile]) => {
    const { server, client } = DtlsBench.established({
      ...profile, psk: { identity: IDENTITY, key: KEY.with(0, 99) },
    });
    expect(server.story).toEqual(['failed: wrong key']);
    expect(client.events).toMatchObject([{ kind: 'failed', alert: Alert.DECRYPT_ERROR }]);
  });
});

describe('encrypt-then-MAC', () => {
  it.for([
    ['suites with CBC alone', CBC, true, true],
    ['suites with an AEAD alone', PROFILE, false, false],
    ['both, of which the server takes an AEAD', BOTH, true, false],
    ['a device that does not know it', OLD_CBC, false, false],
  ] as [string, ClientProfile, boolean, boolean][])(
    'is offered and answered with %s', ([, profile, isOffered, isAnswered]) => {
      const bench = DtlsBench.established(profile);
      expect(bench.server.story).toEqual(['established']);
      expect(extensionsOffered(bench).includes(ENCRYPT_THEN_MAC)).toBe(isOffered);
      expect(extensionsAnswered(bench).includes(ENCRYPT_THEN_MAC)).toBe(isAnswered);
    });

  it.for([
    ['not offered', OLD_CBC], ['of no use with an AEAD', BOTH],
  ] as [string, ClientProfile][])('is refused by a client if %s', ([, profile]) => {
    const bench = new DtlsBench();
    bench.network = (from, datagram) => {
      if (from === 'client' || datagram[MESSAGE_AT] !== HandshakeType.SERVER_HELLO) return [10];
      const decoded = decodeServerHello(bodyOf(datagram));
      if (!decoded.ok) return [];
      const hello = decoded.value;
      const body = encodeServerHello({
        ...hello, extensions: { ...hello.extensions, hasEncryptThenMac: true },
      });
      bench.client.layer.receive(0, SERVER, plainRecord(ContentType.HANDSHAKE, 1, encodeMessage({
        type: HandshakeType.SERVER_HELLO, sequence: 1, body,
      })));
      return [];
    };
    bench.connect(profile);
    bench.run(1_000);
    expect(bench.client.events)
      .toMatchObject([{ kind: 'failed', alert: Alert.UNSUPPORTED_EXTENSION }]);
  });
});

test.for([CBC, OLD_CBC])('records with CBC that were changed or cut are dropped in silence', (profile) => {
  const bench = DtlsBench.established(profile);
  const { server, client } = bench;
  client.say('up');
  const { datagram } = client.sent.at(-1)!;
  const lengthAt = RECORD_HEADER_LENGTH + CID_LENGTH - 2;
  const damaged = Array.from({ length: datagram.length - lengthAt - 2 }, (_, index) => {
    const at = lengthAt + 2 + index;
    const cut = datagram.slice(0, at);
    new DataView(cut.buffer).setUint16(lengthAt, index);
    return [datagram.with(at, datagram[at]! ^ 0x81), cut];
  }).flat();
  const sent = server.sent.length;
  for (const [index, bytes] of damaged.entries()) {
    server.layer.receive(0, DEVICE, bytes);
    expect(server.layer.counters.dropped).toBe(index + 1);
  }
  expect([server.sent.length, server.heard]).toEqual([sent, []]);
  server.layer.receive(0, DEVICE, datagram);
  server.layer.receive(0, DEVICE, datagram);
  expect([server.sent.length, server.heard]).toEqual([sent, ['up']]);
  expect(server.story).toEqual(['established']);
});

test('a record with CBC may have as many bytes as were agreed on, and a flight fits a datagram', () => {
  for (const profile of [CBC, OLD_CBC]) {
    const bench = DtlsBench.established({ ...profile, maxFragmentLength: 512 });
    bench.server.say('x'.repeat(512));
    bench.run(100);
    expect(bench.client.heard).toEqual(['x'.repeat(512)]);
    expect(() => bench.server.say('x'.repeat(513))).toThrow(/no longer/);
    for (const { datagram } of [...bench.client.sent, ...bench.server.sent]) {
      expect(datagram.length).toBeLessThanOrEqual(1_232);
    }
  }
});
