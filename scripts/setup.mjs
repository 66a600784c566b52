// Everything behind the npm scripts: installs and builds when, and only when, something changed,
// then hands over. Plain JavaScript without dependencies, because it runs before they are there;
// it speaks on stderr, so that stdout belongs to what was asked for.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const inRoot = (...names) => path.join(root, ...names);
const readJson = (...names) => JSON.parse(fs.readFileSync(inRoot(...names), 'utf8'));

/** What a build depends on besides the folders' files: versions of packages and compiler flags. */
const SETTINGS = ['package-lock.json', 'package.json', 'tsconfig.json', 'vite.config.ts'];
const UI_FOLDERS = ['ui'];
const ALL_FOLDERS = ['core', 'actors', 'sim', 'app', 'ui', 'bench', 'interop', 'scripts'];
const STAMPS = ['dist', '.built.json'];
const DEMO_DEVICES = '12';

const tools = {
  tsc: ['node_modules', 'typescript', 'bin', 'tsc'],
  vite: ['node_modules', 'vite', 'bin', 'vite.js'],
  oxlint: ['node_modules', 'oxlint', 'bin', 'oxlint'],
  vitest: ['node_modules', 'vitest', 'vitest.mjs'],
};

const commands = {
  async start(args) {
    // A flag of ours would beat the user's environment, so it stands back for that too.
    const chosen = process.env.FLOWNEXUS_DEMO !== undefined
      || args.some((arg) => arg === '--demo' || arg.startsWith('--demo='));
    const demo = chosen ? [] : ['--demo', DEMO_DEVICES];
    await handOver('dist/app/cli.js', ['serve', ...demo, ...args]);
  },
  async test(args) {
    await step('Looking for mistakes (oxlint)', 'oxlint', ['--deny-warnings']);
    await step('Running the tests (vitest)', 'vitest', ['run', ...args]);
  },
  async check() {
    await step('Looking for mistakes (oxlint)', 'oxlint', ['--deny-warnings']);
    say('Checking the style of the repository (tidy)');
    await mustRun([inRoot('dist', 'scripts', 'tidy.js')]);
    const units = ['core', 'actors', 'sim', 'ui'].map((folder) => `${folder}/`);
    await step('Running the unit tests (vitest)', 'vitest', ['run', ...units]);
  },
  async attacks(args) {
    const files = args.length > 0 ? args : testsWithLongForm();
    process.env.FLOWNEXUS_FULL = '1';
    // What the tests tell stands as it is told, without the name of the test above each line.
    await step(`Attacking in full (vitest): ${files.join(', ')}`, 'vitest',
      ['run', '--disable-console-intercept=true', ...files]);
  },
  async build() {
    say('Built.');
  },
  async interop(args) {
    await handOver('dist/interop/main.js', args);
  },
  async browser(args) {
    const config = ['--config', 'vitest.browser.config.ts'];
    await step('Running the browser tests (vitest)', 'vitest', ['run', ...config, ...args]);
  },
  async pictures() {
    say('Taking the pictures of the documents, two minutes');
    await mustRun([inRoot('dist', 'ui', 'browser', 'pictures.js')]);
  },
  async bench(args) {
    await mustRun(['--expose-gc', inRoot('dist', 'bench', 'main.js'), ...args]);
  },
};

main(process.argv[2], process.argv.slice(3));

async function main(name, args) {
  const command = Object.keys(commands).includes(name) ? commands[name] : undefined;
  if (command === undefined) {
    stop(`"${name}" is not a command; there are ${Object.keys(commands).join(', ')}.`, 2);
  }
  refuseOldNode();
  endWithShell();
  await install();
  await build();
  await command(args);
}

function refuseOldNode() {
  const needed = readJson('package.json').engines.node.replace('>=', '');
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [neededMajor, neededMinor] = needed.split('.').map(Number);
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return;
  stop(`Flownexus needs Node ${needed} or newer; this is ${process.versions.node}.`, 2);
}

/** On SIGTERM npm ends the shell it put between itself and us, and the shell tells us nothing. */
function endWithShell() {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  watch.unref();
}

