// What pages say of log lines.

import { expect, test } from 'vitest';
import type { LogLine } from '../wire.ts';
import { fileAddress, severityOf, toneOf, uptimeOf } from './words.ts';

const LINE: LogLine = {
  id: 1, source: '', receiveTime: 0, facility: 1, severity: 6, module: '', text: '', dropped: 0,
};

test.for([
  [0, 'emergency', 'bad'], [3, 'error', 'bad'], [4, 'warning', 'waiting'], [6, 'info', ''],
  [7, 'debug', ''],
] as const)('severity %s is %s', ([severity, word, tone]) => {
  const line = { ...LINE, severity };
  expect([severityOf(line), toneOf(line)]).toEqual([word, tone]);
});

test.for<[number, string | undefined]>([
  [3_450, '0:00:03.450'], [90_061_001, '25:01:01.001'], [Date.UTC(2026, 10, 22), undefined],
  [-1, undefined],
])('a device time of %s is an uptime of %s', ([deviceTime, expected]) => {
  expect(uptimeOf({ ...LINE, deviceTime })).toBe(expected);
});

test('a line without a device time has no uptime', () => {
  expect(uptimeOf(LINE)).toBeUndefined();
});

test('the file is what the panel shows', () => {
  expect(fileAddress('urn:a b', { severity: 4, search: '50 %' }))
    .toBe('/files/log.txt?severity=4&search=50+%25&endpoint=urn%3Aa+b');
  expect(fileAddress(null, { severity: 7, search: '' })).toBe('/files/log.txt?severity=7&search=');
});
