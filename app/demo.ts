// The demo fleet as a supervised child process: it talks to the server over real UDP like any
// other device, and an exception in foreign code cannot stop the server.

import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Address, Log, Milliseconds } from '../core/ports.ts';
import { PACKAGE_ROOT } from './version.ts';

const RESTART_DELAY: Milliseconds = 5000;

export class DemoFleet {
  readonly #log: Log;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Starts `count` devices against the server, none for 0. */
  start(server: Address | undefined, count: number): void {
    if (server === undefined || count === 0) return;
    const reachable = loopbackOf(server);
    const program = join(PACKAGE_ROOT, 'dist', 'app', 'demo-fleet.js');
    const args = [reachable.host, String(reachable.port), String(count)];
    this.#child = fork(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    // A channel that breaks, or a process that does not start, is the end of the fleet alone.
    this.#child.on('error', (error) => this.#log.warn('demo fleet', { reason: error.message }));
    this.#child.on('exit', (code, signal) => {
      if (this.#isStopped) return;
      this.#log.warn('the demo fleet ended and starts again', { code: code ?? signal ?? '' });
      this.#restart = setTimeout(() => this.start(server, count), RESTART_DELAY);
    });
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#restart);
    // The child ends by itself when this channel closes, also when we are killed.
    if (this.#child?.connected === true) this.#child.disconnect();
  }
}

/** A wildcard is reached through loopback. */
function loopbackOf({ host, port }: Address): Address {
  if (host === '::') return { host: '127.0.0.1', port };
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host, port };
}
