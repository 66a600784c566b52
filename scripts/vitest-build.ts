// Vitest's global set-up: tests of the store start their thread from dist, tests of the command
// the command, so dist must not be older than the sources. Compiles when it is; type errors are
// the type check's affair.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['core', 'actors', 'sim', 'app'];
const compiled = join(root, 'dist/core/store/worker.js');

export default function build(): void {
  const newest = Math.max(...SOURCES.map((folder) => newestSource(join(root, folder))));
  if (existsSync(compiled) && statSync(compiled).mtimeMs > newest) return;
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', root], { cwd: root, stdio: 'ignore' });
  } catch {
    // The compiler emits in spite of type errors.
  }
  if (!existsSync(compiled)) {
    throw new Error('the tests of the store need dist, and `npx tsc -p .` did not make it');
  }
}

function newestSource(folder: string): number {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue;
    newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  }
  return newest;
}
