// RFC 3164 as devices send it, and everything else a datagram may hold: all of it is a message.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from '../bytes.ts';
import { mutated, mutation } from '../../sim/testing/hostile.ts';
import { MESSAGE_BYTES_MAX, type SyslogMessage } from './message.ts';
import { parseSyslog } from './parse.ts';
import { syslogOf } from './testing.ts';

const NOW = Date.UTC(2027, 0, 2, 12);
const PLAIN: SyslogMessage = {
  facility: 1, severity: 5, time: undefined, hostname: '', app: '', data: [], text: '',
};

function read(text: string, now = NOW): SyslogMessage {
  return parseSyslog(encodeUtf8(text), now);
}

describe('a message', () => {
  test.for<[string, string, Partial<SyslogMessage>]>([
    ['RFC 3164 s5.4, example 1',
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
      { facility: 4, severity: 2, time: Date.UTC(2026, 9, 11, 22, 14, 15), hostname: 'mymachine',
        app: 'su', text: "'su root' failed for lonvick on /dev/pts/8" }],
    ['example 2: nothing but text', 'Use the BFG!', { text: 'Use the BFG!' }],
    ['example 3: a zone after the time', '<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %%',
      { facility: 20, time: Date.UTC(2026, 7, 24, 5, 34), hostname: 'CST',
        text: '1987 mymachine myproc[10]: %%' }],
    ['a day in two digits', '<13>Jan 02 11:00:00 h t: x',
      { time: Date.UTC(2027, 0, 2, 11), hostname: 'h', app: 't', text: 'x' }],
    ['a day after a space', '<13>Jan  2 11:00:00 h t: x',
      { time: Date.UTC(2027, 0, 2, 11), hostname: 'h', app: 't', text: 'x' }],
    ['a year and a fraction', '<13>Jan  2 2020 11:00:00.25 h t: x',
      { time: Date.UTC(2020, 0, 2, 11, 0, 0, 250), hostname: 'h', app: 't', text: 'x' }],
    ['the time of RFC 5424', '<13>2027-01-02T11:00:00.5+01:00 h t[7]: x',
      { time: Date.UTC(2027, 0, 2, 10, 0, 0, 500), hostname: 'h', app: 't', text: 'x' }],
    ['no hostname', '<13>Jan  2 11:00:00 wifi[3]: x',
      { time: Date.UTC(2027, 0, 2, 11), app: 'wifi', text: 'x' }],
    ['an IPv6 hostname', '<13>Jan  2 11:00:00 2001:db8::1 t: x',
      { time: Date.UTC(2027, 0, 2, 11), hostname: '2001:db8::1', app: 't', text: 'x' }],
    ['no time', '<11>wifi: lost', { severity: 3, app: 'wifi', text: 'lost' }],
    ['a priority alone', '<11>', { severity: 3 }],
    ['a day that is none', '<11>Feb 30 11:00:00 h t: x',
      { severity: 3, text: 'Feb 30 11:00:00 h t: x' }],
    ['a priority that is none', '<999>x', { text: '<999>x' }],
    ['RFC 5424 of another version', '<134>2 - h a - - - x',
      { facility: 16, severity: 6, text: '2 - h a - - - x' }],
    ['RFC 5424 that is broken', '<134>1 - h a - - [x',
      { facility: 16, severity: 6, text: '- h a - - [x' }],
    ['nothing', '', {}],
  ])('%s', ([, text, expected]) => {
    expect(read(text)).toEqual({ ...PLAIN, ...expected });
  });
});

describe('a time without a year is of the nearest', () => {
  test.for([
    ['Dec 31 23:59:00', Date.UTC(2027, 0, 1), Date.UTC(2026, 11, 31, 23, 59)],
    ['Jan  1 00:01:00', Date.UTC(2026, 11, 31, 23), Date.UTC(2027, 0, 1, 0, 1)],
    ['Jul  1 00:00:00', Date.UTC(2026, 6, 1), Date.UTC(2026, 6, 1)],
    ['Feb 29 00:00:00', Date.UTC(2028, 2, 1), Date.UTC(2028, 1, 29)],
    ['Feb 29 00:00:00', Date.UTC(2027, 1, 1), Date.UTC(2028, 1, 29)],
  ] as const)('%s', ([text, now, expected]) => {
    expect(read(`<13>${text} h t: x`, now).time).toBe(expected);
  });
});

describe('limits', () => {
  test('what is longer than a message is cut', () => {
    expect(read('x'.repeat(MESSAGE_BYTES_MAX + 1)).text).toBe('x'.repeat(MESSAGE_BYTES_MAX));
  });

  test('a character that is cut in two leaves the others', () => {
    expect(parseSyslog(Uint8Array.of(0x6f, 0x6b, 0xe2, 0x82), NOW).text).toBe('ok\ufffd');
  });
});

const TYPICAL = [
  syslogOf('text', {
    data: [{ id: 'a@1', parameters: [['b', 'c"]\\']] }], time: '2026-11-22T10:00:00Z',
  }),
  encodeUtf8('<34>Oct 11 22:14:15 mymachine su[12]: failed'),
];

describe('every datagram is a message', () => {
  const isMessage = (bytes: Uint8Array): void => {
    const { facility, severity, time = 0 } = parseSyslog(bytes, NOW);
    expect(facility >= 0 && facility <= 23 && severity >= 0 && severity <= 7).toBe(true);
    expect(Number.isSafeInteger(time)).toBe(true);
  };
  property.prop([fc.uint8Array({ maxLength: 300 })], { numRuns: 2_000 })('of any bytes', isMessage);
  property.prop([fc.string({ unit: 'binary' })], { numRuns: 2_000 })('of any text', (text) => {
    isMessage(encodeUtf8(`<134>1 ${text}`));
    isMessage(encodeUtf8(`<134>1 - - - - - [${text}`));
  });
  property.prop([fc.array(mutation())], { numRuns: 5_000 })('nearly right', (changes) => {
    for (const datagram of TYPICAL) isMessage(mutated(datagram, changes));
  });

  test('however long its parts, in no time', () => {
    for (const part of ['[x a="', '\\', ' ', '<', 'a:', '[x a="b"]', '\ud83d\ude00']) {
      isMessage(encodeUtf8(`<134>1 - - - - - [x a="${part.repeat(30_000)}`));
      isMessage(encodeUtf8(`<13>Jan  2 11:00:00 ${part.repeat(30_000)}`));
    }
  });
});
