// Messages out of fragments, however they come; and what is held has limits.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import {
  decodeFragments, encodeFragment, encodeMessage, HANDSHAKE_HEADER_LENGTH, type Fragment,
} from './handshake-messages.ts';
import {
  FRAGMENT_BYTES_MAX, FRAGMENTS_MAX, MESSAGES_AHEAD_MAX, Reassembly,
} from './reassembly.ts';

function fragmentOf(sequence: number, offset: number, body: Uint8Array, length: number): Fragment {
  return { type: 1, sequence, offset, body, length };
}

const part = (sequence: number, bytes = 1, offset = 0, length = 10_000_000): Fragment =>
  fragmentOf(sequence, offset, new Uint8Array(bytes), length);

/** Messages, and their parts: cut anywhere, some twice, some over each other, in any order. */
const cut = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 5 })
  .chain((bodies) => {
    const parts = bodies.flatMap((body, sequence) => {
      const message = encodeMessage({ type: 1, sequence, body });
      const whole = [];
      for (let at = 0; at === 0 || at < body.length; at += 11) {
        whole.push(encodeFragment(message, at, Math.min(11, body.length - at)));
        if (at > 5) whole.push(encodeFragment(message, at - 5, Math.min(9, body.length - at + 5)));
      }
      return whole;
    });
    return fc.tuple(fc.constant(bodies), fc.shuffledSubarray(parts, { minLength: parts.length }));
  });

describe('reassembly', () => {
  property.prop([cut])('gives every message once, whole and in order', ([bodies, parts]) => {
    const reassembly = new Reassembly(0);
    const taken: string[] = [];
    for (const bytes of [...parts, ...parts]) {
      for (const fragment of decodeFragments(bytes) ?? []) reassembly.add(fragment);
      for (let message = reassembly.take(); message; message = reassembly.take()) {
        expect(message.sequence).toBe(taken.length);
        taken.push(toHex(message.body));
      }
    }
    expect(taken).toEqual(bodies.map(toHex));
  });

  it.for([
    ['as many fragments as its limit', FRAGMENTS_MAX, 1, true],
    ['one more', FRAGMENTS_MAX + 1, 1, false],
    ['as many bytes as its limit', 2, FRAGMENT_BYTES_MAX / 2, true],
    ['a few more', 2, FRAGMENT_BYTES_MAX / 2 + 1, false],
    ['more in one', 1, FRAGMENT_BYTES_MAX + 1, false],
  ] as const)('of a message that has %s, however often it is said', ([, count, bytes, isHeld]) => {
    const reassembly = new Reassembly(0);
    for (let index = 0; index < 3 * count; index++) {
      reassembly.add(part(0, bytes, (index % count) * bytes, count * bytes));
    }
    expect(reassembly.take() !== undefined).toBe(isHeld);
  });

  it('forgets what it holds when it holds too much, and begins with the newest', () => {
    const reassembly = new Reassembly(0);
    for (let count = 0; count < FRAGMENTS_MAX; count++) reassembly.add(part(1, 1, count * 2));
    for (const offset of [0, 1]) expect(reassembly.add(part(0, 1, offset, 2))).toBe(true);
    expect(reassembly.take()?.sequence).toBe(0);
  });

  it('looks only so far ahead', () => {
    const reassembly = new Reassembly(3);
    expect(reassembly.add(part(2))).toBe(false);
    expect(reassembly.add(part(3 + MESSAGES_AHEAD_MAX - 1))).toBe(true);
    expect(reassembly.add(part(3 + MESSAGES_AHEAD_MAX))).toBe(false);
  });

  it('takes a claimed length for no more than a claim', () => {
    const reassembly = new Reassembly(0);
    reassembly.add(fragmentOf(0, 0, new Uint8Array(3), 2 ** 24 - 1));
    expect(reassembly.take()).toBeUndefined();
  });

  it('begins a message anew when a fragment says otherwise what it is', () => {
    const reassembly = new Reassembly(0);
    reassembly.add(part(1, 1, 0, 1));
    for (const other of [part(0, 1, 1, 3), { ...part(0, 1, 0, 2), type: 2 }, part(0, 1, 1, 2)]) {
      expect(reassembly.add(other)).toBe(true);
      expect(reassembly.take()).toBeUndefined();
    }
    reassembly.add(part(0, 1, 0, 2));
    expect(reassembly.take()).toEqual({ type: 1, sequence: 0, body: new Uint8Array(2) });
    expect(reassembly.take()?.sequence).toBe(1);
  });
});

describe('the fragments of a record', () => {
  const message = encodeMessage({ type: 20, sequence: 3, body: new Uint8Array(12) });

  it('may be of several messages', () => {
    const two = new Uint8Array([...message, ...message]);
    expect(decodeFragments(two)).toHaveLength(2);
  });

  it('are none when one is cut short, or reaches beyond its message', () => {
    for (let length = 0; length < message.length; length++) {
      expect(decodeFragments(message.subarray(0, length))).toBeUndefined();
    }
    const beyond = message.slice();
    beyond[8] = 1;
    expect(beyond.length).toBe(HANDSHAKE_HEADER_LENGTH + 12);
    expect(decodeFragments(beyond)).toBeUndefined();
  });
});
