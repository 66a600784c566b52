// Lists of credentials as people have them: CSV (RFC 4180) with a heading, a line for each device.
// What is wrong with a line is said of that line; the others are taken all the same.

import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { Ticket } from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import type { CredentialBook, NewCredential } from './credential-book.ts';
import { newCredential } from './credential-input.ts';

export const LIST_BYTES_MAX = 8 * 1_024 * 1_024;
export const LIST_LINES_MAX = 100_000;
const ENDPOINT_LENGTH_MAX = 255;

export const credentialList = z.string().max(LIST_BYTES_MAX, 'the list is too long');

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
  readonly info: { readonly lines: number; readonly error?: { readonly record: string[] } };
}

/**
 * Columns endpoint and key and, where it is not the endpoint, identity. A column kind says `rpk` of
 * a public key, and `x509` of who comes with a certificate and has neither. Others are ignored.
 */
export function parseCredentialList(text: string): Result<CredentialList> {
  const good: { readonly line: number; readonly credential: NewCredential }[] = [];
  const bad: BadLine[] = [];
  const rows = rowsOf(text);
  if (!rows.ok) return rows;
  for (const { record, info: { lines: line, error } } of rows.value) {
    // What a short line lacks is empty. Of a longer one something may stand in the wrong column.
    const beyond = error?.record.slice(Object.keys(record).length) ?? [];
    const credential = beyond.some((cell) => cell !== '')
      ? fail('it has more columns than the first line') : credentialOf(record);
    if (credential.ok) good.push({ line, credential: credential.value });
    else bad.push({ line, reason: credential.reason });
  }
  return ok({ good, bad });
}

function credentialOf(
  { endpoint = '', identity = '', kind = '', key = '' }: Raw['record'],
): Result<NewCredential> {
  if (endpoint === '' || endpoint.length > ENDPOINT_LENGTH_MAX) {
    return fail(`an endpoint has 1 to ${ENDPOINT_LENGTH_MAX} characters`);
  }
  switch (kind.toLowerCase()) {
    case '':
    case 'psk': return checked({ kind: 'psk', endpoint, identity: identity || endpoint, key });
    case 'rpk': return checked({ kind: 'rpk', endpoint, identity: identity || undefined, key });
    case 'x509':
      return identity === '' && key === '' ? checked({ kind: 'x509', endpoint })
        : fail('a certificate has its own name and key: leave identity and key empty');
    // Without what stands there: it may be a key in the wrong column.
    default: return fail('a kind is psk, rpk or x509; empty means psk');
  }
}

function checked(given: z.input<typeof newCredential>): Result<NewCredential> {
  const found = newCredential.safeParse(given);
  if (found.success) return ok(found.data);
  return fail(found.error.issues[0]?.message ?? 'it is unreadable');
}

export interface Imported {
  readonly added: number;
  readonly bad: readonly BadLine[];
  /** When all of it is on the disk; undefined when nothing was added. */
  readonly ticket: Ticket | undefined;
}

/**
 * Adds what is good; identities that are there already are told as bad lines. But those that cannot
 * be read get the key of the list: so a fleet is there again whose secret.key is lost.
 */
export function importCredentials(book: CredentialBook, text: string): Result<Imported> {
  const parsed = parseCredentialList(text);
  if (!parsed.ok) return parsed;
  const bad = [...parsed.value.bad];
  let ticket: Ticket | undefined;
  let added = 0;
  const unreadable = new Map(book.list().filter((one) => one.isUnreadable)
    .map(({ identity, endpoint }) => [identity, endpoint]));
  for (const { line: at, credential } of parsed.value.good) {
    const isThere = credential.kind !== 'x509'
      && unreadable.get(credential.identity) === credential.endpoint;
    const made = isThere ? book.rotate(credential.identity, credential) : book.add(credential);
    if (made.ok) {
      ticket = made.value;
      added++;
      if (isThere) unreadable.delete(credential.identity);
    } else bad.push({ line: at, reason: made.reason });
  }
  return ok({ added, bad: bad.sort((a, b) => a.line - b.line), ticket });
}

function rowsOf(text: string): Result<readonly Raw[]> {
  if (text.length > LIST_BYTES_MAX) return fail(`a list has at most ${LIST_BYTES_MAX} characters`);
  let columns: string[] = [];
  try {
    const rows = parse(text, {
      bom: true,
      columns: (names: string[]) => columns = names.map((name) => name.trim().toLowerCase()),
      info: true, relax_column_count: true, skip_empty_lines: true, trim: true,
      to: LIST_LINES_MAX + 1,
    }) as unknown as readonly Raw[];
    if (rows.length > LIST_LINES_MAX) return fail(`a list has at most ${LIST_LINES_MAX} lines`);
    if (!isHeading(columns)) {
      return fail('the first line names the columns: endpoint,key or endpoint,identity,key or '
        + 'endpoint,kind,identity,key');
    }
    return ok(rows);
  } catch (error) {
    const { lines } = error as { lines?: number };
    return fail(`a quotation mark in line ${lines ?? 1}, or before, is missing or stands wrong`);
  }
}

function isHeading(columns: readonly string[]): boolean {
  return columns.includes('endpoint') && (columns.includes('key') || columns.includes('kind'));
}