async function install() {
  if (isInstalled()) return;
  say('Installing packages (npm install), a minute or two');
  // Not `npm ci`: it refuses a lock file that lacks a package for a platform other than this one,
  // which is what npm writes where such a package cannot be had.
  const args = ['install', '--no-save', '--include=dev', '--no-progress'];
  const npm = process.env.npm_execpath;
  const stdio = ['ignore', 2, 2];
  // Under `npm start` npm says where it is; else it must be found (as npm.cmd on Windows).
  const status = npm !== undefined && path.basename(npm) === 'npm-cli.js'
    ? await run(process.execPath, [npm, ...args], { stdio })
    : await run('npm', args, { stdio, shell: process.platform === 'win32' });
  if (status !== 0) stop('The packages could not be installed; npm says why above.', 1);
}

/** npm notes at the end of an install what it put there: that must be what the lock file asks. */
function isInstalled() {
  try {
    const installed = readJson('node_modules', '.package-lock.json').packages;
    const locked = Object.entries(readJson('package-lock.json').packages);
    return locked.every(([place, wanted]) => {
      if (place === '') return true;
      const found = installed[place];
      // An optional package for another platform stays away.
      return found === undefined ? wanted.optional === true : found.version === wanted.version;
    });
  } catch {
    return false;
  }
}

/** A test that has a long form asks long-form.ts for it. */
function testsWithLongForm() {
  return ALL_FOLDERS.flatMap((folder) => fs.readdirSync(inRoot(folder), { recursive: true })
    .map((name) => path.join(folder, name))
    .filter((name) => name.endsWith('.test.ts')
      && fs.readFileSync(inRoot(name), 'utf8').includes('scripts/long-form.ts'))).sort();
}

async function build() {
  const stamps = readStamps();
  const sources = fingerprint([...ALL_FOLDERS, ...SETTINGS]);
  if (stamps.server !== sources) {
    await setUp('Checking types and building the server (tsc)', 'tsc', ['-p', 'tsconfig.json']);
    // npm makes the command executable when it links it, which may be before it is built.
    fs.chmodSync(inRoot('dist', 'app', 'cli.js'), 0o755);
    writeStamps({ ...stamps, server: sources });
  }
  const pages = fingerprint([...UI_FOLDERS, ...SETTINGS]);
  if (fs.existsSync(inRoot('vite.config.ts')) && stamps.ui !== pages) {
    await setUp('Building the dashboard (vite)', 'vite', ['build', '--logLevel', 'warn']);
    writeStamps({ server: sources, ui: pages });
  }
}

/** Changes when a file below the places is added, removed or written. */
function fingerprint(places) {
  const hash = createHash('sha256');
  const visit = (place) => {
    const stat = fs.statSync(inRoot(place), { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (!stat.isDirectory()) hash.update(`${place}\0${stat.size}\0${stat.mtimeMs}\n`);
    else for (const name of fs.readdirSync(inRoot(place)).sort()) visit(path.join(place, name));
  };
  places.forEach(visit);
  return hash.digest('hex');
}

function readStamps() {
  try {
    return readJson(...STAMPS);
  } catch {
    return {};
  }
}

function writeStamps(stamps) {
  fs.mkdirSync(inRoot('dist'), { recursive: true });
  fs.writeFileSync(inRoot(...STAMPS), JSON.stringify(stamps));
}

/** Runs a tool that was asked for; a failing one ends everything with its messages and code. */
async function step(sentence, tool, args) {
  say(sentence);
  await mustRun([inRoot(...tools[tool]), ...args]);
}

/** Runs a tool on the way there: what it says goes to stderr like our own words. */
async function setUp(sentence, tool, args) {
  say(sentence);
  await mustRun([inRoot(...tools[tool]), ...args], ['ignore', 2, 2]);
}

async function mustRun(args, stdio = 'inherit') {
  const status = await run(process.execPath, args, { stdio });
  if (status !== 0) process.exit(status);
}

function run(command, args, options) {
  const child = spawn(command, args, { cwd: root, ...options });
  const forward = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve) => {
    child.on('error', (error) => stop(`${command} could not be started: ${error.message}.`, 1));
    child.on('close', (status, signal) => {
      for (const name of signals) process.off(name, forward);
      if (signal !== null) process.kill(process.pid, signal);
      resolve(status);
    });
  });
}

/** Becomes the program: same process, so its signals and its exit code need no relaying. */
async function handOver(program, args) {
  const file = inRoot(program);
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}

function say(sentence) {
  console.error(sentence);
}

function stop(sentence, status) {
  say(sentence);
  process.exit(status);
}
