// Read (LwM2M Core 1.1.1 s6.3.1) of everything that has a path, in every format.

import { ContentFormat } from '../../core/lwm2m/content-format.ts';
import type { Story, Step, Values } from './story.ts';
import { DEVICE } from './tree.ts';

const { TEXT, OPAQUE, CBOR, SENML_JSON, SENML_CBOR, TLV } = ContentFormat;

function read(
  sentence: string, path: string, values: Values, format?: number,
): Step {
  return { sentence, kind: 'ask', wish: { kind: 'read', path, format }, ends: '2.05', values };
}

function refused(
  sentence: string, path: string, ends: string | readonly string[], format?: number,
): Step {
  return { sentence, kind: 'ask', wish: { kind: 'read', path, format }, ends };
}

export const READ: Story = {
  operation: 'Read',
  steps: [
    read('an object is read', '/3303', { '/3303/0/5700': 21.5, '/3303/0/5701': 'Cel' }),
    read('an instance is read, with values of every type', '/3/0', DEVICE),
    read('a resource is read', '/3/0/9', { '/3/0/9': 87 }),
    read('a multiple resource is read', '/3/0/7', { '/3/0/7/0': 3800, '/3/0/7/1': 5000 }),
    read('a resource instance is read', '/3/0/7/1', { '/3/0/7/1': 5000 }),
    ...[SENML_CBOR, SENML_JSON, TLV].map((format) => (
      read(`an instance is read in format ${format}`, '/3/0', DEVICE, format))),
    ...[TEXT, CBOR, SENML_CBOR, SENML_JSON, TLV].map((format) => (
      read(`a number is read in format ${format}`, '/3303/0/5700', { '/3303/0/5700': 21.5 },
        format))),
    ...[OPAQUE, TEXT, CBOR, SENML_CBOR, SENML_JSON, TLV].map((format) => (
      read(`bytes are read in format ${format}`, '/19/0/0/0', { '/19/0/0/0': '010203' }, format))),
    refused('an object that is not there is not found', '/3304', '4.04'),
    refused('an instance that is not there is not found', '/3303/7', '4.04'),
    refused('a resource that is not there is not found', '/3/0/2', '4.04'),
    refused('a resource instance that is not there is not found', '/3/0/7/9', '4.04'),
    refused('a format that nobody knows is not acceptable', '/3/0/9', '4.06', 9_999),
    // s6.3.1 knows no 5.00; the Java client answers what it fails to encode with it.
    refused('an instance has no form as text', '/3/0', ['4.06', '5.00'], TEXT),
    refused('what can only be executed is not asked for', '/3/0/4',
      '/3/0/4 (Reboot) can only be executed'),
  ],
};
