// Values on their way to a device: how each stands in its field, what is wrong with it, and what is
// sent of it. What a definition or the device says against it, the server tells. Pure.

import type { ResourceFacts, Value } from '../wire.ts';
import { unknownResource } from './resources.ts';

export type ValueType = Value['type'];

export interface Draft {
  readonly path: string;
  readonly facts: ResourceFacts;
  /** The definition's, or chosen by hand where there is none. */
  readonly type: ValueType;
  /** Bytes in hex, times in seconds; else as the text form of the type is. */
  readonly text: string;
  /** Takes the place of the text, for bytes. */
  readonly file: FileDraft | undefined;
  readonly isChosen: boolean;
}

export interface FileDraft {
  readonly name: string;
  readonly bytes: number;
  readonly base64: string;
}

/** What a device is sent at most in one value. */
export const FILE_BYTES_MAX = 1_024 * 1_024;

export const TYPES: Readonly<Record<ValueType, string>> = {
  string: 'text', integer: 'integer', unsigned: 'unsigned integer', float: 'number',
  boolean: 'boolean', opaque: 'bytes', time: 'time', objlnk: 'object link', corelnk: 'link',
};

export function draftOf(
  path: string, facts: ResourceFacts | undefined, value?: Value, isChosen = false,
): Draft {
  const known = facts ?? unknownResource(Number(path.split('/')[3]));
  const type = known.type === 'unknown' || known.type === 'none'
    ? value?.type ?? 'string' : known.type;
  return { path, facts: known, type, text: textOf(type, value), file: undefined, isChosen };
}

function textOf(type: ValueType, value: Value | undefined): string {
  if (value === undefined || value.value === null || value.type !== type) {
    return type === 'boolean' ? 'false' : '';
  }
  return type === 'time' ? String(Number(value.value) / 1000) : String(value.value);
}

/** What the server would say at once; undefined when the field may be sent. */
export function problemIn(draft: Draft): string | undefined {
  const text = draft.text.trim();
  switch (draft.type) {
    case 'integer':
    case 'unsigned':
    case 'time':
      return /^[+-]?\d{1,20}$/.test(text) ? outside(draft, Number(text), 'number')
        : 'A whole number belongs here.';
    case 'float':
      return text !== '' && Number.isFinite(Number(text)) ? outside(draft, Number(text), 'number')
        : 'A number belongs here.';
    case 'objlnk':
      return /^\d{1,5}:\d{1,5}$/.test(text) ? undefined
        : 'An object and an instance belong here, like 3303:0.';
    case 'opaque':
      if (draft.file !== undefined) return outside(draft, draft.file.bytes, 'bytes');
      return /^([\da-f]{2})*$/i.test(hexOf(text)) ? outside(draft, hexOf(text).length / 2, 'bytes')
        : 'Pairs of the digits 0 to 9 and a to f belong here.';
    case 'string':
      return outside(draft, new TextEncoder().encode(draft.text).length, 'bytes');
    default:
      return undefined;
  }
}

function outside(
  { facts: { limits } }: Draft, measured: number, of: 'number' | 'bytes',
): string | undefined {
  if (limits === null || limits.of !== of) return undefined;
  if (measured >= limits.from && measured <= limits.to) return undefined;
  return `It is from ${limits.from} to ${limits.to}${of === 'bytes' ? ' bytes long' : ''}.`;
}

/** As a wish has it: text in the form of the type, bytes in base64. */
export function wishedOf({ path, facts, type, text, file }: Draft) {
  const value = type === 'boolean' ? text === 'true'
    : type === 'opaque' ? file?.base64 ?? base64OfHex(text)
      : type === 'string' ? text : text.trim();
  return facts.type === 'unknown' ? { path, value, type } : { path, value };
}

function base64OfHex(text: string): string {
  return btoa(hexOf(text).replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16))));
}

/** Without what people put between bytes. */
function hexOf(text: string): string {
  return text.replace(/[\s:,-]|0x/g, '');
}

/** Which of the drafts a sentence of the server is about: it begins with the path; or -1. */
export function draftNamed(drafts: readonly Draft[], sentence: string): number {
  return drafts.findIndex(({ path }) => sentence.startsWith(`${path} `));
}
