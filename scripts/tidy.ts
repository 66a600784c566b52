// The repository checks its own style: direction of imports, banned words, lengths, dead files,
// things left open. oxlint checks what is about the language; this is about the architecture.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseModule, reachable, type Module } from './modules.ts';

const FOLDERS = ['core', 'actors', 'sim', 'app', 'ui', 'bench', 'interop', 'scripts'];
const LINE_COLUMNS_MAX = 100;
const ARCHITECTURE_LINES_MAX = 200;

const isTest = (file: string) => file.endsWith('.test.ts') || file.includes('/fixtures/');
const isEntry = (file: string) =>
  file.endsWith('.test.ts') || file.endsWith('.d.ts') || file.endsWith('.config.ts')
  || file.startsWith('ui/browser/') || file.endsWith('-process.ts')
  || ['app/cli.ts', 'bench/main.ts', 'interop/main.ts', 'ui/main.tsx', 'scripts/tidy.ts',
    'scripts/setup.mjs', 'sim/testing/index.ts'].includes(file);

/** The first border whose `of` matches a file holds for it; tests stand outside all borders. */
interface Border {
  readonly of: RegExp;
  /** What must not be there at run time, directly or through others: files, packages, `node:`. */
  readonly never: RegExp;
  /** What it may name types of; they leave no trace at run time, so only direct imports count. */
  readonly types: RegExp;
}

