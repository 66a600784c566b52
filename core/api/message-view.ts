// A recorded datagram as people read it: its options by name, and its payload as values, links,
// text or hex. What must not be seen is not in it any more.

import { toHex } from '../bytes.ts';
import { decodeMessage } from '../coap/codec.ts';
import { Code, type Message } from '../coap/message.ts';
import { codeName, optionName, optionText, typeName } from '../coap/option-text.ts';
import { contentFormat, uriPath, uriQuery } from '../coap/options.ts';
import {
  ContentFormat, decodePatches, decodePaths, decodePayload, formatName,
} from '../lwm2m/content-format.ts';
import { parseLinks } from '../lwm2m/link-format.ts';
import { findResource, type Models } from '../lwm2m/objects.ts';
import { formatPath, type Path } from '../lwm2m/path.ts';
import { isSomePart, type Subject } from '../lwm2m/secrets.ts';
import type { Entry, Patch } from '../lwm2m/value.ts';
import type { CaptureDetail, CapturedMessage } from './management.ts';
import { valueView } from './present.ts';
import type { MessagesPage, MessageView, PayloadView } from './views.ts';

/** Of one payload; the download has all of it. */
export const SHOWN_CHARACTERS_MAX = 4_096;
const HEX_BYTES_MAX = 1_024;
const HEX_COLUMNS = 16;
const SHOWN_ENTRIES_MAX = 100;
/** What its own bytes show best when it cannot be decoded. */
const TEXT_FORMATS: ReadonlySet<number> = new Set([
  ContentFormat.TEXT, ContentFormat.LINK, 50, ContentFormat.SENML_JSON,
  ContentFormat.SENML_ETCH_JSON, ContentFormat.OMA_JSON,
]);

/** Those between two ids, the newest first and at most `limit` of them. */
export function messagesPage(
  capture: CaptureDetail | undefined,
  { after = 0, before = Infinity, limit }: { after?: number; before?: number; limit: number },
): MessagesPage {
  if (capture === undefined) return { isRecording: false, rows: [], dropped: 0 };
  const { messages, dropped, models } = capture;
  const rows: MessageView[] = [];
  for (let index = messages.length - 1; index >= 0 && rows.length < limit; index--) {
    const message = messages[index] as CapturedMessage;
    if (message.id <= after) break;
    if (message.id < before) rows.push(messageView(message, models));
  }
  return { isRecording: true, rows, dropped };
}

export function messageView(captured: CapturedMessage, models: Models): MessageView {
  const { id, at, direction, peer, datagram, malformed, subject, withheld } = captured;
  const { host, port } = peer;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const common = { id, at, direction, address, size: datagram.length };
  const decoded = decodeMessage(datagram);
  if (malformed !== '' || !decoded.ok) {
    const payload: PayloadView = withheld === ''
      ? { kind: 'hex', format: '', text: hexLines(datagram) } : withheldView(withheld);
    return { ...common, malformed, type: '', code: '', mid: null, token: '', about: '',
      options: [], payload };
  }
  const message = decoded.value;
  return {
    ...common, malformed: '',
    type: typeName(message.type), code: codeName(message.code), mid: message.mid,
    token: toHex(message.token), about: aboutOf(message, subject),
    options: message.options.map((option) => ({ name: optionName(option), value: said(option) })),
    payload: withheld === '' ? payloadView(message, subject, at, models) : withheldView(withheld),
  };
}

/** Formats have numbers and names. */
function said(option: Message['options'][number]): string {
  const text = optionText(option);
  const name = optionName(option);
  if (name !== 'Content-Format' && name !== 'Accept') return text;
  return /^\d+$/.test(text) ? `${text} (${formatName(Number(text))})` : text;
}

/** What a request asks for, and what a response answers as far as that is known. */
function aboutOf(message: Message, subject: Subject): string {
  if (message.code === Code.EMPTY) return '';
  if (message.code >= 0x20) return subject.kind === 'path' ? formatPath(subject.path) : '';
  const query = uriQuery(message).join('&');
  return `/${uriPath(message).join('/')}${query === '' ? '' : `?${query}`}`;
}

function withheldView(reason: string): PayloadView {
  return { kind: 'withheld', format: '', text: `Not shown: ${reason}.` };
}

