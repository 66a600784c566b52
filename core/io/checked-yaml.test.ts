// Mistakes in a YAML text at their places, whatever the text is about.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CheckedYaml } from './checked-yaml.ts';

const SCHEMA = z.strictObject({
  sizes: z.record(z.string(), z.strictObject({ width: z.number().optional() })).optional(),
  list: z.array(z.union([z.number(), z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('round'), radius: z.number() }),
    z.strictObject({ kind: z.literal('square'), side: z.number() }),
  ])])).optional(),
  word: z.string().superRefine((text, context) => {
    const within = text.indexOf('!');
    if (within === -1) return;
    context.addIssue({ code: 'custom', message: 'no shouting', params: { within } });
  }).optional(),
  colour: z.enum(['red', 'green']).optional(),
});

const NO_END = 'Flow sequence in block collection must be sufficiently indented and end with a ]';

function mistakes(text: string): string[] {
  const yaml = CheckedYaml.parse(text, new Set(['blue', 'depth']));
  const checked = yaml.ok ? yaml.value.check(SCHEMA, 'keys like word: hello') : yaml;
  return checked.ok ? []
    : checked.reason.map(({ line, column, what }) => `${line}:${column} ${what}`);
}

describe('a mistake', () => {
  it.for<[what: string, text: string, expected: string[]]>([
    ['none', 'word: hello\nsizes: { a: { width: 3 } }\nlist: [1, { kind: round, radius: 2 }]', []],
    ['a key below any name', 'sizes:\n  a: { widht: 3 }', ['2:8 unknown key "widht" (use width)']],
    ['a key of the branch that was meant', 'list: [{ kind: square, sied: 3 }]',
      ['1:8 list.0.side: is missing', '1:24 unknown key "sied" (use side)']],
    ['a branch that there is not', 'list: [{ kind: squere }]',
      ['1:16 list.0.kind: "squere" is none of round, square (use square)']],
    ['within a plain text', 'word: hello!', ['1:12 no shouting']],
    ['within a quoted text', 'word: "hello!"', ['1:13 no shouting']],
    ['a choice', 'colour: grean', ['1:9 colour: "grean" is none of red, green (use green)']],
    ['a choice of later', 'colour: blue',
      ['1:9 colour: "blue" is not available yet (use red or green)']],
    ['a key of later', 'depth: 3', ['1:1 "depth" is not available yet']],
    ['a list in place of keys', '- 1', ['1:1 write keys like word: hello']],
    ['no YAML', 'word: [', [`1:8 ${NO_END}`]],
    ['one of many, some of YAML', 'colour: blau\nlist: [1\nword: hello!\nword: hello', [
      '1:9 colour: "blau" is none of red, green', `3:1 ${NO_END}`,
      '4:1 this key stands there already (leave one out)']],
    ['a tab, and not what it hides', 'sizes:\n\ta: { width: x }\ncolour: rot', [
      '2:1 a tab indents (use spaces)', '3:9 colour: "rot" is none of red, green (use red)']],
    ['a key without its colon, said once', 'sizes: { a: { widht: 1 } }\ncolour\nword: hi', [
      '1:15 unknown key "widht" (use width)', '2:1 a key ends with a colon (write KEY: VALUE)']],
    ['a second document', 'word: hello\n---\nword: hello', [
      '2:1 a second document begins (one per file: remove this ---)']],
    ['a key behind a value', 'word: 1: 2', [
      '1:7 a key begins its line (give it one, or put the text in quotes)']],
    ['an alias to nothing, after other mistakes', 'list: [1\nword: *x', [
      `2:1 ${NO_END}`, '1:1 Unresolved alias (the anchor must be set before the alias): x'].sort()],
  ])('is %s', ([, text, expected]) => {
    expect(mistakes(text)).toEqual(expected);
  });
});

it('tells where a value stands and how it was written', () => {
  const yaml = CheckedYaml.parse('a:\n  - b\n  - c');
  expect(yaml.ok && yaml.value.placeOf(['a', 1])).toEqual({ line: 3, column: 5 });
  expect(yaml.ok && yaml.value.valueAt(['a', 1])).toBe('c');
});
