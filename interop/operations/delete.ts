// Delete (LwM2M Core 1.1.1 s6.3.7).

import type { Story, Step } from './story.ts';

function remove(sentence: string, path: string, ends: string): Step {
  return { sentence, kind: 'ask', ends, wish: { kind: 'delete', path } };
}

export const DELETE: Story = {
  operation: 'Delete',
  steps: [
    {
      sentence: 'an instance is created', kind: 'ask', ends: '2.01',
      wish: {
        kind: 'create', path: '/3311/9', values: [{ path: '/3311/9/5850', value: true }],
      },
    },
    remove('and deleted', '/3311/9', '2.02'),
    {
      sentence: 'and is no longer there', kind: 'ask', ends: '4.04',
      wish: { kind: 'read', path: '/3311/9' },
    },
    remove('what is not there is not found', '/3311/9', '4.04'),
    remove('the device itself stays', '/3/0', '4.05'),
    remove('an object is not deleted', '/3311',
      '/3311 is an object, and there is no delete of one'),
  ],
};
