// Credentials as a page shows them: a fleet may have 100,000, of which a person reads a few.

import type { Milliseconds } from '../ports.ts';
import type { CredentialBook, CredentialFacts } from './credential-book.ts';
import { validityAt, type Validity } from './validity.ts';

export const CREDENTIALS_SHOWN_MAX = 200;

/** One credential, or a device whose authority alone vouches for it. */
export interface CredentialLine extends Omit<CredentialFacts, 'createdAt'> {
  /** Its endpoint is a device here. */
  readonly isDevice?: boolean;
  /** Undefined: nobody gave it. */
  readonly createdAt?: Milliseconds | undefined;
  /** Of the certificate that was shown last. */
  readonly validity?: Validity | undefined;
}

export interface CredentialQuery {
  readonly search: string;
  /** Only whose certificate is over or soon will be. */
  readonly isEnding: boolean;
}

export interface CredentialPage {
  /** How many there are. */
  readonly all: number;
  /** How many certificates among them are over or soon will be. */
  readonly ending: number;
  /** How many of them were searched for. */
  readonly total: number;
  /** The newest of those, or those that end first; at most CREDENTIALS_SHOWN_MAX. */
  readonly rows: readonly CredentialLine[];
}

/** Finds what has the words anywhere in its identity, endpoint or kind. */
export function pageOf(
  book: Pick<CredentialBook, 'list' | 'certified'>, { search, isEnding }: CredentialQuery,
  now: Milliseconds, isDevice: (endpoint: string) => boolean,
): CredentialPage {
  const all: CredentialLine[] = [...book.list()];
  for (const one of book.certified()) all.push({ ...one, kind: 'x509', isUnreadable: false });
  const ending = all.filter(({ notAfter }) => isEndingAt(now, notAfter));
  const words = search.toLowerCase();
  const asked = isEnding ? ending : all;
  const found = words === '' ? asked : asked.filter(({ identity, endpoint, kind }) =>
    [identity, endpoint, kind].some((text) => text.toLowerCase().includes(words)));
  const rows = first(found, isEnding ? byEnd : byAge).map((one) => ({
    ...one, isDevice: isDevice(one.endpoint), validity: validityOf(now, one),
  }));
  return { all: all.length, ending: ending.length, total: found.length, rows };
}

function validityOf(
  now: Milliseconds, { notAfter, isRevoked }: CredentialLine,
): Validity | undefined {
  if (notAfter === undefined) return undefined;
  return isRevoked ? 'revoked' : validityAt(now, notAfter);
}

function isEndingAt(now: Milliseconds, notAfter: Milliseconds | undefined): boolean {
  return notAfter !== undefined && validityAt(now, notAfter) !== 'good';
}

type Order = (a: CredentialLine, b: CredentialLine) => number;

/** All of them sorted would hold the server up for 200 ms. */
function first(found: readonly CredentialLine[], order: Order): readonly CredentialLine[] {
  let rows: CredentialLine[] = [];
  let last: CredentialLine | undefined;
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

/** Those of one import came at once. Who was given nothing has been here since it last was. */
function byAge(a: CredentialLine, b: CredentialLine): number {
  return sinceOf(b) - sinceOf(a) || (a.identity < b.identity ? -1 : 1);
}

function sinceOf({ createdAt, lastUsedAt = 0 }: CredentialLine): Milliseconds {
  return createdAt ?? lastUsedAt;
}

function byEnd(a: CredentialLine, b: CredentialLine): number {
  return (a.notAfter ?? 0) - (b.notAfter ?? 0) || (a.identity < b.identity ? -1 : 1);
}
