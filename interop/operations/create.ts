// Create (LwM2M Core 1.1.1 s6.3.6) and what the device then has, until it is deleted.

import type { WishedValue } from '../../core/lwm2m/operation.ts';
import type { Story, Step } from './story.ts';

function create(
  sentence: string, path: string, values: readonly WishedValue[],
  ends: string | readonly string[], answer?: string,
): Step {
  return {
    sentence, kind: 'ask', ends, wish: { kind: 'create', path, values },
    ...(answer !== undefined && { answer: [answer] }),
  };
}

function remove(path: string): Step {
  return {
    sentence: `${path} goes again`, kind: 'ask', ends: '2.02', wish: { kind: 'delete', path },
  };
}

export const CREATE: Story = {
  operation: 'Create',
  steps: [
    create('an instance is created whose id the device chooses', '/3311',
      [{ path: '/3311/0/5850', value: true }], '2.01', '/3311/1'),
    create('an instance is created whose id is said', '/3311/5',
      [{ path: '/3311/5/5850', value: true }, { path: '/3311/5/5851', value: 30 }], '2.01',
      '/3311/5'),
    {
      sentence: 'and has what it was given', kind: 'ask', ends: '2.05',
      wish: { kind: 'read', path: '/3311/5' },
      values: { '/3311/5/5850': true, '/3311/5/5851': 30 },
    },
    {
      sentence: 'and the object has all three', kind: 'ask', ends: '2.05',
      wish: { kind: 'read', path: '/3311' },
      values: {
        '/3311/0/5706': 'white', '/3311/0/5850': false, '/3311/0/5851': 10,
        '/3311/1/5850': true, '/3311/5/5850': true, '/3311/5/5851': 30,
      },
    },
    create('what is there is not created again', '/3311/5',
      [{ path: '/3311/5/5850', value: true }], '4.00'),
    create('an object that nobody has is not found', '/3304/0',
      [{ path: '/3304/0/5700', value: 1 }], '4.04'),
    // It is there already, and not allowed to be created: s6.3.6 has a code for either.
    create('what is there once has no second', '/3/1', [{ path: '/3/1/14', value: '+01' }],
      ['4.00', '4.05']),
    remove('/3311/1'),
    remove('/3311/5'),
  ],
};
