// The matrix of DTLS as data: what is asked of each peer, and what a row of it is. A cell is a
// check or says why there is none.

import { run } from '../child.ts';

export const TOOL_MAX_MS = 15_000;

interface Question {
  readonly title: string;
  /** What a `yes` says. */
  readonly means: string;
}

export const COLUMNS = {
  psk: {
    title: 'PSK',
    means: 'a handshake in each suite that both have, and a record each way',
  },
  records: {
    title: '1,000 records each way',
    means: 'all arrive, once, in order and unchanged',
  },
  loss: {
    title: '20 % lost',
    means: 'our proxy loses a fifth of the datagrams, of both directions and the same ones each '
      + 'time. The handshake gets through; of 1,000 records each way those that the proxy let '
      + 'through arrive, once, in order and unchanged',
  },
  wrongKey: {
    title: 'wrong key',
    means: 'there is no association, and nothing that was said is heard',
  },
  cbc: {
    title: 'CBC',
    means: 'suites with AES_128_CBC_SHA256, to be had from our layer on demand: a handshake and a '
      + 'record each way',
  },
  x25519: {
    title: 'X25519',
    means: 'a handshake in which the ephemeral keys of the peer are on that curve alone, and a '
      + 'record each way',
  },
  fragments: {
    title: 'fragments',
    means: 'messages of the handshake longer than the MTU that the peer was given',
  },
  resumption: {
    title: 'resumption',
    means: 'a second association by the session of the first, and a record each way',
  },
  connectionId: {
    title: 'connection id',
    means: 'in the midst of an association the client is seen at another port, is heard and is '
      + 'answered there',
  },
  rawKey: {
    title: 'raw public key',
    means: 'a handshake, in each suite that is named, and a record each way; a key that nobody '
      + 'knows is refused',
  },
  certificate: {
    title: 'X.509',
    means: 'a handshake, in each suite that is named, and a record each way; who shows a '
      + 'certificate of another authority or an expired one is refused, by us and by the peer, and '
      + 'so are, by us, a client without any and a server of another name',
  },
} as const satisfies Readonly<Record<string, Question>>;

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

/** For Row.missing: whether there is such a program. */
export async function toolMissing(tool: string, word: string): Promise<string | undefined> {
  return await run(tool, [word], TOOL_MAX_MS) ? undefined : `${tool} is not installed`;
}
