// Password hashes: the same work for somebody and nobody, and only so much of it at once.

import { parseOptions } from '@node-rs/argon2';
import { expect, test } from 'vitest';
import { AT_ONCE_MAX, hashPassword, NOBODY, verifyPassword } from './passwords.ts';

test('a password is right or wrong, however its accents were typed', async () => {
  const hash = await hashPassword('Grüße aus Köln');
  expect(hash).toMatch(/^\$argon2id\$/);
  expect(await verifyPassword(hash, 'Grüße aus Köln'.normalize('NFD'))).toBe(true);
  expect(await verifyPassword(hash, 'Grüsse aus Köln')).toBe(false);
});

test('nobody is checked with the same work as somebody, and is wrong', async () => {
  expect(parseOptions(NOBODY)).toEqual(parseOptions(await hashPassword('anything at all')));
  for (const hash of [undefined, '']) {
    expect(await verifyPassword(hash, '')).toBe(false);
    expect(await verifyPassword(hash, 'anything at all')).toBe(false);
  }
});

test('beyond a number of checks at once people are asked to try again', async () => {
  const all = await Promise.allSettled(
    Array.from({ length: AT_ONCE_MAX + 1 }, () => verifyPassword(undefined, 'x')),
  );
  expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(await verifyPassword(undefined, 'x')).toBe(false);
});
