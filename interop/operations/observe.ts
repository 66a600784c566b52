// Observe and its two ends (LwM2M Core 1.1.1 s6.4.1, RFC 7641 s3.6).

import type { Story } from './story.ts';

const TEMPERATURE = '/3303/0/5700';
const UNITS = { '/3303/0/5701': 'Cel' };

export const OBSERVE: Story = {
  operation: 'Observe',
  steps: [
    {
      sentence: 'a resource is observed', kind: 'observe', target: TEMPERATURE,
      values: { [TEMPERATURE]: 21.5 },
    },
    {
      sentence: 'and its changes are told', kind: 'change', celsius: 22.5,
      values: { [TEMPERATURE]: 22.5 },
    },
    { sentence: 'until a request cancels it', kind: 'cancel', target: TEMPERATURE },
    { sentence: 'and none is told any more', kind: 'change', celsius: 23.5 },
    {
      sentence: 'an instance is observed', kind: 'observe', target: '/3303/0',
      values: { [TEMPERATURE]: 23.5, ...UNITS },
    },
    {
      sentence: 'and told as a whole', kind: 'change', celsius: 24.5,
      values: { [TEMPERATURE]: 24.5, ...UNITS },
    },
    { sentence: 'until a request cancels it, too', kind: 'cancel', target: '/3303/0' },
    {
      sentence: 'an object is observed', kind: 'observe', target: '/3303',
      values: { [TEMPERATURE]: 24.5, ...UNITS },
    },
    { sentence: 'until a notification is answered with a Reset', kind: 'reset', celsius: 25.5 },
    { sentence: 'and no change is told after it', kind: 'change', celsius: 21.5 },
    {
      sentence: 'what is not there is not observed', kind: 'observe in vain', target: '/3303/7',
      reason: 'the device answered 4.04',
    },
  ],
};
