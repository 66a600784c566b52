// What pages say of messages.

import { expect, test } from 'vitest';
import type { CoapMessage } from '../wire.ts';
import { fileAddress, gistOf, toneOf } from './words.ts';

const MESSAGE: CoapMessage = {
  id: 1, at: 0, direction: 'in', address: '10.0.0.1:5683', size: 4, malformed: '', type: 'CON',
  code: 'GET', mid: 1, token: '', about: '/3/0', options: [], payload: null,
};
const values = (text: string) => ({ kind: 'values' as const, format: 'TLV', text });

test.for<[Partial<CoapMessage>, string]>([
  [{}, ''], [{ code: '2.05 Content' }, ''], [{ code: '4.04 Not Found' }, 'bad'],
  [{ malformed: 'header truncated', code: '' }, 'bad'], [{ type: 'RST', code: 'Empty' }, 'waiting'],
])('%j is %j', ([facts, tone]) => {
  expect(toneOf({ ...MESSAGE, ...facts })).toBe(tone);
});

test.for<[Partial<CoapMessage>, string]>([
  [{}, '/3/0'],
  [{ malformed: 'header truncated' }, 'header truncated'],
  [{ payload: values('/3/0/9 Battery Level = 80') }, '/3/0/9 Battery Level = 80'],
  [{ about: '', payload: values('/3/0/9 = 80') }, '/3/0/9 = 80'],
  [{ payload: values('/3/0/9 = 80\n/3/0/1 = 7') }, '/3/0 · 2 values'],
  [{ about: '/rd?ep=a', payload: { ...values('</3/0>'), format: 'link format' } },
    '/rd?ep=a · 1 link'],
  [{ payload: { kind: 'hex', format: '', text: '0000' } }, '/3/0'],
])('%j is about %j', ([facts, gist]) => {
  expect(gistOf({ ...MESSAGE, ...facts })).toBe(gist);
});

test('the file is of the device', () => {
  expect(fileAddress('urn:a b')).toBe('/files/messages.pcapng?endpoint=urn%3Aa+b');
});
