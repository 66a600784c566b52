// Lists of credentials: each kind in its line, and each bad line told without what may be a key.

import { expect, it } from 'vitest';
import { toBase64, toHex } from '../bytes.ts';
import { NodeCrypto } from '../io/crypto.ts';
import { writePublicKey } from '../io/public-key-file.ts';
import { fingerprintOf } from './credential-input.ts';
import { parseCredentialList } from './credential-list.ts';

const KEY = '000102030405060708090a0b0c0d0e0f';
const point = new NodeCrypto().newKeyPair().publicKey;
const { der, pem } = writePublicKey(point);

function linesOf(...lines: readonly string[]) {
  const list = parseCredentialList(lines.join('\n'));
  if (!list.ok) return list.reason;
  const { good, bad } = list.value;
  return {
    good: good.map(({ line, credential }) => {
      const identity = 'identity' in credential ? credential.identity : '';
      return `${line} ${credential.kind} ${credential.endpoint} ${identity}`.trim();
    }),
    bad: bad.map(({ line, reason }) => `${line} ${reason}`),
  };
}

it('has all kinds, and a PSK where none is said', () => {
  expect(linesOf(
    'Endpoint, kind, identity, key', `a,psk,,${KEY}`, `b,,b1,${KEY}`,
    `c,RPK,,${toHex(point)}`, `d,rpk,d1,${toBase64(der)}`, `e,rpk,,"${pem}"`, 'f,x509,,',
  )).toEqual({
    good: ['2 psk a a', '3 psk b b1', `4 rpk c ${fingerprintOf(point)}`, '5 rpk d d1',
      `10 rpk e ${fingerprintOf(point)}`, '11 x509 f'],
    bad: [],
  });
  expect(linesOf('endpoint,kind', 'f,x509')).toEqual({ good: ['2 x509 f'], bad: [] });
});

it('may have commas at the end of its lines, as tables write them', () => {
  expect(linesOf('endpoint,key', `a,${KEY},,`)).toEqual({ good: ['2 psk a a'], bad: [] });
});

it('is taken but for its bad lines, each with its number and reason', () => {
  const told = linesOf(
    'endpoint,kind,identity,key', `,psk,,${KEY}`, `${'a'.repeat(256)},psk,,${KEY}`, 'b,psk,,00',
    `c,rpk,,${KEY}`, `d,x509,,${KEY}`, 'e,x509,d,', `f,${KEY}`, `g,psk,${'i'.repeat(300)},${KEY}`,
    'h,rpk', `i,psk,,${KEY},more`,
  );
  expect(told).toEqual({
    good: [],
    bad: [
      '2 an endpoint has 1 to 255 characters', '3 an endpoint has 1 to 255 characters',
      '4 a key is 32 to 128 hexadecimal digits', '5 this is no public key that can be read',
      '6 a certificate has its own name and key: leave identity and key empty',
      '7 a certificate has its own name and key: leave identity and key empty',
      '8 a kind is psk, rpk or x509; empty means psk',
      expect.stringMatching(/^9 an identity has 1 to \d+ bytes/) as string,
      '10 this is no public key that can be read', '11 it has more columns than the first line',
    ],
  });
  expect(JSON.stringify(told)).not.toContain(KEY);
});

it.each(['', 'a,b', 'meter-1,00112233445566778899aabbccddeeff', 'a,b\n1,2', 'endpoint,identity\na,b'])('needs a heading: %j', (text) => {
  expect(parseCredentialList(text)).toEqual({ ok: false, reason: expect.stringContaining(
    'the first line names the columns: endpoint,key') as string });
});
