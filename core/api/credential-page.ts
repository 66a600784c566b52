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
  const found = words === '' ? [...list] : list.filter(({ identity, endpoint, kind }) =>
    [identity, endpoint, kind].some((text) => text.toLowerCase().includes(words)));
  // Those of one import came at once.
  found.sort((a, b) => b.createdAt - a.createdAt || (a.identity < b.identity ? -1 : 1));
  return {
    all: list.length, total: found.length, rows: found.slice(0, CREDENTIALS_SHOWN_MAX),
  };
}
