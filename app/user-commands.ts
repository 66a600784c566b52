// `flownexus user`: through the running server's control socket, or on the database itself when
// no server runs.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { TRPCClientError } from '@trpc/client';
import { Accounts } from '../core/api/accounts.ts';
import { controlClient, type ControlClient } from '../core/api/control-client.ts';
import { newPassword, userName } from '../core/api/inputs.ts';
import { hashPassword } from '../core/api/passwords.ts';
import { SystemClock } from '../core/io/clock.ts';
import { DATABASE_FILE } from '../core/io/data-folder.ts';
import type { Result } from '../core/result.ts';
import { openDatabase, type Database } from '../core/store/database.ts';
import type { Role } from '../core/store/users.ts';
import { askPassword } from './ask.ts';
import { UsageError } from './usage-error.ts';
import { controlSocketOf } from './server.ts';

const BY = '(command line)';
const ROLES: readonly Role[] = ['admin', 'operator', 'viewer'];

export function addUserCommand(program: Command, data: Option): void {
  const user = program.command('user').description('who may log in');
  const add = user.command('add').description('add a user; asks for the password')
    .argument('<name>').addOption(data)
    .option('--role <role>', 'admin, operator or viewer', 'operator').exitOverride();
  add.action(async (name: string, { role }: { role: string }) => {
    const checked = ROLES.find((one) => one === role);
    if (checked === undefined) {
      throw new UsageError(`--role "${role}" is none of ${ROLES.join(', ')}`);
    }
    await addUser(dataOf(add), nameOf(name), checked);
  });
  const passwd = user.command('passwd').description('set a password; ends the user\'s sessions')
    .argument('<name>').addOption(data).exitOverride();
  passwd.action(async (name: string) => setPassword(existingDataOf(passwd), name));
  const list = user.command('list').description('list the users').addOption(data).exitOverride();
  list.action(async () => listUsers(existingDataOf(list)));
  const remove = user.command('remove').description('remove a user')
    .argument('<name>').addOption(data).exitOverride();
  remove.action(async (name: string) => removeUser(existingDataOf(remove), name));
  const link = user.command('login-link')
    .description('print a link that logs a user in once, to set a new password')
    .argument('<name>').addOption(data).exitOverride();
  link.action(async (name: string) => printLoginLink(existingDataOf(link), name));
}

function dataOf(command: Command): string {
  return (command.opts() as { data: string }).data;
}

/** The data folder of a command that only makes sense where there is data already. */
export function existingDataOf(command: Command): string {
  const data = dataOf(command);
  if (existsSync(join(data, DATABASE_FILE))) return data;
  throw new UsageError(`no Flownexus data is in "${data}"; name its folder with --data, or `
    + 'start the server on it first');
}

async function addUser(data: string, name: string, role: Role): Promise<void> {
  const password = await askNewPassword();
  await withServerOrDatabase(data,
    async (server) => server.users.add.mutate({ name, password, role }),
    async (accounts) => settle(
      await accounts.add({ name, role, passwordHash: await hashPassword(password) }, BY),
    ));
  console.log(`${name} is added as ${role}.`);
}

async function setPassword(data: string, name: string): Promise<void> {
  const password = await askNewPassword();
  await withServerOrDatabase(data,
    async (server) => server.users.setPassword.mutate({ name, password }),
    async (accounts) => settle(
      await accounts.setPassword(name, await hashPassword(password), BY),
    ));
  console.log(`${name} has a new password.`);
}

async function listUsers(data: string): Promise<void> {
  const users = await withServerOrDatabase<readonly { name: string; role: Role }[]>(data,
    async (server) => server.users.list.query(),
    async (accounts) => accounts.users());
  for (const { name, role } of users) console.log(`${name}\t${role}`);
}

async function removeUser(data: string, name: string): Promise<void> {
  await withServerOrDatabase(data,
    async (server) => server.users.remove.mutate({ name }),
    async (accounts) => settle(await accounts.remove(name, BY)));
  console.log(`${name} is removed.`);
}

async function printLoginLink(data: string, name: string): Promise<void> {
  const link = await withServerOrDatabase(data,
    async (server) => {
      const made = await server.users.loginLink.mutate({ name });
      const { http } = await server.server.facts.query();
      return `${http[0] ?? ''}${made.path}`;
    },
    () => {
      throw new UsageError('no server runs on this data folder; a link lives only while one does');
    });
  console.log(link);
}

async function askNewPassword(): Promise<string> {
  const checked = newPassword.safeParse(await askPassword('New password: '));
  if (!checked.success) throw new UsageError(checked.error.issues[0]?.message ?? 'no password');
  return checked.data;
}

function nameOf(text: string): string {
  const checked = userName.safeParse(text);
  if (checked.success) return checked.data;
  throw new UsageError(`"${text}": ${checked.error.issues[0]?.message ?? 'no user name'}`);
}

function settle(result: Result<void>): void {
  if (!result.ok) throw new UsageError(result.reason);
}

/** Asks the server of the folder if one runs, else opens the database for a moment. */
async function withServerOrDatabase<Answer>(
  data: string, online: (server: ControlClient) => Promise<Answer>,
  offline: (accounts: Accounts) => Promise<Answer>,
): Promise<Answer> {
  return withServerOr(data, online, async (database) => {
    const clock = new SystemClock();
    return offline(await Accounts.open(database, clock));
  });
}

/** The same, for commands that need more of the database. */
export async function withServerOr<Answer>(
  data: string, online: (server: ControlClient) => Promise<Answer>,
  offline: (database: Database) => Promise<Answer>,
): Promise<Answer> {
  const socket = controlSocketOf(data);
  if (socket !== undefined) {
    try {
      return await online(controlClient(socket));
    } catch (error) {
      // A socket left by a killed server answers to nobody.
      if (!isNobodyThere(error)) throw new UsageError(sentenceOf(error));
    }
  }
  const database = await openDatabase({ folder: data });
  try {
    return await offline(database);
  } finally {
    await database.close();
  }
}

function isNobodyThere(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as { code?: string };
  return code === 'ECONNREFUSED' || code === 'ENOENT';
}

function sentenceOf(error: unknown): string {
  return error instanceof TRPCClientError || error instanceof Error ? error.message : String(error);
}
