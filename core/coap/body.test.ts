// A body grows with what comes and no further than its limit.

import { describe, expect, test } from 'vitest';
import { Body } from './body.ts';

const bytes = (length: number, first = 0) =>
  Uint8Array.from({ length }, (_, index) => (first + index) & 0xff);

describe('a body', () => {
  test('is what was appended, in order', () => {
    const body = new Body(5_000);
    const whole = bytes(5_000);
    for (let offset = 0; offset < 5_000; offset += 500) {
      expect(body.append(whole.subarray(offset, offset + 500))).toBeUndefined();
    }
    expect(body.bytes()).toEqual(whole);
    expect(body.length).toBe(5_000);
  });

  test('keeps no view of a block', () => {
    const body = new Body(100);
    const block = bytes(16);
    body.append(block);
    block.fill(9);
    expect(body.bytes()).toEqual(bytes(16));
  });

  const tooLong = 'is longer than 64 bytes';
  test.each([[64, undefined], [65, tooLong]])('of 64 at most and %i: %s', (length, expected) => {
    const body = new Body(64);
    body.append(bytes(16));
    expect(body.append(bytes(length - 16))).toBe(expected);
    expect(body.length).toBe(expected === undefined ? length : 16);
  });

  test('holds at most twice what came, and never more than its limit', () => {
    const body = new Body(10_000);
    for (let count = 0; count < 625; count++) {
      body.append(bytes(16));
      expect(body.room).toBeLessThanOrEqual(Math.min(10_000, Math.max(1_024, 2 * body.length)));
    }
    expect(body.room).toBe(10_000);
    expect(new Body(16 * 2 ** 20).room).toBe(0);
  });

  test('begins anew', () => {
    const body = new Body(100);
    body.append(bytes(32));
    body.clear();
    expect([body.length, body.room, body.bytes()]).toEqual([0, 0, bytes(0)]);
    expect(body.append(bytes(100))).toBeUndefined();
    expect(body.bytes()).toEqual(bytes(100));
  });

  test('knows what it has', () => {
    const body = new Body(100);
    body.append(bytes(32));
    expect(body.has(bytes(16, 16), 16)).toBe(true);
    expect(body.has(bytes(16, 17), 16)).toBe(false);
    expect(body.has(bytes(17, 16), 16)).toBe(false);
  });
});
