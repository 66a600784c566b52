// The source files as modules that import one another, for tidy.ts: read by oxc-parser, since
// TypeScript 7 has no compiler API. Knows nothing of this repository's rules.

import path from 'node:path';
import { parseSync } from 'oxc-parser';

export interface Import {
  /** Path of a file of ours, or what stands in the source: a package or `node:fs`. */
  readonly target: string;
  /** Erased by the compiler: nothing of the target is there at run time. */
  readonly isType: boolean;
}

export interface Module {
  readonly path: string;
  readonly text: string;
  /** The text with every comment blanked out, at unchanged positions. */
  readonly code: string;
  readonly imports: readonly Import[];
  /** Names of files in string literals: workers, child processes, pages of a bundler. */
  readonly mentions: readonly string[];
}

export function parseModule(file: string, text: string): Module {
  const { module, comments } = parseSync(file, text);
  const imports: Import[] = [];
  const add = (specifier: string, isType: boolean) => {
    imports.push({ target: targetOf(file, specifier), isType });
  };
  for (const { moduleRequest, entries } of module.staticImports) {
    add(moduleRequest.value, entries.length > 0 && entries.every(({ isType }) => isType));
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) add(moduleRequest.value, isType);
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"])(.+)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    if (literal?.[2] !== undefined) add(literal[2], false);
  }
  let code = text;
  for (const { start, end } of comments) {
    const blank = text.slice(start, end).replace(/[^\n]/g, ' ');
    code = code.slice(0, start) + blank + code.slice(end);
  }
  const literals = code.matchAll(/['"`/]([\w.-]+)\.(?:js|ts|tsx|mjs)['"`]/g);
  const mentions = Array.from(literals, ([, name = '']) => name);
  return { path: file, text, code, imports, mentions };
}

function targetOf(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  const [bare = ''] = specifier.split('?');
  return path.posix.join(path.posix.dirname(file), bare);
}

/** The files that start other than by being imported, and all they need. */
export function reachable(modules: readonly Module[], entries: readonly string[]): Set<string> {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const seen = new Set<string>();
  const visit = (file: string): void => {
    const module = byPath.get(file);
    if (module === undefined || seen.has(file)) return;
    seen.add(file);
    for (const { target } of module.imports) visit(target);
    for (const other of modules) {
      if (module.mentions.includes(path.posix.parse(other.path).name)) visit(other.path);
    }
  };
  entries.forEach(visit);
  return seen;
}
