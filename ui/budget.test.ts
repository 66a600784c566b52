// The dashboard stays small: what a first view loads, and everything there is, as gzip on the wire.
// Measured on dist/public, which every build makes before the tests run.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

const BUILT = 'dist/public';
const FIRST_VIEW_MAX = 60_000;
const ALL_MAX = 160_000;

/** Loaded at every start, though by a dynamic import. */
const LOADER = /^qwikloader-/;

function scripts(): string[] {
  return readdirSync(`${BUILT}/assets`).filter((name) => name.endsWith('.js'));
}

function source(name: string): string {
  return readFileSync(`${BUILT}/assets/${name}`, 'utf8');
}

function gzipped(names: Iterable<string>): number {
  return [...names].reduce((sum, name) => sum + gzipSync(source(name)).length, 0);
}

/** The scripts that `name` needs before it runs, itself included. */
function needed(name: string, known = new Set<string>()): Set<string> {
  if (known.has(name)) return known;
  known.add(name);
  const imports = source(name).matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g);
  for (const [, other = ''] of imports) {
    needed(other, known);
  }
  return known;
}

describe.runIf(existsSync(`${BUILT}/index.html`))('the built dashboard', () => {
  const page = existsSync(`${BUILT}/index.html`)
    ? readFileSync(`${BUILT}/index.html`, 'utf8') : '';

  test('loads at most 60 KB of script for its first view, the fleet included', () => {
    const entries = [...page.matchAll(/src="\/assets\/([^"]+\.js)"/g)].map(([, name = '']) => name);
    expect(entries).toHaveLength(1);
    const first = new Set([...entries, ...scripts().filter((name) => LOADER.test(name))]
      .flatMap((name) => [...needed(name)]));
    expect([...first].some((name) => LOADER.test(name))).toBe(true);
    expect(gzipped(first)).toBeLessThanOrEqual(FIRST_VIEW_MAX);
  });

  test('has at most 160 KB of script in all', () => {
    expect(gzipped(scripts())).toBeLessThanOrEqual(ALL_MAX);
  });

  test('has no script or style of its own in the page, which the policy would block', () => {
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});
