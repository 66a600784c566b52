// Credentials as a page shows them: a fleet may have 100,000, of which a person reads a few.

import type { CredentialFacts } from './credential-book.ts';

export const CREDENTIALS_SHOWN_MAX = 200;

export interface CredentialPage {
  /** How many there are. */
  readonly all: number;
  /** How many of them were searched for. */
  readonly total: number;
  /** The newest of those, at most CREDENTIALS_SHOWN_MAX. */
  readonly rows: readonly CredentialFacts[];
}

/** Finds what has the words anywhere in its identity, endpoint or kind. */
export function pageOf(list: readonly CredentialFacts[], search: string): CredentialPage {
  const words = search.toLowerCase();
  const found = words === '' ? list : list.filter(({ identity, endpoint, kind }) =>
    [identity, endpoint, kind].some((text) => text.toLowerCase().includes(words)));
  return { all: list.length, total: found.length, rows: newest(found) };
}

/** All of them sorted would hold the server up for 200 ms. */
function newest(found: readonly CredentialFacts[]): readonly CredentialFacts[] {
  let rows: CredentialFacts[] = [];
  let last: CredentialFacts | undefined;
  // Those that were made last are at the end.
  for (let index = found.length - 1; index >= 0; index--) {
    const one = found[index];
    if (one === undefined || last !== undefined && order(one, last) > 0) continue;
    rows.push(one);
    if (rows.length < 2 * CREDENTIALS_SHOWN_MAX) continue;
    rows = rows.sort(order).slice(0, CREDENTIALS_SHOWN_MAX);
    last = rows.at(-1);
  }
  return rows.sort(order).slice(0, CREDENTIALS_SHOWN_MAX);
}

/** Those of one import came at once. */
function order(a: CredentialFacts, b: CredentialFacts): number {
  return b.createdAt - a.createdAt || (a.identity < b.identity ? -1 : 1);
}
