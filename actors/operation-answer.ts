// What a device's answer to an operation means: done or not, the values it brought, and the words
// for people (LwM2M Transport 1.1.1 s6.4.4 says which code is the good one of each).

import type { Ending } from '../core/api/management.ts';
import { Code, formatCode, type Message } from '../core/coap/message.ts';
import { contentFormat, locationPath } from '../core/coap/options.ts';
import { decodeUtf8 } from '../core/bytes.ts';
import { ContentFormat, formatName } from '../core/lwm2m/content-format.ts';
import { LINKS_LENGTH_MAX, parseLinks } from '../core/lwm2m/link-format.ts';
import type { Models } from '../core/lwm2m/objects.ts';
import type { Operation } from '../core/lwm2m/operation.ts';
import { formatPath, parsePath } from '../core/lwm2m/path.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import type { Milliseconds } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { contentOf } from './content.ts';

export interface OperationAnswer {
  /** Links of a Discover, the path a Create made; else ''. */
  readonly answer: string;
  readonly entries: readonly Entry[];
}

const GOOD: Readonly<Record<Operation['kind'], number>> = {
  read: Code.CONTENT, 'read-file': Code.CONTENT, discover: Code.CONTENT,
  'read-composite': Code.CONTENT, write: Code.CHANGED, 'write-file': Code.CHANGED,
  'write-attributes': Code.CHANGED, 'write-composite': Code.CHANGED,
  execute: Code.CHANGED, create: Code.CREATED, delete: Code.DELETED,
};

/** RFC 7252 s5.5.2: an error may come with words for people; so many of its characters are kept. */
const DIAGNOSTIC_LENGTH_MAX = 120;

export function answerOf(
  operation: Operation, message: Message, now: Milliseconds, models: Models,
): Result<OperationAnswer> {
  if (message.code !== GOOD[operation.kind]) return fail(refusalText(message));
  switch (operation.kind) {
    case 'read':
    case 'read-composite': {
      const base = operation.kind === 'read' ? operation.path : undefined;
      const entries = contentOf(base, message, now, models);
      return entries.ok ? ok({ answer: '', entries: entries.value }) : entries;
    }
    case 'read-file':
      return bytesOf(message);
    case 'discover':
      return linksOf(message);
    case 'create':
      return ok({ answer: createdPath(message, formatPath(operation.path)), entries: [] });
    default:
      return ok({ answer: '', entries: [] });
  }
}

/** `the device answered 4.04`, with its own words if it gave any. */
function refusalText(message: Message): string {
  const text = `the device answered ${formatCode(message.code)}`;
  const words = diagnosticOf(message);
  return words === '' ? text : `${text}: ${words}`;
}

/** How it ended when the answer says no, or nothing that can be used. */
export function badEnding(message: Message, reason: string): Ending {
  const { code } = message;
  return code >> 5 === 2 ? { kind: 'unreadable', reason }
    : { kind: 'answered', code, words: diagnosticOf(message) };
}

function diagnosticOf(message: Message): string {
  const isDiagnostic = message.code >> 5 >= 4 && contentFormat(message) === undefined;
  const words = isDiagnostic ? decodeUtf8(message.payload.subarray(0, DIAGNOSTIC_LENGTH_MAX)) : '';
  // Control characters would reach logs and terminals.
  return (words ?? '').replace(/\p{Cc}+/gu, ' ').trim();
}

/** What it holds has gone into a file; a device that says no format means bytes. */
function bytesOf(message: Message): Result<OperationAnswer> {
  const format = contentFormat(message) ?? ContentFormat.OPAQUE;
  return format === ContentFormat.OPAQUE ? ok({ answer: '', entries: [] })
    : fail(`the device answered in ${formatName(format)}, and a file is for bytes`);
}

function linksOf(message: Message): Result<OperationAnswer> {
  if (message.payload.length > LINKS_LENGTH_MAX) {
    return fail(`the links are over ${LINKS_LENGTH_MAX} bytes`);
  }
  const text = decodeUtf8(message.payload);
  if (text === undefined) return fail('the links are not UTF-8');
  const links = parseLinks(text);
  return links.ok ? ok({ answer: text, entries: [] }) : links;
}

/** An alternate path may stand before it; a device that was told the id need not say it. */
function createdPath(message: Message, asked: string): string {
  const segments = locationPath(message).slice(-2);
  const said = parsePath(segments.join('/'));
  return segments.length === 2 && said.ok ? formatPath(said.value) : asked;
}
