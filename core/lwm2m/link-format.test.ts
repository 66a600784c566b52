// Link format: the examples of RFC 6690 and LwM2M, what real clients write, malformed text, and
// the two identities.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import {
  attributeOf, formatLinks, LINK_ATTRIBUTES_MAX, LINKS_LENGTH_MAX, LINKS_MAX, parseLinks,
  type Link,
} from './link-format.ts';

function link(target: string, attributes: Record<string, string | undefined> = {}): Link {
  const pairs = Object.entries(attributes);
  return { target, attributes: pairs.map(([name, value]) => ({ name, value })) };
}

describe('text becomes links', () => {
  test.for<[string, string, Link[]]>([
    ['nothing', '', []],
    ['white space alone', ' \r\n', []],
    ['RFC 6690 s5', '</sensors>;ct=40;title="Sensor Index",</t>;rt="temperature-c";if="sensor"', [
      link('/sensors', { ct: '40', title: 'Sensor Index' }),
      link('/t', { rt: 'temperature-c', if: 'sensor' }),
    ]],
    ['absolute target', '<http://www.example.com/t123>;anchor="/sensors/temp"',
      [link('http://www.example.com/t123', { anchor: '/sensors/temp' })]],
    ['LwM2M root link', '</>;rt="oma.lwm2m";ct="110 112 60"',
      [link('/', { rt: 'oma.lwm2m', ct: '110 112 60' })]],
    ['Zephyr root link', '</>;ct=112,</3>;ver=1.0',
      [link('/', { ct: '112' }), link('/3', { ver: '1.0' })]],
    ['attribute without value', '</3/0>;obs;dim=3', [link('/3/0', { obs: undefined, dim: '3' })]],
    ['extended attribute', "</a>;title*=UTF-8'en'x", [link('/a', { 'title*': "UTF-8'en'x" })]],
    ['comma, semicolon and angle inside quotes', '</a>;t="x,</b>;c",</d>',
      [link('/a', { t: 'x,</b>;c' }), link('/d')]],
    ['escapes', '</a>;t="say \\"hi\\" \\\\ \\n"', [link('/a', { t: 'say "hi" \\ n' })]],
    ['empty quoted value', '</a>;t=""', [link('/a', { t: '' })]],
    ['white space around separators', ' </a> ; ct=40 ,\r\n</b> ', [link('/a', { ct: '40' }), link('/b')]],
    ['empty target', '<>', [link('')]],
    ['value of ptoken characters', '</a>;x=a/b<c>=d', [link('/a', { x: 'a/b<c>=d' })]],
    ['UTF-8 in quotes', '</a>;title="Küche"', [link('/a', { title: 'Küche' })]],
  ])('%s', ([, text, links]) => {
    expect(parseLinks(text)).toEqual({ ok: true, value: links });
  });
});

describe('malformed text is refused', () => {
  test.for([
    ['no angle brackets', '/3/0'],
    ['unclosed target', '</3/0'],
    ['nested angle', '</3</0>'],
    ['white space in the target', '</3 /0>'],
    ['no comma between links', '</3/0></5/0>'],
    ['trailing comma', '</3/0>,'],
    ['leading comma', ',</3/0>'],
    ['doubled comma', '</3/0>,,</5/0>'],
    ['semicolon without attribute', '</3/0>;'],
    ['attribute without name', '</3/0>;=1'],
    ['equals without value', '</3/0>;ver='],
    ['unclosed quote', '</3/0>;ver="1.0'],
    ['quote that ends in an escape', '</3/0>;ver="1.0\\"'],
    ['text behind a quote', '</3/0>;ver="1.0"x'],
    ['space in a bare value', '</3/0>;ct=110 112'],
    ['NUL', '</3/0>\0'],
  ])('%s', ([, text = '']) => {
    expect(parseLinks(text).ok).toBe(false);
  });
});

describe('limits', () => {
  const many = (count: number, of: string, separator: string) =>
    Array.from({ length: count }, () => of).join(separator);
  test.for<[string, string, boolean]>([
    ['as many links as allowed', many(LINKS_MAX, '</1>', ','), true],
    ['one link more', many(LINKS_MAX + 1, '</1>', ','), false],
    ['as many attributes as allowed', `</1>;${many(LINK_ATTRIBUTES_MAX, 'a', ';')}`, true],
    ['one attribute more', `</1>;${many(LINK_ATTRIBUTES_MAX + 1, 'a', ';')}`, false],
    ['as long as allowed', `</${'1'.repeat(LINKS_LENGTH_MAX - 3)}>`, true],
    ['one character longer', `</${'1'.repeat(LINKS_LENGTH_MAX - 2)}>`, false],
    ['an open quote as long as allowed', `</1>;a="${'\\'.repeat(LINKS_LENGTH_MAX - 8)}`, false],
  ])('%s', ([, text, accepted]) => {
    expect(parseLinks(text).ok).toBe(accepted);
  });
});

test('numbers are written bare, all else in quotes', () => {
  const links = [
    link('/', { rt: 'oma.lwm2m', ct: '112' }), link('/3', { ver: '1.1', q: 'a"\\', obs: undefined }),
  ];
  const text = '</>;rt="oma.lwm2m";ct=112,</3>;ver=1.1;q="a\\"\\\\";obs';
  expect(formatLinks(links)).toBe(text);
  expect(parseLinks(text)).toEqual({ ok: true, value: links });
});

test('an attribute is found by name, the first if repeated', () => {
  const links: Link = { target: '/', attributes: [
    { name: 'rt', value: 'a' }, { name: 'rt', value: 'b' }, { name: 'obs', value: undefined },
  ] };
  expect(attributeOf(links, 'rt')).toBe('a');
  expect(attributeOf(links, 'obs')).toBe('');
  expect(attributeOf(links, 'ct')).toBeUndefined();
});

const attribute = fc.record({
  name: fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/),
  value: fc.option(fc.string({ unit: 'binary', maxLength: 8 }), { nil: undefined }),
});
const links = fc.array(fc.record({
  target: fc.stringMatching(/^[^<>\s]{0,12}$/), attributes: fc.array(attribute, { maxLength: 4 }),
}), { maxLength: 5 });

property.prop([links])('decode(encode(links)) is the links', (value) => {
  expect(parseLinks(formatLinks(value))).toEqual({ ok: true, value });
});

property.prop([links])('encode(decode(text)) is the text, in the form we write', (value) => {
  const text = formatLinks(value);
  const decoded = parseLinks(text);
  expect(decoded.ok && formatLinks(decoded.value)).toBe(text);
});

property.prop([fc.stringMatching(/^[<>/;,="\\ \da-c]{0,40}$/)])('no text throws', (text) => {
  parseLinks(text);
});
