// The command as others run it, for tests: a process of dist/app/cli.js, what it says, how it
// ends. A process that outlives its test is killed.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../version.ts';

const CLI = join(PACKAGE_ROOT, 'dist', 'app', 'cli.js');
/** Against hanging only. */
const PATIENCE_MS = 300_000;
const running = new Set<ChildProcess>();

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/** Kills whatever the test left running. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Runs a command to its end, here or in another folder. */
export async function flownexus(
  args: readonly string[], input = '', environment: Environment = {}, folder = '.',
): Promise<Ended> {
  const child = start(args, environment, folder);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text: Buffer) => { stdout += text.toString(); });
  child.stderr?.on('data', (text: Buffer) => { stderr += text.toString(); });
  child.stdin?.end(input);
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const [code] = await once(child, 'close') as [number | null];
  clearTimeout(patience);
  return { code, stdout, stderr };
}

/** Runs a command that nobody listens to: whoever read what it says has gone away. */
export async function unheard(args: readonly string[]): Promise<Omit<Ended, 'stdout'>> {
  const child = start(args, {});
  child.stdout?.destroy();
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => { stderr += text.toString(); });
  const [code] = await once(child, 'close') as [number | null];
  return { code, stderr };
}

/** Starts a command and waits until it has said this on stderr. */
export async function begun(
  args: readonly string[], said: RegExp, folder = '.',
): Promise<{ readonly end: (signal: 'SIGINT' | 'SIGTERM') => Promise<Ended> }> {
  const child = start(args, {}, folder);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text: Buffer) => { stdout += text.toString(); });
  const ended = once(child, 'close') as Promise<[number | null]>;
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (text: Buffer) => {
      stderr += text.toString();
      if (said.test(stderr)) resolve();
    });
    void ended.then(([code]) => reject(new Error(`ended with ${code}: ${stderr}`)));
  });
  return {
    end: async (signal) => {
      child.kill(signal);
      const [code] = await ended;
      return { code, stdout, stderr };
    },
  };
}

export interface Serving {
  readonly http: string;
  readonly coapPort: number;
  /** Its log and announcement so far. */
  said(): string;
  /** Sends a signal and waits for the end; the exit code. */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null>;
}

/**
 * Starts a server on free ports, or for devices on a port that they know, and waits until it
 * listens; rejects with what it said.
 */
export async function serve(
  data: string, args: readonly string[] = [], environment: Environment = {}, coapPort = 0,
): Promise<Serving> {
  const child = start([
    'serve', '--data', data, '--http', '127.0.0.1:0', '--coap', `127.0.0.1:${coapPort}`, ...args,
  ], { FLOWNEXUS_ADMIN_PASSWORD: 'correct horse battery', ...environment });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let said = '';
  const announced = new Promise<RegExpExecArray>((resolve, reject) => {
    child.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
      const found = /Dashboard\s+(http\S+)[^]*Devices\s+coap:\/\/\S*:(\d+)/.exec(said);
      if (found !== null) resolve(found);
    });
    void ended.then(([code]) => reject(new Error(`ended with ${code}: ${said}`)));
  });
  const [, http = '', port = ''] = await announced;
  return {
    http, coapPort: Number(port), said: () => said,
    end: async (signal) => {
      child.kill(signal);
      return (await ended)[0];
    },
  };
}

function start(
  args: readonly string[], environment: Environment, folder = '.',
): ChildProcess {
  const child = spawn(process.execPath, [CLI, ...args], {
    stdio: 'pipe', cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  });
  running.add(child);
  child.on('close', () => running.delete(child));
  return child;
}
