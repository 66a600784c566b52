// RFC 5424 to the letter: its examples, the edges of every field, and what is none of it.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { decodeUtf8 } from '../bytes.ts';
import type { SyslogMessage } from './message.ts';
import { parseRfc5424 } from './rfc5424.ts';
import { syslogOf } from './testing.ts';

const PLAIN: SyslogMessage = {
  facility: 16, severity: 6, time: undefined, hostname: '', app: '', data: [], text: '',
};

describe('a message', () => {
  test.for<[string, string, Partial<SyslogMessage>]>([
    ['RFC 5424 s6.5, example 1',
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed",
      { facility: 4, severity: 2, time: Date.UTC(2003, 9, 11, 22, 14, 15, 3),
        hostname: 'mymachine.example.com', app: 'su', text: "'su root' failed" }],
    ['example 2, of another zone',
      '<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It\'s time.',
      { facility: 20, severity: 5, time: Date.UTC(2003, 7, 24, 12, 14, 15),
        hostname: '192.0.2.1', app: 'myproc', text: "%% It's time." }],
    ['example 3, with structured data',
      '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 '
      + '[exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] \ufeffAn entry',
      { facility: 20, severity: 5, time: Date.UTC(2003, 9, 11, 22, 14, 15, 3),
        hostname: 'mymachine.example.com', app: 'evntslog', text: 'An entry',
        data: [{ id: 'exampleSDID@32473', parameters: [
          ['iut', '3'], ['eventSource', 'Application'], ['eventID', '1011'],
        ] }] }],
    ['example 4, structured data alone',
      '<165>1 2003-10-11T22:14:15.003Z m e - I [a iut="3"][b@1 class="high"]',
      { facility: 20, severity: 5, time: Date.UTC(2003, 9, 11, 22, 14, 15, 3), hostname: 'm',
        app: 'e',
        data: [{ id: 'a', parameters: [['iut', '3']] },
          { id: 'b@1', parameters: [['class', 'high']] }] }],
    ['Zephyr: a time since the boot, the module in the text',
      '<134>1 1970-01-01T00:00:03.450000Z 192.0.2.7 - - - - net_dhcp: Received: 192.0.2.7',
      { time: 3_450, hostname: '192.0.2.7', text: 'net_dhcp: Received: 192.0.2.7' }],
    ['no text', '<134>1 - - - - - -', {}],
    ['an empty text', '<134>1 - - - - - - ', {}],
    ['the least priority', '<0>1 - - - - - -', { facility: 0, severity: 0 }],
    ['the greatest', '<191>1 - - - - - -', { facility: 23, severity: 7 }],
    ['an element without parameters', '<134>1 - - - - - [x]', { data: [{ id: 'x', parameters: [] }] }],
    ['escapes, and a backslash that is none', String.raw`<134>1 - - - - - [x a="\"\\\]\n"] t`,
      { text: 't', data: [{ id: 'x', parameters: [['a', String.raw`"\]\n`]] }] }],
    ['a parameter that comes twice', '<134>1 - - - - - [x ip="1" ip="2"]',
      { data: [{ id: 'x', parameters: [['ip', '1'], ['ip', '2']] }] }],
    ['the longest fields', `<134>1 - ${'h'.repeat(255)} ${'a'.repeat(48)} ${'p'.repeat(128)} `
      + `${'m'.repeat(32)} [${'i'.repeat(32)}] t`,
    { hostname: 'h'.repeat(255), app: 'a'.repeat(48), text: 't',
      data: [{ id: 'i'.repeat(32), parameters: [] }] }],
    ['a leap day of year 4', '<134>1 0004-02-29T00:00:00Z - - - - -',
      { time: Date.parse('0004-02-29T00:00:00Z') }],
    ['what looks like data in the text', '<134>1 - - - - - - [x', { text: '[x' }],
  ])('%s', ([, text, expected]) => {
    expect(parseRfc5424(text)).toEqual({ ok: true, value: { ...PLAIN, ...expected } });
  });
});

