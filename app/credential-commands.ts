// `flownexus credential`: what proves who devices are, through the running server's control socket,
// or on the database itself when no server runs.

import { randomBytes } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { input } from 'zod';
import { KEY_LENGTH_MIN, newCredential, newKey } from '../core/api/credential-input.ts';
import { importCredentials, type Imported } from '../core/api/credential-list.ts';
import { inOrder, type CredentialFacts } from '../core/api/credential-book.ts';
import { toBase64, toHex } from '../core/bytes.ts';
import { readPublicKey, writePublicKey } from '../core/io/public-key-file.ts';
import type { Result } from '../core/result.ts';
import { endAssociations, secretKeyOf, withBook, type Place } from './credential-book.ts';
import { forNrf91, forZephyr } from './credential-print.ts';
import { contentGiven } from './given-file.ts';
import { checked, keyGiven } from './given-key.ts';
import { serverKeyOf } from './proofs.ts';
import { UsageError } from './usage-error.ts';
import { existingDataOf } from './user-commands.ts';

export function addCredentialCommand(program: Command, data: Option): void {
  const credential = program.command('credential').description('what proves who a device is');
  const command = (words: string, description: string): Command =>
    credential.command(words).description(description).addOption(data).addOption(
      new Option('--secrets-key-file <file>', 'as the server has it')
        .env('FLOWNEXUS_SECRETS_KEY_FILE'),
    ).exitOverride();
  const withKey = (words: string, description: string): Command => command(words, description)
    .option('--key-file <file>', 'hexadecimal digits; - reads them from standard input')
    .option('--public-key <file>',
      'instead of it the public key of the device, in PEM, DER or hexadecimal digits');
  const add = withKey('add <endpoint>', 'give a device a key; without a file a new PSK');
  add.option('--identity <id>',
    'if it is not the endpoint (PSK) or the fingerprint of the public key')
    .option('--x509', 'no key: it comes with a certificate, and nobody as it without one')
    .action(async (endpoint: string, options: AddOptions) =>
      addCredential(placeOf(add), endpoint, options));
  const list = command('import <file>',
    'take a list (CSV): endpoint,key or endpoint,kind,identity,key');
  list.action(async (file: string) => importList(placeOf(list), file));
  const rotate = withKey('rotate <identity>', 'another key; what the old one began ends');
  rotate.action(async (identity: string, options: KeyOptions) =>
    rotateKey(placeOf(rotate), identity, options));
  const revoke = command('revoke <identity>', 'take a key away, with all that was done by it');
  revoke.action(async (identity: string) => revokeCredential(placeOf(revoke), identity));
  const shown = command('list', 'list them, without their keys');
  shown.option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => printList(placeOf(shown), json === true));
  const own = command('server-key',
    'the public key of the server, for devices with raw public keys (SubjectPublicKeyInfo)');
  own.action(async () => printServerKey(placeOf(own)));
  const end = command('end-associations', 'after a backup was restored, before the server starts');
  end.action(async () => {
    const count = await endAssociations(placeOf(end));
    console.log(`${count} associations are ended; their devices shake hands anew.`);
  });
  addPrint(command('print <identity>', 'what to paste into a device; the key is in it'));
}

interface KeyOptions {
  readonly keyFile?: string;
  readonly publicKey?: string;
}

interface AddOptions extends KeyOptions {
  readonly identity?: string;
  readonly x509?: true;
}

function addPrint(command: Command): void {
  command.option('--zephyr', 'Kconfig lines of Zephyr\'s LwM2M client sample')
    .option('--nrf91', 'AT commands of an nRF91 modem')
    .option('--server <place>',
      'where the device finds this server: host[:port] or coaps://host[:port]', 'SERVER')
    .action(async (identity: string, options: { zephyr?: true; nrf91?: true; server: string }) => {
      if (options.zephyr === true && options.nrf91 === true) {
        throw new UsageError('--zephyr and --nrf91 are two kinds of device; give one of them');
      }
      const { endpoint, key, port } = await keyOf(placeOf(command), identity);
      const lines = options.zephyr === true
        ? forZephyr({ endpoint, identity, key }, options.server, port)
        : options.nrf91 === true ? forNrf91({ identity, key })
        : [`endpoint ${endpoint}`, `identity ${identity}`, `key      ${key}`];
      console.log(lines.join('\n'));
    });
}