const OURS = /^(core|actors|sim|app|ui|bench|interop|scripts)\//;
const PROTOCOL = /^core\/((coap|dtls|lwm2m|syslog)\/)?[^/]+$/;
const BEYOND_PROTOCOL = /^(?!core\/((coap|dtls|lwm2m|syslog)\/)?[^/]+$)/;
const BORDERS: readonly Border[] = [
  { of: /^core\/(coap|dtls|lwm2m|syslog)\//, never: BEYOND_PROTOCOL, types: PROTOCOL },
  { of: /^core\/[^/]+$/, never: BEYOND_PROTOCOL, types: /^core\// },
  { of: /^core\//, never: /^(actors|sim|app|ui|bench|interop|scripts)\//, types: /^core\// },
  { of: /^actors\//, never: /^(?!(actors|core)\/|xstate$)/, types: /^(actors|core)\// },
  { of: /^sim\/drivers\//, never: /^(app|ui|bench|interop|scripts)\//, types: OURS },
  // What testers use needs fast-check and writes files; what users run needs none of it.
  { of: /^sim\/testing\//, never: /^(app|ui|bench|interop|scripts)\//,
    types: /^(sim|actors|core)\// },
  { of: /^sim\//, never: /^((sim\/testing|app|ui|bench|interop|scripts)\/|node:(?!crypto$))/,
    types: /^(sim|actors|core)\// },
  // The browser tests run in Node, beside a real server.
  { of: /^ui\/browser\//, never: /^(app|bench|interop)\//, types: OURS },
  { of: /^ui\//, never: /^((core|actors|sim|app|bench|interop|scripts)\/|node:)/,
    types: /^(ui|core\/api)\// },
  { of: /^app\//, never: /^(ui|sim\/testing|bench|interop|scripts)\//, types: OURS },
  { of: /^(bench|interop|scripts)\/|\.config\.ts$/, never: /^ui\//, types: OURS },
];

/** Where the implementations of the ports are, and who may build them. */
const PORTS = /^(core\/io\/(body-files|clock|random|crypto|udp)|core\/store\/duckdb-store)\.ts$/;
const PORT_BUILDERS = /^(app|bench|interop|sim\/drivers|core\/io|core\/store)\//;
const SIMULATED_PORTS = /^sim\/(body-files|clock|crypto|random|network|store)\.ts$/;
const SIMULATED_PORT_BUILDERS = /^(sim|bench)\//;

/** Where time, chance and promises arrive as parameters or not at all. */
const SYNCHRONOUS = /^(core\/(coap|dtls|lwm2m|syslog)|actors|sim(?!\/drivers))\//;
const BANNED: readonly RegExp[] = [
  /\bDate\.now\b/, /\bnew Date\(/, /\bMath\.random\b/, /\bperformance\.now\b/,
  /\bset(Timeout|Interval|Immediate)\b/, /\bqueueMicrotask\b/, /\bprocess\.(hrtime|nextTick|env)\b/,
  /\bcrypto\.(random|getRandom)\w*/, /\brandomBytes\b/, /\blocaleCompare\b/, /\btoLocale\w*/,
  /\bfromPromise\b/, /\basync\b/, /\bawait\b/, /\bPromise\b/, /\bBuffer\b/,
];

// The brackets keep this file from finding itself.
const LEFT_OPEN = /\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b/;
const SWITCHED_OFF = /\b(test|it|describe)[\w.]*\.(only|skip|todo)\b/;

/** Every breach of the rules, as `path:line: sentence`; none when the files are tidy. */
export function untidy(
  modules: readonly Module[], documents: ReadonlyMap<string, string>,
): string[] {
  return [
    ...modules.flatMap((module) => [
      ...missingHeader(module), ...longLines(module), ...bannedWords(module), ...leftOpen(module),
      ...foreignTypes(module), ...builtPorts(module),
    ]),
    ...crossedBorders(modules),
    ...deadFiles(modules),
    ...untoldDependencies(modules, documents),
    ...longArchitecture(documents),
  ];
}

function missingHeader({ path: file, text }: Module): string[] {
  const first = text.replace(/^#!.*\n/, '').trimStart();
  return /^\/[/*]/.test(first) ? [] : [`${file}:1: does not say what it is in a header comment`];
}

function longLines(module: Module): string[] {
  if (isTest(module.path) || module.path.endsWith('-table.ts')) return [];
  return eachLine(module.text, (line) => line.length > LINE_COLUMNS_MAX
    ? `${line.length} columns, ${LINE_COLUMNS_MAX} are allowed` : undefined, module.path);
}

function bannedWords({ path: file, code }: Module): string[] {
  if (!SYNCHRONOUS.test(file) || isTest(file)) return [];
  return eachLine(code, (line) => {
    const word = BANNED.map((banned) => banned.exec(line)?.[0]).find((found) => found);
    return word && `"${word}" has no place in a synchronous folder`;
  }, file);
}

function leftOpen({ path: file, text }: Module): string[] {
  return eachLine(text, (line) => {
    const word = LEFT_OPEN.exec(line)?.[0] ?? (isTest(file) && SWITCHED_OFF.exec(line)?.[0]);
    return word ? `"${word}" was left behind` : undefined;
  }, file);
}

function eachLine(
  text: string, judge: (line: string) => string | undefined, file: string,
): string[] {
  return text.split('\n').flatMap((line, index) => {
    const complaint = judge(line);
    return complaint === undefined ? [] : [`${file}:${index + 1}: ${complaint}`];
  });
}

function borderOf(file: string): Border {
  return BORDERS.find(({ of }) => of.test(file)) as Border;
}

function foreignTypes(module: Module): string[] {
  if (isTest(module.path)) return [];
  return module.imports.flatMap(({ target, isType }) =>
    !isType || !OURS.test(target) || borderOf(module.path).types.test(target) ? []
      : [`${module.path}:1: names types of ${target}, which lies behind its border`]);
}

function builtPorts({ path: file, imports }: Module): string[] {
  if (isTest(file)) return [];
  return imports.flatMap(({ target, isType }) => {
    const allowed = isType
      || (!PORTS.test(target) || PORT_BUILDERS.test(file))
      && (!SIMULATED_PORTS.test(target) || SIMULATED_PORT_BUILDERS.test(file));
    return allowed ? [] : [`${file}:1: builds the port ${target}, which it must be given`];
  });
}

/** Each offending import once, with one of the files that must not need it. */
function crossedBorders(modules: readonly Module[]): string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const complaints = new Map<string, string>();
  for (const start of modules) {
    if (isTest(start.path)) continue;
    const { never } = borderOf(start.path);
    const seen = new Set<Module>();
    const visit = (module: Module): void => {
      seen.add(module);
      for (const { target, isType } of module.imports) {
        if (isType) continue;
        const next = byPath.get(target);
        if (never.test(target)) {
          complaints.set(`${module.path} ${target}`,
            `${module.path}:1: imports ${target}, which ${start.path} must not need`);
        } else if (next !== undefined && !seen.has(next)) visit(next);
      }
    };
    visit(start);
  }
  return [...complaints.values()];
}

function deadFiles(modules: readonly Module[]): string[] {
  const entries = modules.map(({ path: file }) => file).filter(isEntry);
  const alive = reachable(modules, entries);
  return modules.filter(({ path: file }) => !alive.has(file))
    .map(({ path: file }) => `${file}:1: nothing reaches this file`);
}

/** Each package that is imported is asked for, and each that users get is explained. */
function untoldDependencies(
  modules: readonly Module[], documents: ReadonlyMap<string, string>,
): string[] {
  const { dependencies, devDependencies } = JSON.parse(documents.get('package.json') ?? '{}');
  const asked = new Set(Object.keys({ ...dependencies, ...devDependencies }));
  const unasked = modules.flatMap(({ path: file, imports }) => imports
    .filter(({ target }) => !OURS.test(target) && /^[@a-z]/.test(target) && !/^\w+:/.test(target))
    .map(({ target }) => /^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target)
    .filter((name) => !asked.has(name) && !name.endsWith('.config.ts'))
    .map((name) => `${file}:1: imports ${name}, which package.json does not ask for`));
  const architecture = documents.get('ARCHITECTURE.md') ?? '';
  const untold = Object.keys(dependencies ?? {}).filter((name) => !architecture.includes(name))
    .map((name) => `ARCHITECTURE.md:1: does not say what ${name} is for`);
  return [...unasked, ...untold];
}

function longArchitecture(documents: ReadonlyMap<string, string>): string[] {
  const lines = documents.get('ARCHITECTURE.md')?.trimEnd().split('\n').length ?? 0;
  if (lines > 0 && lines <= ARCHITECTURE_LINES_MAX) return [];
  return [`ARCHITECTURE.md:1: has ${lines} lines; 1 to ${ARCHITECTURE_LINES_MAX} are right`];
}

/** The sources and the documents that have rules. */
export function readRepository(root: string): [Module[], Map<string, string>] {
  const inFolders = FOLDERS.flatMap((folder) => {
    const at = path.join(root, folder);
    return fs.existsSync(at)
      ? fs.readdirSync(at, { recursive: true, encoding: 'utf8' })
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      : [];
  });
  const files = [...inFolders, ...fs.readdirSync(root)]
    .filter((name) => /\.(ts|tsx|mjs)$/.test(name));
  const read = (name: string) => fs.readFileSync(path.join(root, name), 'utf8');
  const documents = ['ARCHITECTURE.md', 'package.json'].filter((name) =>
    fs.existsSync(path.join(root, name)));
  return [
    files.map((name) => parseModule(name, read(name))),
    new Map(documents.map((name) => [name, read(name)])),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const complaints = untidy(...readRepository(process.cwd()));
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}
