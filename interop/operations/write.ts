// Write (LwM2M Core 1.1.1 s6.3.3): a replacement drops what it does not name, an update keeps it;
// and 200 KB there and back in blocks (RFC 7959).

import { toHex } from '../../core/bytes.ts';
import { ContentFormat } from '../../core/lwm2m/content-format.ts';
import type { WishedValue } from '../../core/lwm2m/operation.ts';
import type { Story, Step, Values } from './story.ts';

const { TEXT, CBOR, SENML_JSON, SENML_CBOR, TLV } = ContentFormat;
const DATA = '/19/0/0/0';
const TIMEZONE = '/3/0/15';

/** No two blocks are alike. */
const LONG = Uint8Array.from({ length: 200_000 }, (_, index) => index * 7 + (index >> 8) * 31);

function write(
  sentence: string, path: string, values: Values, ends = '2.04', format?: number,
): Step {
  return {
    sentence, kind: 'ask', ends,
    wish: { kind: 'write', mode: 'replace', path, values: wished(values), format },
  };
}

function wished(values: Values): WishedValue[] {
  return Object.entries(values).map(([path, value]) => ({ path, value: value ?? '' }));
}

function reads(path: string, values: Values): Step {
  return {
    sentence: `and ${path} is what was written`, kind: 'ask', ends: '2.05', values,
    wish: { kind: 'read', path },
  };
}

export const WRITE: Story = {
  operation: 'Write',
  steps: [
    write('a resource is replaced', '/3/0/14', { '/3/0/14': '+02' }),
    reads('/3/0/14', { '/3/0/14': '+02' }),
    ...[TEXT, CBOR, SENML_CBOR, SENML_JSON, TLV].flatMap((format) => [
      write(`a resource is replaced in format ${format}`, TIMEZONE,
        { [TIMEZONE]: `Zone/${format}` }, '2.04', format),
      reads(TIMEZONE, { [TIMEZONE]: `Zone/${format}` }),
    ]),
    write('a resource instance is replaced', '/19/0/0/1', { '/19/0/0/1': 'AP8=' }),
    reads('/19/0/0', { '/19/0/0/0': '010203', '/19/0/0/1': '00ff' }),
    {
      sentence: 'an update of an instance keeps what it does not name', kind: 'ask', ends: '2.04',
      wish: {
        kind: 'write', mode: 'update', path: '/3311/0',
        values: wished({ '/3311/0/5706': 'red', '/3311/0/5850': true }),
      },
    },
    reads('/3311/0', { '/3311/0/5706': 'red', '/3311/0/5850': true, '/3311/0/5851': 10 }),
    write('a replacement of an instance drops what it does not name', '/3311/0',
      { '/3311/0/5850': false }),
    reads('/3311/0', { '/3311/0/5706': 'white', '/3311/0/5850': false, '/3311/0/5851': 10 }),
    write('200 KB are written', DATA, { [DATA]: base64Of(LONG) }),
    reads(DATA, { [DATA]: toHex(LONG) }),
    write('and a few bytes again', DATA, { [DATA]: 'AQID' }),
    reads(DATA, { [DATA]: '010203' }),
    write('an instance that is not there is not found', '/3311/7', { '/3311/7/5850': true },
      '4.04'),
    write('a resource that is not there is not found', '/19/0/4', { '/19/0/4': 'x' }, '4.04'),
    write('what can only be read is not written', '/3/0/0', { '/3/0/0': 'x' },
      '/3/0/0 (Manufacturer) can only be read'),
    write('a value of another type is not written', '/3311/0/5851', { '/3311/0/5851': 'dim' },
      '/3311/0/5851 is an integer, which "dim" is not'),
  ],
};

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
