// A program run beside the check: started, spoken to by lines, watched, ended. A program that
// ends by itself is an error at the next wait, never a hang.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { until } from './until.ts';

const END_WITHIN_MS = 5_000;
const LINES_KEPT_MAX = 10_000;

/** What one line of a driven device tells: a JSON object with the name of what happened. */
export interface Told {
  readonly event: string;
  readonly [field: string]: string;
}

export class Child {
  readonly name: string;
  /** Lines of stdout and stderr in the order of arrival, for error messages. */
  readonly lines: string[] = [];
  private readonly told: Told[] = [];
  private readonly process: ChildProcess;
  private end: string | undefined;
  private isStopping = false;

  constructor(
    name: string, command: string, parameters: readonly string[],
    surroundings: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
  ) {
    this.name = name;
    this.process = spawn(command, parameters, { ...surroundings, stdio: 'pipe' });
    this.process.on('error', (error) => { this.end = error.message; });
    this.process.on('close', (code, signal) => { this.end ??= `ended with ${code ?? signal}`; });
    // Whatever happens to the check, nothing it started outlives it.
    const kill = (): void => void this.process.kill('SIGKILL');
    process.once('exit', kill);
    this.process.on('close', () => process.off('exit', kill));
    this.process.stdin?.on('error', () => {}); // the end of the process says it all
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.hear(line));
    }
  }

  say(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  /** The next telling of this event that nobody waited for yet. */
  async next(event: string): Promise<Told> {
    return until(`${this.name} tells "${event}"`, () => this.take(event), () => this.last());
  }

  /** Resolves when a line matches; finds lines that came before, too. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    return until(`${this.name} prints ${pattern}`, () => {
      for (const line of this.lines) {
        const match = pattern.exec(line);
        if (match) return match;
      }
      this.assertRunning();
      return undefined;
    }, () => this.last());
  }

  last(): string {
    return `Last lines of ${this.name}:\n  ${this.lines.slice(-8).join('\n  ')}`;
  }

  /** Ends the program and waits for it; harder when it does not listen. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.isStopping = true;
    if (this.end !== undefined) return;
    this.process.kill(signal);
    const hard = setTimeout(() => this.process.kill('SIGKILL'), END_WITHIN_MS);
    await until(`${this.name} ends`, () => this.end);
    clearTimeout(hard);
  }

  private take(event: string): Told | undefined {
    const trouble = this.told.find((told) => /failed|timed out|error/.test(told.event));
    if (trouble) throw new Error(`${this.name}: ${JSON.stringify(trouble)}`);
    const index = this.told.findIndex((told) => told.event === event);
    if (index >= 0) return this.told.splice(index, 1)[0];
    this.assertRunning();
    return undefined;
  }

  private assertRunning(): void {
    if (this.end !== undefined && !this.isStopping) {
      throw new Error(`${this.name} ${this.end}. ${this.last()}`);
    }
  }

  private hear(line: string): void {
    if (this.lines.length < LINES_KEPT_MAX) this.lines.push(line);
    if (line.startsWith('{"event":')) this.told.push(JSON.parse(line) as Told);
  }
}

/** Runs a short program to its end and gives what it printed; undefined if it is not there. */
export function run(
  command: string, parameters: readonly string[], timeout: number,
): Promise<{ readonly code: number; readonly output: string } | undefined> {
  return new Promise((resolve) => {
    execFile(command, parameters, { timeout }, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') resolve(undefined);
      else resolve({ code: error ? 1 : 0, output: stdout + stderr });
    });
  });
}
