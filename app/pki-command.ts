// `flownexus pki`: an authority of one's own, and certificates of it for the server and for devices
// (RFC 5280, LwM2M Transport 1.1.1 s5.2.8.3), on secp256r1.

import { isIP } from 'node:net';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import {
  COMMON_NAME_LENGTH_MAX, makeCertificate, renewCertificate, type CertificateWish,
} from '../core/io/certificate-maker.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import { SystemRandom } from '../core/io/random.ts';
import type { Milliseconds } from '../core/ports.ts';
import { AUTHORITY, factsOf, PkiFolder, SERVER, type Party } from './pki-folder.ts';
import { UsageError } from './usage-error.ts';

const AUTHORITY_YEARS = 10;
const SERVER_YEARS = 1;
/** Nobody renews what hangs on a pole. */
const DEVICE_YEARS = 10;
/** Clocks differ. */
const SETBACK: Milliseconds = 3_600_000;
const DNS_NAME_LENGTH_MAX = 253;
const MADE_BY_INIT = 'make an authority by "flownexus pki init"';
/** Of what a server has among its files. */
const READ_AGAIN = 'A server that runs with it reads it when it gets SIGHUP: kill -HUP PID';

const crypto = new NodeCrypto();
const random = new SystemRandom();

interface Options {
  readonly data: string;
  readonly out?: string;
  readonly force?: true;
}

export function addPkiCommand(program: Command, data: Option): void {
  const pki = program.command('pki')
    .description('certificates of an authority of one\'s own, in PEM and DER');
  const out = new Option('--out <dir>', 'folder of the authority and its certificates, '
    + 'instead of pki in the data folder');
  const force = new Option('--force', 'overwrite what is there');
  const add = (words: string, description: string): Command => pki.command(words)
    .description(description).addOption(data).addOption(out).exitOverride();
  add('init', `make the authority, for ${AUTHORITY_YEARS} years`).addOption(force)
    .option('--name <name>', 'what it is called', 'Flownexus CA').action(init);
  add('server', `make a certificate for the server, for ${SERVER_YEARS} year`).addOption(force)
    .requiredOption('--name <name...>', 'where devices find it: DNS names or addresses, as '
      + 'lwm2m.example.org 192.0.2.10')
    .action(makeServer);
  add('device', `make certificates for devices, for ${DEVICE_YEARS} years`).addOption(force)
    .argument('<endpoint...>').action(makeDevices);
  add('renew', 'make the same certificate anew, as long from now on as the first')
    .argument('<who>', `"${AUTHORITY}", "${SERVER}" or an endpoint`)
    .option('--new-key', 'for a new key').action(renew);
}

async function init(options: Options & { readonly name: string }): Promise<void> {
  const commonName = checkedName(options.name, '--name');
  const folder = folderOf(options);
  claim(folder, AUTHORITY, options, 'what it has certified would be good no more');
  const keys = crypto.newKeyPair();
  const wish: CertificateWish = {
    role: 'authority', commonName, publicKey: keys.publicKey, ...spanOf(AUTHORITY_YEARS),
  };
  const certificate = makeCertificate(crypto, random, wish, { keys, certificate: undefined });
  await save(folder, AUTHORITY, { keys, certificate });
}

async function makeServer(options: Options & { readonly name: string[] }): Promise<void> {
  const { name: names } = options;
  for (const name of names) checkHost(name);
  const commonName = checkedName(names[0] as string, '--name');
  const folder = folderOf(options);
  const authority = folder.read(AUTHORITY, MADE_BY_INIT);
  claim(folder, SERVER, options, '"flownexus pki renew server" keeps its key');
  await certify(folder, SERVER, authority, SERVER_YEARS, {
    role: 'server', commonName,
    dnsNames: names.filter((name) => isIP(name) === 0),
    addresses: names.filter((name) => isIP(name) !== 0),
  });
}

async function makeDevices(endpoints: readonly string[], options: Options): Promise<void> {
  const folder = folderOf(options);
  const authority = folder.read(AUTHORITY, MADE_BY_INIT);
  // All of them before the first is made.
  for (const endpoint of endpoints) {
    checkedName(endpoint, 'endpoint');
    if (endpoint === AUTHORITY || endpoint === SERVER) {
      throw new UsageError(`"${endpoint}" is no endpoint here: "flownexus pki renew ${endpoint}" `
        + 'means another certificate');
    }
    claim(folder, PkiFolder.device(endpoint), options, '"flownexus pki renew" keeps its key');
  }
  for (const endpoint of endpoints) {
    await certify(folder, PkiFolder.device(endpoint), authority, DEVICE_YEARS, {
      role: 'client', commonName: endpoint,
    });
  }
}

