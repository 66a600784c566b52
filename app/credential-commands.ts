// `flownexus credential`: keys of devices, through the running server's control socket, or on the
// database itself when no server runs.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import type { ZodType } from 'zod';
import {
  identity as identitySchema, importCredentials, key as keySchema, KEY_LENGTH_MIN,
  type Imported,
} from '../core/api/credential-list.ts';
import { endpoint as endpointSchema } from '../core/api/inputs.ts';
import type { CredentialFacts } from '../core/api/credential-book.ts';
import { toHex } from '../core/bytes.ts';
import type { Result } from '../core/result.ts';
import { withBook, type Place } from './credential-book.ts';
import { forNrf91, forZephyr } from './credential-print.ts';
import { UsageError } from './usage-error.ts';
import { existingDataOf } from './user-commands.ts';

export function addCredentialCommand(program: Command, data: Option): void {
  const credential = program.command('credential').description('what proves who a device is');
  const command = (words: string, description: string): Command =>
    credential.command(words).description(description).addOption(data).addOption(
      new Option('--secrets-key-file <file>', 'as the server has it')
        .env('FLOWNEXUS_SECRETS_KEY_FILE'),
    ).exitOverride();
  const add = command('add <endpoint>', 'give a device a key; without --key-file a new one');
  add.option('--identity <id>', 'PSK identity, if it is not the endpoint')
    .option('--key-file <file>', 'hexadecimal digits; - reads them from standard input')
    .action(async (name: string, { identity = name, keyFile }: AddOptions) => {
      const [endpoint, id] = [checked(endpointSchema, name), checked(identitySchema, identity)];
      await give(placeOf(add), { keyFile, isNew: true, endpoint, identity: id });
    });
  const list = command('import <file>', 'take a list (CSV): endpoint,key or endpoint,identity,key');
  list.action(async (file: string) => importList(placeOf(list), file));
  const rotate = command('rotate <identity>', 'another key; what was there by the old one ends');
  rotate.option('--key-file <file>', 'hexadecimal digits; - reads them from standard input')
    .action(async (identity: string, { keyFile }: AddOptions) =>
      give(placeOf(rotate), { keyFile, isNew: false, endpoint: '', identity }));
  const revoke = command('revoke <identity>', 'take a key away, with all that was done by it');
  revoke.action(async (identity: string) => {
    await withBook(placeOf(revoke), async (server) => server.credentials.revoke.mutate({ identity }),
      (book) => settled(book.revoke(identity)));
    console.log(`${identity} is revoked.`);
  });
  const shown = command('list', 'list them, without their keys');
  shown.option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => printList(placeOf(shown), json === true));
  addPrint(command('print <identity>', 'what to paste into a device; the key is in it'));
}

interface AddOptions {
  readonly identity?: string;
  readonly keyFile?: string;
}

function addPrint(command: Command): void {
  command.option('--zephyr', 'Kconfig lines of Zephyr\'s LwM2M client sample')
    .option('--nrf91', 'AT commands of an nRF91 modem')
    .option('--server <host[:port]>', 'where the device finds this server', 'SERVER')
    .action(async (identity: string, options: { zephyr?: true; nrf91?: true; server: string }) => {
      const place = placeOf(command);
      const facts = (await listOf(place)).find((one) => one.identity === identity);
      if (facts === undefined) throw new UsageError(`there is no credential "${identity}"`);
      const key = await keyOf(place, identity);
      const { endpoint } = facts;
      const lines = options.zephyr === true ? forZephyr({ endpoint, identity, key }, options.server)
        : options.nrf91 === true ? forNrf91({ identity, key })
        : [`endpoint ${endpoint}`, `identity ${identity}`, `key      ${key}`];
      console.log(lines.join('\n'));
    });
}

function placeOf(command: Command): Place {
  const { secretsKeyFile } = command.opts<{ secretsKeyFile?: string }>();
  return { data: existingDataOf(command), secretsKeyFile };
}

interface Giving {
  readonly keyFile: string | undefined;
  readonly isNew: boolean;
  readonly endpoint: string;
  readonly identity: string;
}

async function give(place: Place, { keyFile, isNew, endpoint, identity }: Giving): Promise<void> {
  const digits = keyFile === undefined ? toHex(randomBytes(KEY_LENGTH_MIN)) : readKey(keyFile);
  const bytes = checked(keySchema, digits);
  await withBook(place,
    async ({ credentials }) => isNew
      ? credentials.add.mutate({ endpoint, identity, key: digits })
      : credentials.rotate.mutate({ identity, key: digits }),
    (book) => settled(isNew
      ? book.add({ endpoint, identity, key: bytes }) : book.rotate(identity, bytes)));
  console.log(isNew ? `${identity} may register as ${endpoint}.` : `${identity} has another key.`);
  // What was given is known; what was made is shown this once, and by `credential print`.
  if (keyFile === undefined) console.log(`Its key: ${digits}`);
}

function readKey(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`--key-file "${file}" cannot be read: ${(error as Error).message}`);
  }
}

type Told = Pick<Imported, 'added' | 'bad'>;

async function importList(place: Place, file: string): Promise<void> {
  if (!existsSync(file)) throw new UsageError(`there is no file "${file}"`);
  const text = readFileSync(file, 'utf8');
  const { added, bad } = await withBook<Told>(place,
    async (server) => server.credentials.import.mutate({ list: text }),
    (book) => settled(importCredentials(book, text)));
  for (const { line, reason } of bad) console.error(`${file}:${line}: ${reason}`);
  console.log(`${added} added, ${bad.length} refused.`);
  if (bad.length > 0) process.exitCode = 1;
}

async function printList(place: Place, isJson: boolean): Promise<void> {
  const list = await listOf(place);
  if (isJson) {
    console.log(JSON.stringify(list, undefined, 2));
    return;
  }
  for (const { identity, kind, endpoint, lastUsedAt } of list) {
    const used = lastUsedAt === undefined ? 'never used' : new Date(lastUsedAt).toISOString();
    console.log([identity, kind, endpoint, used].join('\t'));
  }
}

function listOf(place: Place): Promise<readonly CredentialFacts[]> {
  return withBook<readonly CredentialFacts[]>(
    place, async (server) => server.credentials.list.query(),
    (book) => book.list());
}

function keyOf(place: Place, identity: string): Promise<string> {
  return withBook(place, async (server) => server.credentials.key.mutate({ identity }),
    (book) => toHex(book.keyOf(identity) ?? new Uint8Array(0)));
}

function settled<Value>(made: Result<Value>): Value {
  if (made.ok) return made.value;
  throw new UsageError(made.reason);
}

function checked<Value>(schema: ZodType<Value>, text: string): Value {
  const found = schema.safeParse(text);
  if (found.success) return found.data;
  throw new UsageError(found.error.issues[0]?.message ?? 'that cannot be read');
}
