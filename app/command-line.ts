// Commands that are printed to be typed again: as this program was called, each word as a shell
// takes it.

import { basename, relative } from 'node:path';

/** `flownexus run x.yaml`, or `node dist/app/cli.js run x.yaml` where it was started so. */
export function commandLine(...words: readonly (string | number)[]): string {
  const program = process.argv[1] ?? '';
  const called = basename(program) === 'cli.js'
    ? ['node', relative(process.cwd(), program)] : ['flownexus'];
  return [...called, ...words].map((word) => quoted(String(word))).join(' ');
}

function quoted(word: string): string {
  return /^[\w./:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