describe('what is none', () => {
  test.for([
    '', '<', '<134>', '<134>1', '<134>1 ', '<134>2 - - - - - -', '<134>01 - - - - - -',
    '<192>1 - - - - - -', '<1344>1 - - - - - -', '<>1 - - - - - -', '<-1>1 - - - - - -',
    ' <134>1 - - - - - -', '<134> 1 - - - - - -', '<134>1 - - - - -', '<134>1 -  - - - - -',
    '<134>1 192.0.2.7 - - - - mod: Zephyr without a time', '<134>1 - hé - - - -',
    `<134>1 - ${'h'.repeat(256)} - - - -`, `<134>1 - - ${'a'.repeat(49)} - - -`,
    `<134>1 - - - ${'p'.repeat(129)} - -`, `<134>1 - - - - ${'m'.repeat(33)} -`,
    '<134>1 2003-10-11 - - - - -', '<134>1 2003-10-11T22:14:15 - - - - -',
    '<134>1 2003-10-11t22:14:15z - - - - -', '<134>1 2003-02-29T22:14:15Z - - - - -',
    '<134>1 2003-04-31T22:14:15Z - - - - -', '<134>1 2003-13-11T22:14:15Z - - - - -',
    '<134>1 2003-00-11T22:14:15Z - - - - -', '<134>1 2003-10-00T22:14:15Z - - - - -',
    '<134>1 2003-10-11T24:00:00Z - - - - -', '<134>1 2003-10-11T23:60:00Z - - - - -',
    '<134>1 2016-12-31T23:59:60Z - - - - -', '<134>1 2003-10-11T22:14:15.0000001Z - - - - -',
    '<134>1 2003-10-11T22:14:15.Z - - - - -', '<134>1 2003-10-11T22:14:15+24:00 - - - - -',
    '<134>1 - - - - - -text', '<134>1 - - - - - [', '<134>1 - - - - - []', '<134>1 - - - - - [x',
    '<134>1 - - - - - [x]text', '<134>1 - - - - - [x ]', '<134>1 - - - - - [x a]',
    '<134>1 - - - - - [x a=1]', '<134>1 - - - - - [x a="1]', '<134>1 - - - - - [x a="]"]',
    '<134>1 - - - - - [x  a="1"]', '<134>1 - - - - - [x a="1"b="2"]', '<134>1 - - - - - [x][x]',
    '<134>1 - - - - - [x a="\\', `<134>1 - - - - - [${'i'.repeat(33)}]`, '<134>1 - - - - - [é]',
  ])('"%s"', (text) => {
    expect(parseRfc5424(text).ok).toBe(false);
  });
});

const printable = (excluded: string, maxLength: number) =>
  fc.string({ unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code))
    .filter((character) => !excluded.includes(character)), minLength: 1, maxLength });
const field = (maxLength: number) => printable('', maxLength).filter((text) => text !== '-');
const element = fc.record({
  id: printable('= ]"', 32),
  parameters: fc.array(fc.tuple(printable('= ]"', 32), fc.string({ unit: 'binary' })),
    { maxLength: 3 }),
});

property.prop([fc.record({
  priority: fc.integer({ min: 0, max: 191 }),
  time: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  hostname: field(255),
  app: field(48),
  data: fc.uniqueArray(element, { selector: ({ id }) => id, maxLength: 3 }),
}), fc.string({ unit: 'binary' }).filter((text) => !text.startsWith('\ufeff'))])(
  'what is written is read', ({ priority, time, hostname, app, data }, text) => {
    const written = syslogOf(text, {
      priority, time: new Date(time).toISOString(), hostname, app, data,
    });
    expect(parseRfc5424(decodeUtf8(written) ?? '')).toEqual({ ok: true, value: {
      facility: priority >> 3, severity: priority & 7, time, hostname, app, data, text,
    } });
  },
);
