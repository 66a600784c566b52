// Execute (LwM2M Core 1.1.1 s6.3.5), with and without arguments.

import type { Story, Step } from './story.ts';

function execute(sentence: string, path: string, argumentList: string, ends: string): Step {
  return {
    sentence, kind: 'ask', ends, wish: { kind: 'execute', path, arguments: argumentList },
    ...(ends === '2.04' && { executed: `${path} ${argumentList}`.trim() }),
  };
}

export const EXECUTE: Story = {
  operation: 'Execute',
  steps: [
    execute('a resource is executed', '/20/0/4011', '', '2.04'),
    execute('with an argument', '/20/0/4011', '5', '2.04'),
    execute('with arguments that have values', '/20/0/4011', "0='on',2='10.3',7", '2.04'),
    execute('an instance that is not there is not found', '/20/7/4011', '', '4.04'),
    execute('what can only be read is not executed', '/3/0/0', '',
      '/3/0/0 (Manufacturer) can only be read'),
    execute('what are no arguments does not leave', '/20/0/4011', 'on',
      "arguments are like 0='on',5 with at most 1024 characters"),
  ],
};
