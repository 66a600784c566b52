// What the page of credentials shows of many.

import { expect, test } from 'vitest';
import type { CertifiedFacts, CredentialFacts } from './credential-book.ts';
import { CREDENTIALS_SHOWN_MAX, pageOf as pageAt, type CredentialPage } from './credential-page.ts';
import { ENDS_SOON, validityAt } from './validity.ts';

const facts = (identity: string, createdAt: number, endpoint = identity): CredentialFacts =>
  ({ identity, endpoint, createdAt, kind: 'psk', isUnreadable: false, isRevoked: false });

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

function pageOf(
  list: readonly CredentialFacts[], search: string, certified: readonly CertifiedFacts[] = [],
  isEnding = false,
): CredentialPage {
  const book = { list: () => list, certified: () => certified };
  return pageAt(book, { search, isEnding }, NOW, (endpoint) => endpoint === 'pump');
}

test('a search finds identities and endpoints, in capitals or not, the newest first', () => {
  const list = [facts('Pump-1', 1), facts('x', 3, 'pump-2'), facts('meter', 4), facts('pump', 3)];
  expect(pageOf(list, 'PUMP').rows.map(({ identity }) => identity)).toEqual(['pump', 'x', 'Pump-1']);
  expect(pageOf(list, 'nobody')).toEqual({ all: 4, ending: 0, total: 0, rows: [] });
});

test('those whose endpoint is a device are told from those of nobody', () => {
  const list = [facts('a', 1, 'pump'), facts('b', 2)];
  expect(pageOf(list, '').rows.map(({ identity, isDevice }) => [identity, isDevice]))
    .toEqual([['b', false], ['a', true]]);
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

test('certificates that are over or soon will be are counted and found, whoever has them', () => {
  const shown = (endpoint: string, left: number): CertifiedFacts => ({
    identity: `x509:${endpoint}`, endpoint, lastUsedAt: NOW - HOUR, notAfter: NOW + left,
    isRevoked: endpoint === 'd' || endpoint === 'e',
  });
  const given = { ...facts('x509:b', 1, 'b'), kind: 'x509' as const, notAfter: NOW + HOUR };
  const list = [facts('psk', 5), given];
  const certified = [
    shown('a', ENDS_SOON), shown('c', ENDS_SOON + 1), shown('d', -1), shown('e', ENDS_SOON + 1),
  ];
  const all = pageOf(list, '', certified);
  expect([all.all, all.ending, all.total]).toEqual([6, 3, 6]);
  expect(all.rows.map(({ endpoint, validity }) => [endpoint, validity])).toEqual([
    ['a', 'soon'], ['c', 'good'], ['d', 'revoked'], ['e', 'revoked'], ['psk', undefined],
    ['b', 'soon'],
  ]);
  const ending = pageOf(list, '', certified, true);
  expect(ending.rows.map(({ endpoint }) => endpoint)).toEqual(['d', 'b', 'a']);
  expect(pageOf(list, 'X509:D', certified, true).rows).toHaveLength(1);
});

test.each([
  [-1, 'not yet'], [0, 'good'], [9 * ENDS_SOON - 1, 'good'], [9 * ENDS_SOON, 'soon'],
  [10 * ENDS_SOON, 'soon'], [10 * ENDS_SOON + 1, 'over'],
] as const)('%i ms after its begin what lasts 300 days is: %s', (at, word) => {
  expect(validityAt(at, 10 * ENDS_SOON, 0)).toBe(word);
});

test.each([['soon', 5], ['good', 4], ['over', 8]] as const)(
  'what is made for a week ends soon in its last third: %s on day %i', (word, day) => {
    expect(validityAt(day * 24 * HOUR, 7 * 24 * HOUR, 0)).toBe(word);
  });
