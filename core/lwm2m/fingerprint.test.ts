// Recorded Registers of real clients, and the awake window each is given.

import { expect, test } from 'vitest';
import { encodeUtf8 } from '../bytes.ts';
import { awakeWindowOf, retryAfter } from './fingerprint.ts';
import { parseRegister } from './registration.ts';

const ZEPHYR_1_0 = '</3/0>,</5/0>,</1/0>,</3311/0>,</3303/0>,</3340/0>';
const ZEPHYR_1_1 = '</>;ct=112,</3>;ver=1.0,</3/0>,</5/0>,</1/0>,</19>,</16>';

test.for<[string, string, string, number | undefined]>([
  ['Zephyr 1.0 in queue mode', 'lwm2m=1.0&ep=nat&lt=30&b=UQ', ZEPHYR_1_0, 25_000],
  ['Zephyr 1.1 in queue mode', 'lwm2m=1.1&ep=client_ca&lt=86400&b=U&Q', ZEPHYR_1_1, 25_000],
  ['Zephyr that speaks SenML JSON', 'lwm2m=1.1&ep=a&b=U&Q', '</>;ct=110,</3/0>', 25_000],
  ['nRF91 by its name', 'lwm2m=1.1&ep=nrf-352656100123456&Q', '</1/0>,</3/0>', 25_000],
  ['nRF91 by its list', 'lwm2m=1.0&ep=urn:imei:352656100123456&lt=43200&b=UQ',
    '</3/0>,</1/0>,</33625/0>', 25_000],
  ['Zephyr 1.0 that never sleeps', 'lwm2m=1.0&ep=nat&lt=30', ZEPHYR_1_0, undefined],
  ['Zephyr 1.1 that never sleeps', 'lwm2m=1.1&ep=nat&lt=30&b=U', ZEPHYR_1_1, undefined],
  ['Anjay 1.1', 'lwm2m=1.1&ep=anjay&lt=86400&Q', '</1>;ver=1.1,</1/0>,</3/0>', undefined],
  ['a client of 1.2, which Zephyr is not', 'lwm2m=1.2&ep=a&Q', ZEPHYR_1_0, undefined],
  ['Anjay 1.0', 'lwm2m=1.0&ep=anjay&lt=86400&b=UQ', '</1/0>,</2>,</3/0>', undefined],
  ['Leshan', 'lwm2m=1.1&ep=leshan&lt=300&b=U&Q',
    '</>;rt="oma.lwm2m";ct="60 110 112 11542 11543",</1/0>,</3/0>', undefined],
  ['another modem with an IMEI', 'lwm2m=1.0&ep=urn:imei:867997030000000&b=UQ', '</1/0>,</3/0>',
    undefined],
  ['a list without a Server object', 'lwm2m=1.0&ep=a&b=UQ', '</3/0>,</3303/0>', undefined],
])('%s', ([, query, body, window]) => {
  const result = parseRegister(query.split('&'), 40, encodeUtf8(body));
  if (!result.ok) throw new Error(result.reason.reason);
  expect(awakeWindowOf(result.value)).toBe(window);
});

test('a refused Zephyr client is known to come back after 1235 s, of others nothing is known', () => {
  const retry = (query: string, body: string) => {
    const result = parseRegister(query.split('&'), 40, encodeUtf8(body));
    return result.ok && retryAfter(result.value);
  };
  expect(retry('lwm2m=1.1&ep=client_ca', ZEPHYR_1_1)).toBe(1_235_000);
  expect(retry('lwm2m=1.1&ep=anjay', '</1/0>,</3/0>')).toBeUndefined();
});
