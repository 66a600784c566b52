// What is sealed opens with the same key file and for the same purpose, and for nothing else.

import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from './bytes.ts';
import { NodeCrypto } from './io/crypto.ts';
import { SystemRandom } from './io/random.ts';
import { SECRET_KEY_LENGTH, SecretBox } from './secret-box.ts';

const SECRET = encodeUtf8('a secret');

function boxOf(fill: number): SecretBox {
  const key = new Uint8Array(SECRET_KEY_LENGTH).fill(fill);
  return new SecretBox(new NodeCrypto(), new SystemRandom(), key);
}

describe('a sealed text', () => {
  const sealed = boxOf(1).seal('a purpose', SECRET);

  it('says which key file it is of, and opens with that alone', () => {
    expect([1, 2].map((fill) => boxOf(fill).isOurs('a purpose', sealed))).toEqual([true, false]);
    expect(boxOf(1).open('a purpose', sealed)).toEqual(SECRET);
    expect(boxOf(2).open('a purpose', sealed)).toBeUndefined();
  });

  it('of a release that put no name before it is known by opening it', () => {
    const unnamed = sealed.slice(sealed.indexOf('.') + 1);
    expect([1, 2].map((fill) => boxOf(fill).isOurs('a purpose', unnamed))).toEqual([true, false]);
    expect(boxOf(1).open('a purpose', unnamed)).toEqual(SECRET);
    expect(boxOf(1).isOurs('another', unnamed)).toBe(false);
  });

  it('opens for no other purpose, and not when any of it was changed', () => {
    expect(boxOf(1).open('another', sealed)).toBeUndefined();
    for (let at = 0; at < sealed.length; at++) {
      const other = sealed[at] === 'A' ? 'Q' : 'A';
      const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
      expect(boxOf(1).open('a purpose', changed), changed).toBeUndefined();
      expect(boxOf(1).open('a purpose', sealed.slice(0, at))).toBeUndefined();
    }
  });
});
