// Lists of credentials as people have them: CSV (RFC 4180) with a heading, a line for each device.
// What is wrong with a line is said of that line; the others are taken all the same.

import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { fromHex } from '../bytes.ts';
import { IDENTITY_LENGTH_MAX } from '../dtls/psk.ts';
import type { Ticket } from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import type { CredentialBook, NewCredential } from './credential-book.ts';

/** RFC 7925 s4.2, LwM2M Transport 1.1.1 s5.2.8.1: of a PSK, in bytes. */
export const KEY_LENGTH_MIN = 16;
export const KEY_LENGTH_MAX = 64;
export const LIST_BYTES_MAX = 8 * 1_024 * 1_024;
export const LIST_LINES_MAX = 100_000;

const IDENTITY_WORDS =
  `an identity has 1 to ${IDENTITY_LENGTH_MAX} bytes and no control characters`;
const KEY_WORDS = `a key is ${2 * KEY_LENGTH_MIN} to ${2 * KEY_LENGTH_MAX} hexadecimal digits`;

export const identity = z.string(IDENTITY_WORDS)
  // eslint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u001f\u007f]+$/u, IDENTITY_WORDS)
  .refine((text) => Buffer.byteLength(text) <= IDENTITY_LENGTH_MAX, IDENTITY_WORDS);

export const key = z.string(KEY_WORDS).transform((digits, context) => {
  const bytes = fromHex(digits);
  if (bytes !== undefined && bytes.length >= KEY_LENGTH_MIN && bytes.length <= KEY_LENGTH_MAX) {
    return bytes;
  }
  // Without what was given: it may be most of a key.
  context.addIssue({ code: 'custom', message: KEY_WORDS, input: undefined });
  return z.NEVER;
});

const ENDPOINT_WORDS = 'an endpoint has 1 to 255 characters';
const line = z.object({
  endpoint: z.string(ENDPOINT_WORDS).min(1, ENDPOINT_WORDS).max(255, ENDPOINT_WORDS),
  identity, key,
}).transform((given) => ({ kind: 'psk' as const, ...given }));

export interface BadLine {
  /** As an editor counts them. */
  readonly line: number;
  readonly reason: string;
}

export interface CredentialList {
  readonly good: readonly { readonly line: number; readonly credential: NewCredential }[];
  readonly bad: readonly BadLine[];
}

interface Raw {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

/** Columns endpoint, key and, where it is not the endpoint, identity; others are ignored. */
export function parseCredentialList(text: string): Result<CredentialList> {
  const good: { readonly line: number; readonly credential: NewCredential }[] = [];
  const bad: BadLine[] = [];
  const rows = rowsOf(text);
  if (!rows.ok) return rows;
  for (const { record, info: { lines } } of rows.value) {
    const named = { ...record, identity: record['identity'] || record['endpoint'] };
    const checked = line.safeParse(named);
    if (checked.success) good.push({ line: lines, credential: checked.data });
    else bad.push({ line: lines, reason: checked.error.issues[0]?.message ?? 'unreadable' });
  }
  return ok({ good, bad });
}

export interface Imported {
  readonly added: number;
  readonly bad: readonly BadLine[];
  /** When all of it is on the disk; undefined when nothing was added. */
  readonly ticket: Ticket | undefined;
}

/** Adds what is good; identities that are there already are told as bad lines. */
export function importCredentials(book: CredentialBook, text: string): Result<Imported> {
  const parsed = parseCredentialList(text);
  if (!parsed.ok) return parsed;
  const bad = [...parsed.value.bad];
  let ticket: Ticket | undefined;
  let added = 0;
  for (const { line: at, credential } of parsed.value.good) {
    const made = book.add(credential);
    if (made.ok) {
      ticket = made.value;
      added++;
    } else bad.push({ line: at, reason: made.reason });
  }
  return ok({ added, bad: bad.sort((a, b) => a.line - b.line), ticket });
}

function rowsOf(text: string): Result<readonly Raw[]> {
  if (text.length > LIST_BYTES_MAX) return fail(`a list has at most ${LIST_BYTES_MAX} characters`);
  try {
    const rows = parse(text, {
      bom: true, columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
      info: true, relax_column_count: true, skip_empty_lines: true, trim: true,
      to: LIST_LINES_MAX + 1,
    }) as unknown as readonly Raw[];
    if (rows.length > LIST_LINES_MAX) return fail(`a list has at most ${LIST_LINES_MAX} lines`);
    const [first] = rows;
    if (first !== undefined && !('endpoint' in first.record && 'key' in first.record)) {
      return fail('the first line names the columns: endpoint,key or endpoint,identity,key');
    }
    return ok(rows);
  } catch (error) {
    const { lines } = error as { lines?: number };
    return fail(`line ${lines ?? 1} is no CSV: a quotation mark is missing or stands wrong`);
  }
}