async function renew(
  who: string, options: Options & { readonly newKey?: true },
): Promise<void> {
  const folder = folderOf(options);
  const authority = folder.read(AUTHORITY, MADE_BY_INIT);
  if (who === AUTHORITY) {
    if (options.newKey === true) {
      throw new UsageError('an authority with a new key is another one: make it by '
        + '"flownexus pki init --out" in another folder, and trust both for a while');
    }
    const certificate = renewCertificate(crypto, random, authority.certificate,
      { publicKey: authority.keys.publicKey, ...spanOf(AUTHORITY_YEARS) },
      { keys: authority.keys, certificate: undefined });
    await save(folder, AUTHORITY, { keys: authority.keys, certificate });
    console.log(READ_AGAIN);
    return;
  }
  const [name, years] =
    who === SERVER ? [SERVER, SERVER_YEARS] : [PkiFolder.device(who), DEVICE_YEARS];
  const old = folder.read(name, 'what is renewed was made by "flownexus pki server" or "device"');
  const keys = options.newKey === true ? crypto.newKeyPair() : old.keys;
  const certificate = renewCertificate(crypto, random, old.certificate,
    { publicKey: keys.publicKey, ...spanOf(years, authority) }, authority);
  await save(folder, name, { keys, certificate });
  if (name === SERVER) console.log(READ_AGAIN);
}

async function certify(
  folder: PkiFolder, name: string, authority: Party, years: number,
  wish: Pick<CertificateWish, 'role' | 'commonName' | 'dnsNames' | 'addresses'>,
): Promise<void> {
  const keys = crypto.newKeyPair();
  const certificate = makeCertificate(crypto, random,
    { ...wish, publicKey: keys.publicKey, ...spanOf(years, authority) }, authority);
  await save(folder, name, { keys, certificate });
}

async function save(folder: PkiFolder, name: string, party: Party): Promise<void> {
  const isThere = folder.has(name);
  await folder.write(name, party);
  const { commonName = '', notAfter } = factsOf(party);
  const until = new Date(notAfter).toISOString().slice(0, 10);
  console.log(`${folder.pemOf(name)} certifies ${commonName} until ${until}`
    + `${isThere ? ', instead of the one before' : ''}; .der, .key.pem and .key.der are beside it`);
}

function folderOf({ data, out }: Options): PkiFolder {
  return new PkiFolder(out ?? join(data, 'pki'));
}

function claim(folder: PkiFolder, name: string, { force }: Options, otherwise: string): void {
  if (force === true || !folder.has(name)) return;
  throw new UsageError(
    `"${folder.pemOf(name)}" or its key is there already: --force overwrites it; ${otherwise}`);
}

/** From an hour ago on, and no longer than who certifies it. */
function spanOf(
  years: number, authority?: Party,
): Pick<CertificateWish, 'notBefore' | 'notAfter'> {
  const now = new Date();
  now.setUTCMilliseconds(0);
  const notBefore = now.getTime() - SETBACK;
  const end = now.setUTCFullYear(now.getUTCFullYear() + years);
  const last = authority === undefined ? Infinity : factsOf(authority).notAfter;
  if (last <= notBefore) {
    throw new UsageError('the authority is expired; "flownexus pki renew ca" makes it good again');
  }
  return { notBefore, notAfter: Math.min(end, last) };
}

function checkedName(name: string, what: string): string {
  const { length } = name;
  if (length >= 1 && length <= COMMON_NAME_LENGTH_MAX && !/\p{C}|^\s|\s$/u.test(name)) return name;
  throw new UsageError(`${what} "${name}" is no text of 1 to ${COMMON_NAME_LENGTH_MAX} characters, `
    + 'which is what a certificate has room for');
}

/** RFC 7925 s4.4.1: a name as it is, without wildcards. */
function checkHost(name: string): void {
  const isDnsName = name.length <= DNS_NAME_LENGTH_MAX
    && /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i.test(name);
  // What ends in a number is meant to be an address.
  if (isIP(name) !== 0 || isDnsName && !/(^|\.)\d+$/.test(name)) return;
  throw new UsageError(`--name "${name}" is neither a DNS name nor an address`);
}
