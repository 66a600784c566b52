// Read-, Write- and Observe-Composite (LwM2M Core 1.1.1 s6.3.8 to s6.4.2): several paths in one
// request.

import { ContentFormat } from '../../core/lwm2m/content-format.ts';
import type { WishedValue } from '../../core/lwm2m/operation.ts';
import type { Story, Step, Values } from './story.ts';

const TEMPERATURE = '/3303/0/5700';
const LIGHT = '/3311/0/5850';
const TOGETHER = `${TEMPERATURE}+${LIGHT}`;
const { SENML_JSON, SENML_CBOR } = ContentFormat;

function read(
  sentence: string, paths: readonly string[], values: Values, format?: number,
): Step {
  return {
    sentence, kind: 'ask', ends: '2.05', values, wish: { kind: 'read-composite', paths, format },
  };
}

function write(sentence: string, values: readonly WishedValue[], ends = '2.04'): Step {
  return { sentence, kind: 'ask', ends, wish: { kind: 'write-composite', values } };
}

export const COMPOSITE: Story = {
  operation: 'Composite',
  steps: [
    read('resources of several objects are read', ['/3/0/9', TEMPERATURE],
      { '/3/0/9': 87, [TEMPERATURE]: 21.5 }),
    ...[SENML_JSON, SENML_CBOR].map((format) => (
      read(`everything that has a path is read in format ${format}`,
        ['/3303', '/3311/0', '/3/0/7/1'], {
          [TEMPERATURE]: 21.5, '/3303/0/5701': 'Cel', '/3311/0/5706': 'white', [LIGHT]: false,
          '/3311/0/5851': 10, '/3/0/7/1': 5000,
        }, format))),
    read('what is not there is left out', ['/3/0/9', '/3303/7', '/3304'], { '/3/0/9': 87 }),
    write('several paths are written', [
      { path: '/3/0/14', value: '+03' }, { path: '/3311/0/5851', value: 70 },
    ]),
    read('and are what was written', ['/3/0/14', '/3311/0/5851'],
      { '/3/0/14': '+03', '/3311/0/5851': 70 }),
    write('one that is not there is not found', [
      { path: '/3311/0/5851', value: 80 }, { path: '/3311/7/5851', value: 1 },
    ], '4.04'),
    read('and nothing of it was written', ['/3311/0/5851'], { '/3311/0/5851': 70 }),
    write('they are written again as they were', [
      { path: '/3/0/14', value: '+01' }, { path: '/3311/0/5851', value: 10 },
    ]),
    {
      sentence: 'several paths are observed together', kind: 'observe', target: TOGETHER,
      values: { [TEMPERATURE]: 21.5, [LIGHT]: false },
    },
    {
      sentence: 'and told together', kind: 'change', celsius: 26.5,
      values: { [TEMPERATURE]: 26.5, [LIGHT]: false },
    },
    { sentence: 'until a request cancels it', kind: 'cancel', target: TOGETHER },
    { sentence: 'and no change is told any more', kind: 'change', celsius: 27.5 },
    {
      sentence: 'they are observed again', kind: 'observe', target: TOGETHER,
      values: { [TEMPERATURE]: 27.5, [LIGHT]: false },
    },
    { sentence: 'until a notification is answered with a Reset', kind: 'reset', celsius: 28.5 },
    { sentence: 'and no change is told after it', kind: 'change', celsius: 21.5 },
  ],
};
