// Write and Read of what is too long to be decoded (RFC 7959): 2 MB from a file and into one.

import type { Story, Step } from './story.ts';

const DATA = '/19/0/0/0';

/** No two blocks are alike. */
const LONG = bytesOf(2 * 2 ** 20);
const SHORT = bytesOf(100);

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index * 7 + (index >> 8) * 31 + (index >> 16));
}

function write(sentence: string, path: string, bytes: Uint8Array, ends = '2.04'): Step {
  return { sentence, kind: 'write file', path, bytes, ends };
}

function read(sentence: string, path: string, bytes: Uint8Array, ends = '2.05'): Step {
  return { sentence, kind: 'read file', path, bytes, ends };
}

const NOTHING = new Uint8Array(0);

export const FILES: Story = {
  operation: 'Files',
  steps: [
    write('2 MB are written from a file', DATA, LONG),
    read('and come back into one as they were', DATA, LONG),
    write('so do 100 bytes, which need no blocks', DATA, SHORT),
    read('and nothing of the longer ones is left', DATA, SHORT),
    write('what is not there takes none', '/19/7/0/0', SHORT, '4.04'),
    read('and gives none', '/19/7/0/0', NOTHING, '4.04'),
    write('a text is not written from a file', '/3/0/14', SHORT,
      '/3/0/14 (UTC Offset) does not hold bytes, which a file is for'),
    read('nor read into one', '/3/0/14', NOTHING,
      '/3/0/14 (UTC Offset) does not hold bytes, which a file is for'),
    write('and a few bytes are written again', DATA, Uint8Array.of(1, 2, 3)),
  ],
};
