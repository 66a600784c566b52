// Lines for devices: addresses and endpoints that have to be written otherwise than they were typed.

import { describe, expect, it } from 'vitest';
import { forZephyr } from './credential-print.ts';

function printed(endpoint: string, server: string, usual = '5684'): string[] {
  return forZephyr({ endpoint, identity: endpoint, key: '00ff' }, server, usual);
}

describe('the lines for Zephyr', () => {
  it.each([
    ['192.0.2.10', 'coaps://192.0.2.10:5684'],
    ['192.0.2.10:20684', 'coaps://192.0.2.10:20684'],
    ['coaps://192.0.2.10:20684', 'coaps://192.0.2.10:20684'],
    ['COAPS://iot.example.com/', 'coaps://iot.example.com:5684'],
    ['2001:db8::1', 'coaps://[2001:db8::1]:5684'],
    ['2001:db8::1:2068', 'coaps://[2001:db8::1:2068]:5684'],
    ['2001:db8::1:20684', 'coaps://[2001:db8::1]:20684'],
    ['[2001:db8::1]', 'coaps://[2001:db8::1]:5684'],
    ['[2001:db8::1]:20684', 'coaps://[2001:db8::1]:20684'],
    ['coaps://2001:db8::1', 'coaps://[2001:db8::1]:5684'],
    ['coaps://[2001:db8::1]:20684', 'coaps://[2001:db8::1]:20684'],
  ])('the server %s is named %s', (server, uri) => {
    expect(printed('meter', server)[3]).toBe(`CONFIG_NET_SAMPLE_LWM2M_SERVER="${uri}"`);
  });

  it.each([
    ['192.0.2.10', 'coaps://192.0.2.10:20684'], ['192.0.2.10:5684', 'coaps://192.0.2.10:5684'],
    ['coaps://iot.example.com', 'coaps://iot.example.com:20684'],
  ])('the server %s is named %s where it listens elsewhere', (server, uri) => {
    expect(printed('meter', server, '20684')[3]).toBe(`CONFIG_NET_SAMPLE_LWM2M_SERVER="${uri}"`);
  });

  it.each([
    'coap://192.0.2.10', 'https://192.0.2.10', '192.0.2.10/rd', '192.0.2.10:0', 'iot:65536', '', 'a b',
    'iot"x', 'coaps://', '[::1',
  ])('the server "%s" is refused', (server) => {
    expect(() => printed('meter', server)).toThrow(/or a coaps:\/\/ URI of these: ".*" is not$/);
  });

  it.each([
    ['quote"d', String.raw`"quote\"d"`],
    [String.raw`back\slash`, String.raw`"back\\slash"`],
    [String.raw`both\"`, String.raw`"both\\\""`],
  ])('the endpoint %s is escaped for Kconfig', (endpoint, text) => {
    expect(printed(endpoint, '192.0.2.10')[4]).toBe(`CONFIG_NET_SAMPLE_LWM2M_ID=${text}`);
  });
});
