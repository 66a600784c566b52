// Processes of a bench that run with what `npm start` gives the server: how much memory is young
// decides what a handshake costs, how long a start takes, and how long an answer may be late.

import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGE_ROOT } from '../app/version.ts';

const START_FLAGS = startFlags();

/** Those of Node in the script that package.json calls `start`. */
function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

/** `program` is a file beside this one, without its ending. */
export function startProcess(program: string): ChildProcess {
  const file = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
  return fork(file, [], {
    serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [...START_FLAGS, '--expose-gc'],
  });
}

/** The next message of a process; rejects when it ends without one. */
export function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new Error(`a process ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as Answer);
    });
  });
}
