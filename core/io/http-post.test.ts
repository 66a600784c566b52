// Where posts may go: names are judged by what they stand for when they are used.

import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { checked, httpPost, isRefused } from './http-post.ts';

const REFUSAL = 'nothing is sent to link-local, multicast and metadata addresses';

test.each([
  ['169.254.169.254', true], ['169.254.0.1', true], ['::ffff:169.254.169.254', true],
  ['fe80::1', true], ['fe80::1%eth0', true], ['fd00:ec2::254', true], ['224.0.0.1', true],
  ['ff02::1', true], ['127.0.0.1', false], ['::1', false], ['10.0.0.7', false],
  ['192.168.1.2', false], ['169.253.1.1', false], ['2001:db8::1', false], ['fd00::1', false],
])('%s: refused is %s', (address, refused) => {
  expect(isRefused(address)).toBe(refused);
});

test.each([
  'http://169.254.169.254/latest/meta-data', 'http://[fe80::1]/', 'http://0xa9fea9fe/',
  'http://[::ffff:169.254.169.254]/', 'https://2852039166/',
])('nothing is sent to %s', async (url) => {
  expect(await httpPost(url, {}, '{}')).toEqual({ isDelivered: false, outcome: REFUSAL });
});

test('a name that stands for nothing of the kind is asked', async () => {
  // Port 9 of this machine is closed, which is an answer of its own.
  expect((await httpPost('http://localhost:9/', {}, '{}')).outcome).toContain('ECONNREFUSED');
});

test('of a name with several addresses none may be of the kind', async () => {
  const inside = [{ address: '127.0.0.1', family: 4 }, { address: '169.254.169.254', family: 4 }];
  const lookUp: LookupFunction = (_, options, callback) => {
    if (options.all === true) callback(null, inside);
    else callback(null, '169.254.169.254', 4);
  };
  expect(await httpPost('http://rebound.example/', {}, '{}', 5_000, checked(lookUp)))
    .toEqual({ isDelivered: false, outcome: REFUSAL });
});
