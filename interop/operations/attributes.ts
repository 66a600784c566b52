// Write-Attributes (LwM2M Core 1.1.1 s6.3.4, s5.1.2): a Discover shows them, and reports follow
// them.

import type { AttributeChanges } from '../../core/lwm2m/attributes.ts';
import type { Story, Step } from './story.ts';

const TEMPERATURE = '/3303/0/5700';

function write(
  sentence: string, path: string, attributes: AttributeChanges,
  ends: string | readonly string[] = '2.04',
): Step {
  return { sentence, kind: 'ask', ends, wish: { kind: 'write-attributes', path, attributes } };
}

function shows(path: string, answer: readonly string[]): Step {
  return {
    sentence: `and a discover shows ${answer[0]}`, kind: 'ask', ends: '2.05', answer,
    wish: { kind: 'discover', path },
  };
}

export const WRITE_ATTRIBUTES: Story = {
  operation: 'Write-Attributes',
  steps: [
    write('periods are attached to a resource', '/3/0/9', { pmin: 10, pmax: 60 }),
    shows('/3/0/9', ['/3/0/9;pmax=60;pmin=10']),
    write('one is changed, another taken away', '/3/0/9', { pmin: 20, pmax: null }),
    shows('/3/0/9', ['/3/0/9;pmin=20']),
    write('and the last', '/3/0/9', { pmin: null }),
    shows('/3/0/9', ['/3/0/9']),
    write('a period is attached to an instance', '/3311/0', { pmin: 5 }),
    write('and taken away', '/3311/0', { pmin: null }),
    write('thresholds are attached', TEMPERATURE, { gt: 30, lt: 10 }),
    shows(TEMPERATURE, [`${TEMPERATURE};gt=30;lt=10`]),
    {
      sentence: 'and it is observed', kind: 'observe', target: TEMPERATURE,
      values: { [TEMPERATURE]: 21.5 },
    },
    { sentence: 'a change between them is not told', kind: 'change', celsius: 25 },
    {
      sentence: 'one across them is', kind: 'change', celsius: 31.25,
      values: { [TEMPERATURE]: 31.25 },
    },
    { sentence: 'it is observed no more', kind: 'cancel', target: TEMPERATURE },
    write('and they are taken away', TEMPERATURE, { gt: null, lt: null }),
    { sentence: 'it is as warm as before', kind: 'change', celsius: 21.5 },
    // s6.3.4 says 4.04; the Java client keeps attributes by path, whatever is there.
    write('what is not there is not found', '/3303/7', { pmin: 1 }, ['4.04', '2.04']),
    write('a threshold for a text is not asked for', '/3303/0/5701', { gt: 1 },
      'gt is for a numeric resource, and /3303/0/5701 has the type string'),
  ],
};