function payloadView(
  message: Message, subject: Subject, at: number, models: Models,
): PayloadView | null {
  const { payload } = message;
  if (payload.length === 0) return null;
  const number = contentFormat(message);
  const format = number === undefined ? '' : formatName(number);
  if (!isSomePart(message) && message.code < Code.BAD_REQUEST) {
    const lines = linesOf(message, subject, at, models);
    if (lines !== undefined) return { kind: 'values', format, text: shownLines(lines) };
  }
  const text = printable(payload);
  if (text !== undefined && (number === undefined || TEXT_FORMATS.has(number))) {
    return { kind: 'text', format, text: shortened(text) };
  }
  return { kind: 'hex', format, text: hexLines(payload) };
}

/** A line for each value, path or link; undefined when the payload cannot be read as such. */
function linesOf(
  message: Message, subject: Subject, at: number, models: Models,
): string[] | undefined {
  const { payload } = message;
  const format = contentFormat(message);
  if (format === ContentFormat.LINK) {
    const text = printable(payload);
    const links = text === undefined ? undefined : parseLinks(text);
    return links?.ok === true ? text?.split(/,(?=<)/) : undefined;
  }
  if (subject.kind === 'paths') {
    const paths = decodePaths(format, payload);
    return paths.ok ? paths.value.map((path) => labelOf(path, models)) : undefined;
  }
  if (subject.kind !== 'path' && subject.kind !== 'root') return undefined;
  if (message.code === Code.IPATCH) {
    const changes = decodePatches(format, payload, models);
    if (changes.ok) return changes.value.map((change) => lineOf(change, models));
  }
  // Without a format it may be the arguments of an Execute, or words.
  if (format === undefined && message.code < 0x20) return undefined;
  const base = subject.kind === 'path' ? subject.path : undefined;
  const entries = decodePayload(format, base, payload, at, models);
  return entries.ok ? entries.value.map((entry) => lineOf(entry, models)) : undefined;
}

function lineOf(entry: Entry | Patch, models: Models): string {
  const time = 'time' in entry && entry.time !== undefined
    ? ` at ${timeText(entry.time / 1_000)}` : '';
  return `${labelOf(entry.path, models)} = ${valueText(entry.value)}${time}`;
}

function valueText(value: Entry['value'] | null): string {
  if (value === null) return 'to be removed';
  if (value.type === 'time') return timeText(value.value);
  const shown = valueView(value).value;
  return typeof shown === 'string' && value.type === 'string' ? JSON.stringify(shown)
    : String(shown);
}

/** Seconds as a time, as far as there is one (ECMA-262 s21.4.1.1). */
function timeText(seconds: number): string {
  return Math.abs(seconds) <= 8.64e12 ? new Date(seconds * 1_000).toISOString() : `${seconds} s`;
}

function labelOf(path: Path, models: Models): string {
  const name = path.resource === undefined ? models.get(path.object)?.name
    : findResource(path.object, path.resource, models)?.name;
  return name === undefined ? formatPath(path) : `${formatPath(path)} ${name}`;
}

function shownLines(lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN_ENTRIES_MAX);
  const left = lines.length - shown.length;
  return shortened([...shown, ...(left > 0 ? [`and ${left} more`] : [])].join('\n'));
}

function shortened(text: string): string {
  return text.length <= SHOWN_CHARACTERS_MAX ? text
    : `${text.slice(0, SHOWN_CHARACTERS_MAX)}\nand ${text.length - SHOWN_CHARACTERS_MAX} more`;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined for what is no text: other bytes than UTF-8, and control characters. */
function printable(bytes: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(bytes);
    return /[^\P{Cc}\t\r\n]/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** `0010  48 65 6c 6c 6f ...  Hello` */
export function hexLines(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let start = 0; start < Math.min(bytes.length, HEX_BYTES_MAX); start += HEX_COLUMNS) {
    const row = Array.from(bytes.subarray(start, start + HEX_COLUMNS));
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');
    lines.push(`${start.toString(16).padStart(4, '0')}  ${hex.padEnd(48)} ${text.join('')}`);
  }
  if (bytes.length > HEX_BYTES_MAX) lines.push(`and ${bytes.length - HEX_BYTES_MAX} bytes more`);
  return lines.join('\n');
}
