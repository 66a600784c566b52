// The range an object's definition gives a resource (LwM2M Core 1.1.1 appendix D), as far as it is
// written in a form that can be checked: `0..100`, and `1..64 bytes` for texts and opaque. All
// other words are for people.

import { encodeUtf8 } from '../bytes.ts';
import type { Value } from './value.ts';

const RANGE = /^(-?\d{1,20}(?:\.\d{1,20})?)\.\.(-?\d{1,20}(?:\.\d{1,20})?)( bytes)?$/;

export interface Range {
  readonly from: number;
  readonly to: number;
  /** Of what: the number itself, or the length of the value in bytes. */
  readonly of: 'number' | 'bytes';
}

/** Undefined when the words say no range. */
export function parseRange(words: string): Range | undefined {
  const match = RANGE.exec(words.trim());
  if (match === null) return undefined;
  const of = match[3] === undefined ? 'number' : 'bytes';
  return { from: Number(match[1]), to: Number(match[2]), of };
}

/** What is wrong with a value, as the end of a sentence; undefined when it may be. */
export function rangeProblem(value: Value, words: string): string | undefined {
  const range = words === '' ? undefined : parseRange(words);
  const measured = range && measure(value, range.of);
  if (range === undefined || measured === undefined) return undefined;
  const { from, to, of } = range;
  if (measured >= from && measured <= to) return undefined;
  return `from ${from} to ${to}${of === 'bytes' ? ' bytes long' : ''}`;
}

function measure(value: Value, of: Range['of']): number | undefined {
  switch (value.type) {
    case 'integer': case 'unsigned': case 'float': case 'time':
      return of === 'number' ? Number(value.value) : undefined;
    case 'string':
      return of === 'bytes' ? encodeUtf8(value.value).length : undefined;
    case 'opaque':
      return of === 'bytes' ? value.value.length : undefined;
    default:
      return undefined;
  }
}
