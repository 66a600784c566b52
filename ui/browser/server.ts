// The server and a device as processes of their own, started from dist/ as a person would.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const PASSWORD = 'a password for the test';
const CLI = 'dist/app/cli.js';
const POLL = 100;
const START_TIME_MAX = 30_000;

export class TestServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'flownexus-browser-'));
  readonly #devices: ChildProcess[] = [];
  readonly #port: number;
  #process: ChildProcess | undefined;
  #output = '';
  coap = '';
  /** Where it listens for DTLS, `coaps://HOST:PORT`; '' when nowhere. */
  coaps = '';
  /** Where it listens for device logs, `udp://HOST:PORT`. */
  syslog = '';
  readonly #config: string;
  readonly #demo: number;

  private constructor(port: number, config: string, demo: number) {
    this.#port = port;
    this.#demo = demo;
    this.#config = join(this.#folder, 'flownexus.yaml');
    writeFileSync(this.#config, config);
  }

  /** `config` is the text of its configuration file, `demo` the size of its demo fleet. */
  static async start(config = '{}', demo = 0): Promise<TestServer> {
    const server = new TestServer(await freePort(), config, demo);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, or starts again on the same addresses and data. */
  async start(): Promise<void> {
    const coap = this.coap === '' ? '127.0.0.1:0' : this.coap.replace('coap://', '');
    const args = [
      CLI, 'serve', '--http', `127.0.0.1:${this.#port}`, '--coap', coap, '--data', this.#folder,
      '--syslog', '127.0.0.1:0', '--demo', String(this.#demo), '--log-level', 'warn',
      '--config', this.#config,
    ];
    this.#process = spawn(process.execPath, args, {
      env: { ...process.env, FLOWNEXUS_ADMIN_PASSWORD: PASSWORD },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process.stderr?.on('data', (chunk: Buffer) => { this.#output += chunk.toString(); });
    const bound = await this.#healthy();
    ({ coap: [this.coap = ''], syslog: [this.syslog = ''] } = bound);
    this.coaps = bound.coap.find((one) => one.startsWith('coaps:')) ?? '';
  }

  /** The raw public key that it shows, in PEM. */
  async publicKey(): Promise<string> {
    const args = [CLI, 'credential', 'server-key', '--data', this.#folder];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return stdout.slice(stdout.indexOf('-----BEGIN'));
  }

  /** Has it read its certificates again. */
  reload(): void {
    this.#process?.kill('SIGHUP');
  }

  /** Ends the server without warning. */
  async kill(): Promise<void> {
    if (this.#process !== undefined) await end(this.#process, 'SIGKILL');
  }

  /** While it is stopped: all that its key file sealed cannot be read any more. */
  loseSecretKey(): void {
    for (const name of ['secret.key', 'server.key']) rmSync(join(this.#folder, name));
  }

  /** Simulated devices that register over UDP as NAME-1, NAME-2 and so on. */
  devices(name: string, count: number): void {
    const args = ['device', '--server', this.coap, '--endpoint', name, '--count', String(count)];
    this.#devices.push(spawn(process.execPath, [CLI, ...args], { stdio: 'ignore' }));
  }

  async close(): Promise<void> {
    for (const device of this.#devices) await end(device, 'SIGKILL');
    if (this.#process !== undefined) await end(this.#process, 'SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #healthy(): Promise<{ readonly coap: string[]; readonly syslog: string[] }> {
    const deadline = Date.now() + START_TIME_MAX;
    while (Date.now() < deadline && this.#process?.exitCode === null) {
      const answer = await fetch(`${this.url}/healthz`).catch(() => undefined);
      if (answer?.ok === true) return await answer.json() as { coap: string[]; syslog: string[] };
      await new Promise((resolve) => { setTimeout(resolve, POLL); });
    }
    throw new Error(`the server did not start:\n${this.#output}`);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** A free port that stays the server's over its restarts, as a browser's address must. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
