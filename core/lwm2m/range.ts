// The range an object's definition gives a resource (LwM2M Core 1.1.1 appendix D), as far as it is
// written in a form that can be checked: `0..100`, and `1..64 bytes` for texts and opaque; or in
// one that can be offered: `5, 10, 15`. All other words are for people.

import { encodeUtf8 } from '../bytes.ts';
import type { Value } from './value.ts';

const RANGE = /^(-?\d{1,20}(?:\.\d{1,20})?)\.\.(-?\d{1,20}(?:\.\d{1,20})?)( bytes)?$/;

export interface Range {
  readonly from: number;
  readonly to: number;
  /** Of what: the number itself, or the length of the value in bytes. */
  readonly of: 'number' | 'bytes';
}

/** One value of an enumeration, in its text form, and what the definition calls it. */
export interface Choice {
  readonly value: string;
  /** '' when it has no name. */
  readonly name: string;
}

export const CHOICES_MAX = 64;

const CHOICE = /^(?!.*\.\.)([\w.+-]{1,32})(?:\s*:\s*(\S.{0,63}))?$/;

/** The values of an enumeration, like `0: OFF` in lines or `5, 10`; none when it is none. */
export function parseChoices(words: string): Choice[] {
  const choices = words.split(/[\n,;]/).map((part) => {
    const [, value = '', name = ''] = CHOICE.exec(part.trim()) ?? [];
    return { value, name };
  });
  const isOne = choices.length > 1 && choices.length <= CHOICES_MAX
    && choices.every(({ value }) => value !== '');
  return isOne ? choices : [];
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
  return problemOf(words, (of) => measure(value, of));
}

/** Likewise of a value of which only the length in bytes is known. */
export function lengthProblem(length: number, words: string): string | undefined {
  return problemOf(words, (of) => (of === 'bytes' ? length : undefined));
}

function problemOf(
  words: string, measureBy: (of: Range['of']) => number | undefined,
): string | undefined {
  const range = words === '' ? undefined : parseRange(words);
  const measured = range && measureBy(range.of);
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