function placeOf(command: Command): Place {
  const { secretsKeyFile } = command.opts<{ secretsKeyFile?: string }>();
  return { data: existingDataOf(command), secretsKeyFile };
}

async function addCredential(
  place: Place, endpoint: string, options: AddOptions,
): Promise<void> {
  const { identity, x509 } = options;
  if (x509 === true && (identity ?? options.keyFile ?? options.publicKey) !== undefined) {
    throw new UsageError('--x509 stands alone: a certificate has its key and its name');
  }
  const key = x509 === true ? undefined : keyFrom(options);
  const given: input<typeof newCredential> = key === undefined ? { kind: 'x509', endpoint }
    : key.kind === 'psk' ? { kind: 'psk', endpoint, identity: identity ?? endpoint, key: key.key }
    : { kind: 'rpk', endpoint, identity, key: key.key };
  const credential = checked(newCredential, given);
  await withBook(place, async ({ credentials }) => credentials.add.mutate(given),
    (book) => settled(book.add(credential)));
  console.log(credential.kind === 'x509' ? `${endpoint} comes with a certificate from now on.`
    : `${credential.identity} may register as ${endpoint}.`);
  showMade(options, key);
}

async function rotateKey(place: Place, identity: string, options: KeyOptions): Promise<void> {
  const key = keyFrom(options);
  const given = { identity, ...key };
  const checkedKey = checked(newKey, given);
  await withBook(place, async ({ credentials }) => credentials.rotate.mutate(given),
    (book) => settled(book.rotate(identity, checkedKey)));
  console.log(`${identity} has another key.`);
  showMade(options, key);
}

async function revokeCredential(place: Place, identity: string): Promise<void> {
  const list = await withBook<readonly CredentialFacts[]>(place,
    async ({ credentials }) => {
      const before = await credentials.list.query();
      await credentials.revoke.mutate({ identity });
      return before;
    },
    (book) => {
      const before = book.list();
      settled(book.revoke(identity));
      return before;
    });
  const known = list.find((one) => one.identity === identity);
  console.log(`${identity} is revoked.`);
  const isOpen = list.filter(({ endpoint }) => endpoint === known?.endpoint).length === 1;
  if (known !== undefined && isOpen) {
    const otherwise = known.kind === 'x509' ? '.'
      : ': to keep it closed after a theft, rotate the key instead.';
    console.log(`${known.endpoint} has no credential any more and may come without security`
      + otherwise);
  }
  if (known?.kind === 'x509') {
    console.log('Its certificate is as good as before: only a revocation list of its authority '
      + 'takes it back (--dtls-crl).');
  }
}

/** In hexadecimal digits. */
interface Key {
  readonly kind: 'psk' | 'rpk';
  readonly key: string;
}

function keyFrom({ keyFile, publicKey }: KeyOptions): Key {
  if (publicKey === undefined) {
    const key = keyFile === undefined ? toHex(randomBytes(KEY_LENGTH_MIN)) : keyGiven(keyFile);
    return { kind: 'psk', key };
  }
  if (keyFile !== undefined) {
    throw new UsageError('--key-file and --public-key are two kinds of key; give one of them');
  }
  const point = readPublicKey(contentGiven('--public-key', publicKey));
  if (!point.ok) throw new UsageError(`--public-key "${publicKey}" ${point.reason}`);
  return { kind: 'rpk', key: toHex(point.value) };
}

