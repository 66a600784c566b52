// One running API for a test file: the real database in a folder of its own, a clock moved by
// hand, a fake Management, and users of every role. Everything listens on free ports.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Log, LogFields, Milliseconds, Task, Timer } from '../../ports.ts';
import { ModelFiles } from '../../io/model-files.ts';
import { TimerHeap } from '../../timers.ts';
import { assert } from '../../result.ts';
import { openDatabase, type Database } from '../../store/database.ts';
import { hashPassword } from '../passwords.ts';
import { startApi, type Api, type ApiOptions } from '../start.ts';
import type { Role } from '../views.ts';
import { Browser } from './browser.ts';
import { FakeLab } from './fake-lab.ts';
import { FakeManagement } from './fake-management.ts';

export const PASSWORD = 'correct horse battery';

export class HandClock implements Clock {
  readonly #heap = new TimerHeap();
  #now: Milliseconds = 1_800_000_000_000;

  now() { return this.#now; }
  schedule(due: Milliseconds, task: Task): Timer { return this.#heap.add(due, task); }
  cancel(timer: Timer) { this.#heap.cancel(timer); }
  advance(span: Milliseconds): void {
    const end = this.#now + span;
    while (this.#heap.nextDue <= end) {
      const next = this.#heap.pop();
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.due);
      next.task.onDue(this.#now);
    }
    this.#now = end;
  }
}

export class MemoryLog implements Log {
  readonly lines: string[] = [];
  debug() {}
  info(message: string, fields?: LogFields) { this.#add(message, fields); }
  warn(message: string, fields?: LogFields) { this.#add(message, fields); }
  error(message: string, fields?: LogFields) { this.#add(message, fields); }
  #add(message: string, fields: LogFields = {}) {
    this.lines.push(`${message} ${JSON.stringify(fields)}`);
  }
}

export interface World {
  readonly folder: string;
  readonly db: Database;
  readonly clock: HandClock;
  readonly log: MemoryLog;
  readonly management: FakeManagement;
  readonly api: Api;
  browser(): Browser;
  /** A browser in which somebody of that role has logged in. */
  as(role: Role): Promise<Browser>;
  end(): Promise<void>;
}

/** So many that a slow disk has its time, and yet an end: a test that fails must not spin on. */
const TURNS_MAX = 1_000_000;

/** Lets the world turn until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    assert(turn < TURNS_MAX, 'what is waited for comes');
    await new Promise((resolve) => { setImmediate(resolve); });
  }
}

/** What people did, oldest first, as `user: action detail`. */
export async function auditLines(db: Database): Promise<string[]> {
  const rows = await db.query('SELECT "user", action, detail FROM audit ORDER BY rowid');
  return rows.map(({ user, action, detail }) => `${user}: ${action} ${detail}`);
}

/** Users are called like their role and have PASSWORD. */
export async function startWorld(options: Partial<ApiOptions> = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'flownexus-api-'));
  const db = await openDatabase({ folder, memoryLimit: '128MB' });
  const clock = new HandClock();
  const log = new MemoryLog();
  const management = new FakeManagement(clock);
  const uploads = join(folder, 'models');
  const models = await ModelFiles.open({ folder: undefined, uploads, log });
  assert(models.ok, 'without a folder nothing can be missing');
  const api = await startApi({
    management, models: models.value, lab: new FakeLab(), db, clock, log,
    http: { host: '127.0.0.1', port: 0 },
    uiFolder: join(folder, 'public'),
    ...options,
  }).catch(async (error: unknown) => {
    await db.close();
    throw error;
  });
  const browser = () => new Browser(api.addresses[0] ?? '');
  return {
    folder, db, clock, log, management, api, browser,
    async as(role) {
      if (api.accounts.user(role) === undefined) {
        await api.accounts.add(
          { name: role, role, passwordHash: await hashPassword(PASSWORD) }, 'test',
        );
      }
      const opened = browser();
      await opened.mustCall('session.login', { name: role, password: PASSWORD });
      return opened;
    },
    async end() {
      await api.close();
      await db.close();
      rmSync(folder, { recursive: true });
    },
  };
}
