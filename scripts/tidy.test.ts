// The repository is tidy, and tidy sees what it is there to see: one small repository per rule.

import { expect, test } from 'vitest';
import { parseModule } from './modules.ts';
import { readRepository, untidy } from './tidy.ts';

test('this repository keeps its own rules', () => {
  expect(untidy(...readRepository('.'))).toEqual([]);
});

type Files = Record<string, string>;

const PACKAGES = '{"dependencies":{"xstate":"5"},"devDependencies":{"fastify":"5"}}';

/** What tidy says of these files; each gets a header, and one test that needs them all. */
function complaints(files: Files, architecture = 'xstate runs the actors', header = '// A file.\n') {
  const everything = Object.keys(files).map((file) => `import '../${file}';`).join('\n');
  const modules = Object.entries(files).map(([file, text]) => parseModule(file, header + text));
  return untidy(
    [...modules, parseModule('app/all.test.ts', `// All.\n${everything}`)],
    new Map([['ARCHITECTURE.md', architecture], ['package.json', PACKAGES]]),
  );
}

test.for<[string, Files]>([
  ['the protocol needs itself and helpers', {
    'core/lwm2m/a.ts': "import '../coap/b.ts'; import '../c.ts';",
    'core/coap/b.ts': '', 'core/c.ts': '',
  }],
  ['the ports name types of the store', {
    'core/ports.ts': "import type { Row } from './store/rows.ts';",
    'core/store/rows.ts': "import 'node:fs';",
  }],
  ['actors need XState and the core', {
    'actors/a.ts': "import 'xstate'; import '../core/lwm2m/b.ts';", 'core/lwm2m/b.ts': '',
  }],
  ['the dashboard names types of the API', {
    'ui/a.ts': "import { type R } from '../core/api/r.ts';", 'core/api/r.ts': "import 'fastify';",
  }],
  ['the server builds the ports', {
    'app/server.ts': "import '../core/io/udp.ts';", 'core/io/udp.ts': "import 'node:dgram';",
  }],
  ['a test may do what its subject must not', {
    'core/coap/a.test.ts': "import 'node:fs'; import '../../sim/clock.ts'; Date.now();",
    'sim/clock.ts': '',
  }],
  ['a banned word in a comment is only a word', { 'actors/a.ts': '// Date.now() and async\n' }],
  ['the edge may wait', { 'core/api/a.ts': 'export async function f() {}' }],
])('%s', ([, files]) => {
  expect(complaints(files)).toEqual([]);
});

test.for<[string, Files, string]>([
  ['the protocol needs Node', { 'core/coap/a.ts': "import 'node:fs';" },
    'core/coap/a.ts:1: imports node:fs, which core/coap/a.ts must not need'],
  ['the protocol needs the store', {
    'core/lwm2m/a.ts': "export { b } from '../store/b.ts';", 'core/store/b.ts': '',
  }, 'core/lwm2m/a.ts:1: imports core/store/b.ts, which core/lwm2m/a.ts must not need'],
  ['the protocol names types of the API', {
    'core/coap/a.ts': "import type { B } from '../api/b.ts';", 'core/api/b.ts': '',
  }, 'core/coap/a.ts:1: names types of core/api/b.ts, which lies behind its border'],
  ['actors need Node through others', {
    'actors/a.ts': "import '../core/api/b.ts';", 'core/api/b.ts': "import './c.ts';",
    'core/api/c.ts': "import 'node:http';",
  }, 'core/api/c.ts:1: imports node:http, which actors/a.ts must not need'],
  ['the core needs actors', {
    'core/api/a.ts': "void import('../../actors/b.ts');", 'actors/b.ts': '',
  }, 'core/api/a.ts:1: imports actors/b.ts, which core/api/a.ts must not need'],
  ['the dashboard needs more than types', {
    'ui/a.ts': "import { r } from '../core/api/r.ts';", 'core/api/r.ts': '',
  }, 'ui/a.ts:1: imports core/api/r.ts, which ui/a.ts must not need'],
  ['the dashboard names types beyond the API', {
    'ui/a.ts': "import type { R } from '../actors/r.ts';", 'actors/r.ts': '',
  }, 'ui/a.ts:1: names types of actors/r.ts, which lies behind its border'],
  ['the simulator needs the application', {
    'sim/a.ts': "import '../app/b.ts';", 'app/b.ts': '',
  }, 'sim/a.ts:1: imports app/b.ts, which sim/a.ts must not need'],
  ['the API builds a clock', {
    'core/api/a.ts': "import '../io/clock.ts';", 'core/io/clock.ts': '',
  }, 'core/api/a.ts:1: builds the port core/io/clock.ts, which it must be given'],
  ['the server builds a simulated network', {
    'app/server.ts': "import '../sim/network.ts';", 'sim/network.ts': '',
  }, 'app/server.ts:1: builds the port sim/network.ts, which it must be given'],
  ['wall-clock time in an actor', { 'actors/a.ts': 'const at = Date.now();' },
    'actors/a.ts:2: "Date.now" has no place in a synchronous folder'],
  ['a promise in the protocol', { 'core/dtls/a.ts': '\nexport async function f() {}' },
    'core/dtls/a.ts:3: "async" has no place in a synchronous folder'],
  ['a long line', { 'app/a.ts': `const a = '${'x'.repeat(100)}';` },
    'app/a.ts:2: 113 columns, 100 are allowed'],
  ['a reminder', { 'app/a.ts': '// FIX\u004dE: later' }, 'app/a.ts:2: "FIX\u004dE" was left behind'],
  ['a test alone', { 'app/a.test.ts': 'test.on\u006cy("x")' },
    'app/a.test.ts:2: "test.on\u006cy" was left behind'],
  ['a package nobody asked for', { 'app/a.ts': "import 'left-pad/sub.js';" },
    'app/a.ts:1: imports left-pad, which package.json does not ask for'],
])('%s', ([, files, complaint]) => {
  expect(complaints(files)).toEqual([complaint]);
});

test('a file without a header', () => {
  expect(complaints({ 'app/a.ts': 'export {};' }, undefined, ''))
    .toEqual(['app/a.ts:1: does not say what it is in a header comment']);
});

test('a dependency without a sentence, an ARCHITECTURE.md that is missing or long', () => {
  expect(complaints({}, 'nothing')).toEqual(['ARCHITECTURE.md:1: does not say what xstate is for']);
  expect(complaints({}, `xstate${'\n.'.repeat(200)}`))
    .toEqual(['ARCHITECTURE.md:1: has 201 lines; 1 to 200 are right']);
});

test('a dead file, but not what a living one imports late, starts or names', () => {
  const module = (file: string, text = '') => parseModule(file, `// A file.\n${text}`);
  const modules = [
    module('app/cli.ts', "void import('./late.ts'); new Worker(new URL('./worker.js', base));"),
    module('app/late.ts'), module('app/worker.ts'), module('app/dead.ts', "import './cli.ts';"),
  ];
  const documents = new Map([['ARCHITECTURE.md', 'xstate'], ['package.json', PACKAGES]]);
  expect(untidy(modules, documents)).toEqual(['app/dead.ts:1: nothing reaches this file']);
});
