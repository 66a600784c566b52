// What the page of credentials shows of many.

import { expect, test } from 'vitest';
import type { CredentialFacts } from './credential-book.ts';
import { CREDENTIALS_SHOWN_MAX, pageOf } from './credential-page.ts';

const facts = (identity: string, createdAt: number, endpoint = identity): CredentialFacts =>
  ({ identity, endpoint, createdAt, kind: 'psk' });

test('a search finds identities and endpoints, in capitals or not, the newest first', () => {
  const list = [facts('Pump-1', 1), facts('x', 3, 'pump-2'), facts('meter', 4), facts('pump', 3)];
  expect(pageOf(list, 'PUMP').rows.map(({ identity }) => identity)).toEqual(['pump', 'x', 'Pump-1']);
  expect(pageOf(list, 'nobody')).toEqual({ all: 4, total: 0, rows: [] });
});

test('no more are given than a page shows, and how many there are is told', () => {
  const list = Array.from({ length: 300 }, (_, at) => facts(`a-${at}`, at));
  const { all, total, rows } = pageOf(list, 'a-');
  expect([all, total, rows.length]).toEqual([300, 300, CREDENTIALS_SHOWN_MAX]);
  expect(rows[0]?.identity).toBe('a-299');
  expect(list[0]?.identity).toBe('a-0');
});

test.each([1, -1, 7919])('they are the newest in whatever order they are kept, %i', (step) => {
  const list = Array.from({ length: 3_000 }, (_, at) => {
    const age = (at * step % 3_000 + 3_000) % 3_000;
    return facts(`a-${age}`, age);
  });
  expect(pageOf(list, '').rows.map(({ createdAt }) => createdAt))
    .toEqual(Array.from({ length: CREDENTIALS_SHOWN_MAX }, (_, at) => 2_999 - at));
});
