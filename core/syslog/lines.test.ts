// What is kept of a logged text: its lines, clean, with severity and module.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import {
  factsOfMessage, factsOfResource, logLine, MODULE_LENGTH_MAX, rawLines, TEXT_LENGTH_MAX,
  type LogLine,
} from './lines.ts';
import type { SyslogMessage } from './message.ts';

const PLAIN: LogLine = { facility: 1, severity: 6, time: undefined, module: '', text: '' };

test.for([
  ['one', ['one']], ['one\ntwo\r\nthree\n', ['one', 'two', 'three']], ['\n \n\r\n\0', []], ['', []],
] as const)('the lines of %j', ([text, lines]) => {
  expect(rawLines(text)).toEqual(lines);
});

describe('a line', () => {
  test.for<[string, Partial<LogLine>]>([
    ['hello', { text: 'hello' }],
    ['net_dhcp: Received: 192.0.2.7', { module: 'net_dhcp', text: 'Received: 192.0.2.7' }],
    ['http://192.0.2.7/', { text: 'http://192.0.2.7/' }],
    ['no module here: at all', { text: 'no module here: at all' }],
    ['[00:00:03.450,012] <err> modem: no carrier', {
      severity: 3, time: 3_450, module: 'modem', text: 'no carrier',
    }],
    ['[1201:00:00.000,000] <dbg> x: y', {
      severity: 7, time: 1_201 * 3_600_000, module: 'x', text: 'y',
    }],
    ['<wrn> low', { severity: 4, text: 'low' }],
    ['<bad> low', { text: '<bad> low' }],
    ['\u001b[1;31m<err> red: alert\u001b[0m', { severity: 3, module: 'red', text: 'alert' }],
    ['bell\u0007 tab\there \u202eflipped  ', { text: 'bell  tab here  flipped' }],
  ])('%j', ([raw, expected]) => {
    expect(logLine(raw, factsOfResource(undefined))).toEqual({ ...PLAIN, ...expected });
  });

  test('of a message has the severity, time and application of its header', () => {
    const message: SyslogMessage = {
      facility: 16, severity: 2, time: 5, hostname: 'h', app: 'su', data: [], text: '',
    };
    expect(logLine('net: down', factsOfMessage(message)))
      .toEqual({ facility: 16, severity: 2, time: 5, module: 'su', text: 'net: down' });
  });
});

property.prop([fc.string({ unit: 'binary', maxLength: 10_000 }), fc.string({ maxLength: 200 })])(
  'is bounded and shows as it is, whatever it was', (text, app) => {
    const facts = factsOfMessage({
      facility: 1, severity: 6, time: undefined, hostname: '', app, data: [], text,
    });
    for (const raw of [text, 'x'.repeat(20_000), ...rawLines(text)]) {
      const line = logLine(raw, facts);
      expect(line.text.length).toBeLessThanOrEqual(TEXT_LENGTH_MAX);
      expect(line.module.length).toBeLessThanOrEqual(MODULE_LENGTH_MAX);
      expect(line.text + line.module).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
    }
  },
);
