// Discover (LwM2M Core 1.1.1 s6.3.2).

import type { Story, Step } from './story.ts';

function discover(sentence: string, path: string, answer: readonly string[]): Step {
  return { sentence, kind: 'ask', wish: { kind: 'discover', path }, ends: '2.05', answer };
}

function refused(sentence: string, path: string, ends: string): Step {
  return { sentence, kind: 'ask', wish: { kind: 'discover', path }, ends };
}

export const DISCOVER: Story = {
  operation: 'Discover',
  steps: [
    discover('an object shows its instances and their resources', '/3311',
      ['/3311', '/3311/0', '/3311/0/5706', '/3311/0/5850', '/3311/0/5851']),
    discover('an object shows its version', '/20',
      ['/20;ver=2.1', '/20/0', '/20/0/4010', '/20/0/4011', '/20/0/4012']),
    discover('an instance shows how often a multiple resource occurs', '/19/0',
      ['/19/0', '/19/0/0;dim=2', '/19/0/1', '/19/0/3']),
    discover('a resource shows itself', '/3/0/9', ['/3/0/9']),
    discover('a multiple resource shows its instances', '/3/0/7',
      ['/3/0/7;dim=2', '/3/0/7/0', '/3/0/7/1']),
    refused('an object that is not there is not found', '/3304', '4.04'),
    refused('an instance that is not there is not found', '/3303/7', '4.04'),
    refused('a resource that is not there is not found', '/3/0/2', '4.04'),
    refused('a resource instance is not asked for', '/3/0/7/0',
      '/3/0/7/0 is a resource instance, and there is no discover of one'),
  ],
};
