// What is taken from a device's answer, and what of it is left behind at once.

import { expect, it } from 'vitest';
import { encodeUtf8 } from '../core/bytes.ts';
import { ACK, Code, OptionNumber } from '../core/coap/message.ts';
import { uintOptionOf } from '../core/coap/options.ts';
import { ContentFormat } from '../core/lwm2m/content-format.ts';
import { OBJECTS } from '../core/lwm2m/objects.ts';
import { formatPath } from '../core/lwm2m/path.ts';
import { contentOf } from './content.ts';

it('keeps nothing of the keys that a device gives away', () => {
  const records = [
    { n: '/0/0/5', vs: 'a key' }, { n: '/21/0/3', vs: 'another' }, { n: '/3/0/9', v: 80 },
  ];
  const entries = contentOf(undefined, {
    type: ACK, code: Code.CONTENT, mid: 1, token: new Uint8Array(0),
    options: [uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.SENML_JSON)],
    payload: encodeUtf8(JSON.stringify(records)),
  }, 0, OBJECTS);
  expect(entries.ok && entries.value.map(({ path }) => formatPath(path))).toEqual(['/3/0/9']);
});
