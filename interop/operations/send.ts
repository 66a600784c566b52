// Send (LwM2M Core 1.1.1 s6.4.6): a history, stored record by record with its times, or refused.

import { type Story, RECORDS } from './story.ts';

export const SEND: Story = {
  operation: 'Send',
  steps: [
    {
      sentence: `${RECORDS} records are stored, each with its time`, kind: 'send',
      path: '/3303/0/5700', ends: '2.04', values: { '/3303/0/5700': (RECORDS - 1) / 4 },
    },
    {
      sentence: 'those of an object that is not registered are refused', kind: 'send',
      path: '/3304/0/5700', ends: '4.04',
    },
  ],
};
