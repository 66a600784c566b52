// A file that somebody named, as a whole; what is wrong with it in a sentence.

import { readFileSync } from 'node:fs';
import { UsageError } from './usage-error.ts';

/** `what` begins the sentence: a flag, or what it is. */
export function contentOf(what: string, file: string): Buffer {
  return read(what, file, file);
}

/** The same, or with - what comes by standard input. */
export function contentGiven(what: string, file: string): Buffer {
  return read(what, file, file === '-' ? 0 : file);
}

function read(what: string, file: string, source: string | 0): Buffer {
  try {
    return readFileSync(source);
  } catch (error) {
    throw new UsageError(`${what} "${file}" cannot be read: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT': return 'it is not there';
    case 'EISDIR': return 'it is a folder';
    case 'EACCES': return 'this user may not';
    default: return message;
  }
}
