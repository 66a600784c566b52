// The matrix of DTLS as data: what is asked of each peer, and what a row of it is. A cell is a
// check or says why there is none.

import { run } from '../child.ts';

export const TOOL_MAX_MS = 15_000;

export const COLUMNS = {
  psk: 'PSK',
  records: '1,000 records each way',
  loss: '20 % of datagrams lost',
  wrongKey: 'wrong key',
  fragments: 'fragments',
  resumption: 'resumption',
  connectionId: 'connection id, new port',
  rawKey: 'raw public key',
  certificate: 'X.509, wrong certificate',
} as const;

export type Column = keyof typeof COLUMNS;

/** Gives what of it is worth a look in the log and varies; never anything for the page. */
export type Check = () => Promise<string | void>;

export type Cell =
  | { readonly kind: 'yes'; readonly holds: Check; readonly note: string }
  | { readonly kind: 'n/a'; readonly reason: string };

export interface Row {
  readonly name: string;
  /** Why this machine does not have it. */
  readonly missing: () => Promise<string | undefined>;
  readonly cells: Readonly<Record<Column, Cell>>;
}

export function yes(holds: Check, note = ''): Cell {
  return { kind: 'yes', holds, note };
}

export function notApplicable(reason: string): Cell {
  return { kind: 'n/a', reason };
}

/** The one line to change when there are certificates. */
export const NO_CERTIFICATES = notApplicable('our layer has no certificates yet');

/** For Row.missing: whether there is such a program. */
export async function toolMissing(tool: string, word: string): Promise<string | undefined> {
  return await run(tool, [word], TOOL_MAX_MS) ? undefined : `${tool} is not installed`;
}
