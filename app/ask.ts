// Asking a person for a password without showing it; from a pipe, the first line is taken.

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UsageError } from './usage-error.ts';

export async function askPassword(question: string): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: isTerminal });
  try {
    for await (const line of lines) return line;
    throw new UsageError('no password was given; type it, or pipe it in as one line');
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
}