/** What was given is known; what was made is shown this once, and by `credential print`. */
function showMade({ keyFile, publicKey }: KeyOptions, key: Key | undefined): void {
  if (key !== undefined && (keyFile ?? publicKey) === undefined) console.log(`Its key: ${key.key}`);
}

type Told = Pick<Imported, 'added' | 'bad'>;

async function importList(place: Place, file: string): Promise<void> {
  const text = contentGiven('the list', file).toString('utf8');
  const { added, bad } = await withBook<Told>(place,
    async (server) => server.credentials.import.mutate({ list: text }),
    (book) => settled(importCredentials(book, text)));
  for (const { line, reason } of bad) console.error(`${file}:${line}: ${reason}`);
  console.log(`${added} added, ${bad.length} refused.`);
  if (bad.length > 0) process.exitCode = 1;
}

async function printList(place: Place, isJson: boolean): Promise<void> {
  const list = await withBook<readonly CredentialFacts[]>(
    place, async ({ credentials }) => credentials.list.query(), (book) => inOrder(book.list()));
  if (isJson) {
    console.log(JSON.stringify(list, undefined, 2));
    return;
  }
  const rows = [['IDENTITY', 'KIND', 'ENDPOINT', 'LAST USED'], ...list.map(cellsOf)];
  const widths = [0, 1, 2].map((column) =>
    rows.reduce((width, cells) => Math.max(width, cells[column]?.length ?? 0), 0));
  for (const cells of rows) {
    console.log(cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('\t'));
  }
}

function cellsOf(one: CredentialFacts): string[] {
  const { identity, kind, endpoint, lastUsedAt, isUnreadable, isRevoked } = one;
  const used = lastUsedAt === undefined ? 'never' : new Date(lastUsedAt).toISOString();
  const flaw = isUnreadable ? ['cannot be read: rotate it'] : isRevoked ? ['revoked'] : [];
  return [identity, kind, endpoint, used, ...flaw];
}

/** It is in a file beside the database, so nobody need be asked. */
async function printServerKey(place: Place): Promise<void> {
  const { publicKey } = await serverKeyOf(place.data, await secretKeyOf(place));
  const { der, pem } = writePublicKey(publicKey);
  console.log(`hex     ${toHex(der)}\nbase64  ${toBase64(der)}\n${pem.trim()}`);
}

interface Shown {
  readonly endpoint: string;
  /** In hexadecimal digits. */
  readonly key: string;
  /** Where the server that runs listens for it; or the usual one (RFC 7252 s6.2). */
  readonly port: string;
}

function keyOf(place: Place, identity: string): Promise<Shown> {
  return withBook<Shown>(place,
    async ({ credentials, server }) => {
      const { endpoint } = pskIn(await credentials.list.query(), identity);
      const { coap } = await server.facts.query();
      const key = await credentials.key.mutate({ identity });
      return { endpoint, key, port: securedPortOf(coap) };
    },
    (book) => {
      const { endpoint } = pskIn(book.list(), identity);
      const key = book.keyOf(identity);
      if (key !== undefined) return { endpoint, key: toHex(key), port: securedPortOf([]) };
      throw new UsageError(`the secret of "${identity}" cannot be read: rotate it`);
    });
}

/** Of several listeners the first; behind a NAT it is another, which --server says. */
function securedPortOf(uris: readonly string[]): string {
  const [uri = ''] = uris.filter((one) => one.startsWith('coaps:'));
  return /:(\d+)$/.exec(uri)?.[1] ?? '5684';
}

function pskIn(list: readonly CredentialFacts[], identity: string): CredentialFacts {
  const facts = list.find((one) => one.identity === identity);
  if (facts === undefined) throw new UsageError(`there is no credential "${identity}"`);
  if (facts.kind === 'psk') return facts;
  throw new UsageError(`"${identity}" is no PSK: the device has its key`);
}

function settled<Value>(made: Result<Value>): Value {
  if (made.ok) return made.value;
  throw new UsageError(made.reason);
}
