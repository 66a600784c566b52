// What server_name may say, and what becomes of it in handshakes (RFC 6066 s3).

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { encodeUtf8, fromHex, toHex } from '../bytes.ts';
import { DEVICE, DtlsBench, PROFILE } from '../../sim/testing/dtls-bench.ts';
import { Alert } from './alerts.ts';
import { decodeExtensions, encodeExtensions, NO_EXTENSIONS } from './extensions.ts';
import type { ClientProfile } from './handshake.ts';
import { decodeServerHello, HandshakeType } from './handshake-messages.ts';
import { HOST_NAME_LENGTH_MAX, hostNameOf } from './server-name.ts';

/** The extension with a list of entries, each a type and a text. */
function listOf(...entries: readonly (readonly [number, string])[]): string {
  const list = entries.map(([type, text]) => {
    const bytes = encodeUtf8(text);
    return toHex(Uint8Array.of(type, bytes.length >> 8, bytes.length, ...bytes));
  }).join('');
  const hex = (length: number) => length.toString(16).padStart(4, '0');
  return `0000${hex(list.length / 2 + 2)}${hex(list.length / 2)}${list}`;
}

const decoded = (hex: string) => decodeExtensions(fromHex(hex)!, 'client');

describe('server_name', () => {
  it.for([
    'a', 'lwm2m.example.org', 'LwM2M.Example.ORG', 'my_host-1', '192.0.2.1', '2001:db8::1',
    'x'.repeat(HOST_NAME_LENGTH_MAX),
  ])('may be %s', (name) => {
    expect(decoded(listOf([0, name])))
      .toMatchObject({ ok: true, value: { serverName: name.toLowerCase(), types: [0] } });
  });

  it.for<[string, string, number]>([
    ['no list', '00000000', Alert.DECODE_ERROR],
    ['an empty list', '000000020000', Alert.DECODE_ERROR],
    ['a list cut short', '000000050004000001', Alert.DECODE_ERROR],
    ['something behind the list', `${listOf([0, 'a']).replace('00000006', '00000007')}00`,
      Alert.DECODE_ERROR],
    ['an empty name', listOf([0, '']), Alert.DECODE_ERROR],
    ['two names', listOf([0, 'a'], [0, 'b']), Alert.ILLEGAL_PARAMETER],
    ['a name of another kind', listOf([1, 'a']), Alert.ILLEGAL_PARAMETER],
    ['a name with a dot at its end', listOf([0, 'a.']), Alert.ILLEGAL_PARAMETER],
    ['a name of nothing but dots', listOf([0, '..']), Alert.ILLEGAL_PARAMETER],
    ['a name with a zero', listOf([0, 'a\0b']), Alert.ILLEGAL_PARAMETER],
    ['a name beyond ASCII', listOf([0, 'ä']), Alert.ILLEGAL_PARAMETER],
    ['a name that is too long', listOf([0, 'x'.repeat(HOST_NAME_LENGTH_MAX + 1)]),
      Alert.ILLEGAL_PARAMETER],
  ])('is never %s', ([, hex, reason]) => {
    expect(decoded(hex)).toEqual({ ok: false, reason });
  });

  property.prop([fc.domain()])('is read as it was written', (name) => {
    const serverName = hostNameOf(name)!;
    const bytes = encodeExtensions({ ...NO_EXTENSIONS, serverName }, 'client');
    expect(decodeExtensions(bytes, 'client')).toMatchObject({ ok: true, value: { serverName } });
  });

  it('of a server is empty', () => {
    const bytes = encodeExtensions({ ...NO_EXTENSIONS, serverName: '' }, 'server');
    expect(toHex(bytes)).toBe('00000000');
    expect(decodeExtensions(bytes, 'server')).toMatchObject({ ok: true, value: { types: [0] } });
    const named = decodeExtensions(fromHex(listOf([0, 'a']))!, 'server');
    expect(named).toEqual({ ok: false, reason: Alert.DECODE_ERROR });
  });
});

describe('a client that says which server it means', () => {
  const HOME: ClientProfile = { ...PROFILE, serverName: 'Home.example' };

  /** The types of extensions in each ServerHello. */
  function told({ server }: DtlsBench): (readonly number[])[] {
    return server.sent.filter(({ datagram }) => datagram[13] === HandshakeType.SERVER_HELLO)
      .map(({ datagram }) => {
        const hello = decodeServerHello(datagram.slice(25, 25 + datagram[24]! + 256 * datagram[23]!));
        return hello.ok ? hello.value.extensions.types : [];
      });
  }

  const isResumed = ({ server }: DtlsBench) =>
    server.events.map((event) => event.kind === 'established' && event.isResumed);

  it('is told in a whole handshake that it was heard, and the name stays with it', () => {
    const bench = new DtlsBench();
    bench.connect(HOME);
    bench.run(35);
    expect(told(bench)[0]).toContain(0);
    const names: (string | undefined)[] = [];
    const tell = bench.server.event.bind(bench.server);
    bench.server.event = (event) => {
      names.push(event.association.handshake?.serverName);
      tell(event);
    };
    bench.run(1_000);
    expect([names, bench.client.story]).toEqual([['home.example'], ['established']]);
  });

  it('is not told so again when it goes on with the session', () => {
    const bench = DtlsBench.established(HOME);
    bench.connect(HOME);
    bench.run(1_000);
    expect(isResumed(bench)).toEqual([false, true]);
    expect(told(bench).map((types) => types.includes(0))).toEqual([true, false]);
  });

  it.for(['away.example', undefined])('offers no session when it says another name (%s)',
    (serverName) => {
      const bench = DtlsBench.established(HOME);
      bench.connect({ ...HOME, serverName });
      bench.run(1_000);
      expect(isResumed(bench)).toEqual([false, false]);
      expect(told(bench).map((types) => types.includes(0)))
        .toEqual([true, serverName !== undefined]);
    });

  it('and another one with its session shakes hands anew', () => {
    const bench = DtlsBench.established(HOME);
    bench.network = (from, datagram) => {
      if (from === 'client') {
        const changed = Buffer.from(datagram);
        const at = changed.indexOf('home.example');
        if (at >= 0) changed.write('away.example', at);
        bench.server.layer.receive(0, DEVICE, changed);
        return [];
      }
      return [10];
    };
    bench.connect(HOME);
    bench.run(100);
    expect(told(bench).map((types) => types.includes(0))).toEqual([true, true]);
  });

  it('is told nothing of it when it says nothing', () => {
    expect(told(DtlsBench.established())[0]).not.toContain(0);
  });
});
