// `flownexus credential` from outside, with and without a running server: what is given, listed,
// printed and taken back, and what bad input is told.

import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readPublicKey } from '../core/io/public-key-file.ts';
import type { Change, Facts } from '../core/store/changes.ts';
import { openDatabase } from '../core/store/database.ts';
import { DuckDbStore } from '../core/store/duckdb-store.ts';
import { flownexus, killAll, serve } from './testing/cli.ts';

const KEY = '000102030405060708090a0b0c0d0e0f';
const folder = mkdtempSync(join(tmpdir(), 'flownexus-credential-'));
const keyFile = join(folder, 'key');
writeFileSync(keyFile, `${KEY}\n`);
afterEach(killAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const der = pair.publicKey.export({ format: 'der', type: 'spki' });
const POINT = der.subarray(-65).toString('hex');
/** Files of keys of a device. */
const FILES = {
  pem: pair.publicKey.export({ format: 'pem', type: 'spki' }), der, digits: POINT,
  private: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }), nonsense: 'zz',
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey
    .export({ format: 'pem', type: 'spki' }),
};
const fileOf = (name: keyof typeof FILES): string => join(folder, `own-${name}`);
for (const name of Object.keys(FILES) as (keyof typeof FILES)[]) {
  writeFileSync(fileOf(name), FILES[name]);
}

let folders = 0;

/** Of a server that has run once. */
async function newData(): Promise<string> {
  const data = join(folder, `data-${folders++}`);
  await (await openDatabase({ folder: data })).close();
  return data;
}

function credential(data: string, ...words: string[]): ReturnType<typeof flownexus> {
  return flownexus(['credential', ...words, '--data', data]);
}

/** Writes what is made of the rows of a folder; gives what was there before. */
async function written(data: string, make: (facts: Facts) => Change[]): Promise<Facts> {
  const database = await openDatabase({ folder: data });
  const store = new DuckDbStore(database);
  const facts = store.load();
  store.commit(make(facts));
  await store.settled();
  await database.close();
  return facts;
}

/** Changes the secret of a credential on the disk. */
async function damage(
  data: string, identity: string, change: (secret: string) => string,
): Promise<void> {
  await written(data, ({ credentials }) => credentials.flatMap((row): Change[] =>
    (row.identity === identity
      ? [{ table: 'credential', row: { ...row, secret: change(row.secret) } }] : [])));
}

const withoutEnd = (secret: string): string => `${secret.slice(0, -4)}AAAA`;
const withoutName = (secret: string): string => `AAAA${secret.slice(4)}`;

/** What the columns say below their heading, without the times. */
async function listed(data: string): Promise<string[]> {
  const { stdout } = await credential(data, 'list');
  const [heading, ...lines] = stdout.trim().split('\n')
    .map((line) => line.split('\t').map((cell) => cell.trim()));
  expect(heading).toEqual(['IDENTITY', 'KIND', 'ENDPOINT', 'LAST USED']);
  return lines.map((cells) => cells.slice(0, 3).join(' '));
}

describe.each([true, false])('with a server: %s', (runs) => {
  async function begin(): Promise<string> {
    const data = await newData();
    if (runs) await serve(data);
    return data;
  }

  it('keys are given, listed without the key, printed, rotated and revoked', async () => {
    const data = await begin();
    expect(await credential(data, 'add', 'meter-1', '--key-file', keyFile)).toMatchObject(
      { code: 0, stdout: 'meter-1 may register as meter-1.\n' });
    const made = await credential(data, 'add', 'meter-2', '--identity', 'second');
    const [, key = ''] = /^Its key: ([0-9a-f]{32})$/m.exec(made.stdout) ?? [];
    expect(key).toHaveLength(32);
    expect(await listed(data)).toEqual(['meter-1 psk meter-1', 'second psk meter-2']);
    const list = await credential(data, 'list', '--json');
    expect(list.stdout).not.toContain(KEY);
    expect(list.stdout).not.toContain(key);
    const zephyr = await credential(data, 'print', 'meter-1', '--zephyr', '--server', '192.0.2.1');
    expect(zephyr.stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^# Build with -DEXTRA_CONF_FILE=overlay-dtls.conf/),
      expect.stringMatching(/^# An older sample says CONFIG_LWM2M_APP_ /),
      'CONFIG_LWM2M_DTLS_SUPPORT=y', 'CONFIG_NET_SAMPLE_LWM2M_SERVER="coaps://192.0.2.1:5684"',
      'CONFIG_NET_SAMPLE_LWM2M_ID="meter-1"', `CONFIG_NET_SAMPLE_LWM2M_PSK="${KEY}"`,
    ]);
    expect((await credential(data, 'print', 'second', '--nrf91')).stdout.trim().split('\n'))
      .toEqual([
        'AT+CFUN=4', 'AT%CMNG=0,35724861,4,"second"', `AT%CMNG=0,35724861,3,"${key}"`, 'AT+CFUN=1',
      ]);
    expect((await credential(data, 'rotate', 'second', '--key-file', keyFile)).code).toBe(0);
    expect((await credential(data, 'print', 'second')).stdout).toContain(KEY);
    expect((await credential(data, 'revoke', 'second')).stdout)
      .toMatch(/^second is revoked\.\nmeter-2 has no credential any more/);
    expect(await listed(data)).toEqual(['meter-1 psk meter-1']);
  });

  it('they are listed by endpoint and then identity, in columns', async () => {
    const data = await begin();
    for (const [endpoint, identity] of [['m-2', 'x'], ['m-10', 'z'], ['m-2', 'long-name']] as const) {
      await credential(data, 'add', endpoint, '--identity', identity, '--key-file', keyFile);
    }
    expect((await credential(data, 'list')).stdout.split('\n')).toEqual([
      'IDENTITY \tKIND\tENDPOINT\tLAST USED', 'z        \tpsk \tm-10    \tnever',
      'long-name\tpsk \tm-2     \tnever', 'x        \tpsk \tm-2     \tnever', '',
    ]);
    const { stdout } = await credential(data, 'list', '--json');
    expect((JSON.parse(stdout) as { identity: string }[]).map(({ identity }) => identity))
      .toEqual(['z', 'long-name', 'x']);
  });

  it('a list is taken but for its bad lines, each told with its number', async () => {
    const data = await begin();
    const list = join(folder, `list-${folders}.csv`);
    writeFileSync(list, ['endpoint,key', `a,${KEY}`, 'b,zz', `a,${KEY}`, `c,${KEY}`].join('\n'));
    const { code, stdout, stderr } = await credential(data, 'import', list);
    expect([code, stdout]).toEqual([1, '2 added, 2 refused.\n']);
    expect(stderr.trim().split('\n')).toEqual([
      `${list}:3: a key is 32 to 128 hexadecimal digits`,
      `${list}:4: there is a credential "a" already; rotate it to give it another key`,
    ]);
    expect(await listed(data)).toEqual(['a psk a', 'c psk c']);
  });

  it('a public key is given once, in whatever form', async () => {
    const data = await begin();
    const { stdout } = await credential(data, 'add', 'meter-1', '--public-key', fileOf('digits'));
    const [, print = ''] = /^([0-9a-f]{64}) may register as meter-1\.\n$/.exec(stdout) ?? [];
    expect(await listed(data)).toEqual([`${print} rpk meter-1`]);
    const again = await credential(data, 'add', 'meter-2', '--public-key', fileOf('der'));
    expect(again).toMatchObject(
      { code: 2, stdout: '', stderr: `this public key is that of "${print}" already\n` });
    expect(await credential(data, 'print', print)).toMatchObject(
      { code: 2, stderr: `"${print}" is no PSK: the device has its key\n` });
    expect((await credential(data, 'rotate', print)).stderr)
      .toBe(`"${print}" has a public key: give it a new one of those\n`);
    expect((await credential(data, 'revoke', print)).code).toBe(0);
    const named = await credential(data, 'add', 'meter-2', '--identity', 'plate', '--public-key',
      fileOf('pem'));
    expect(named.stdout).toBe('plate may register as meter-2.\n');
    expect(await listed(data)).toEqual(['plate rpk meter-2']);
  });

  it('an endpoint is known to come with a certificate, and no longer', async () => {
    const data = await begin();
    expect(await credential(data, 'add', 'meter-1', '--x509')).toMatchObject(
      { code: 0, stdout: 'meter-1 comes with a certificate from now on.\n' });
    expect(await listed(data)).toEqual(['x509:meter-1 x509 meter-1']);
    expect((await credential(data, 'add', 'meter-1', '--x509')).stderr)
      .toBe('"meter-1" is known to come with a certificate already\n');
    expect((await credential(data, 'rotate', 'x509:meter-1')).stderr)
      .toBe('a certificate is renewed by its authority\n');
    expect((await credential(data, 'revoke', 'x509:meter-1')).stdout.split('\n')).toEqual([
      'x509:meter-1 is revoked.',
      'meter-1 has no credential any more and may come without security.',
      'Its certificate is as good as before: only a revocation list of its authority takes it back '
        + '(--dtls-crl).', '',
    ]);
    expect(await listed(data)).toEqual([]);
  });

  it('the key of the server is told, in each form the same one', async () => {
    const data = await begin();
    const { code, stdout } = await credential(data, 'server-key');
    const [, hex = '', base64 = '', pem = ''] =
      /^hex +([0-9a-f]+)\nbase64 +(\S+)\n(-----BEGIN PUBLIC KEY-----[^]+)$/.exec(stdout) ?? [];
    expect([code, Buffer.from(base64, 'base64').toString('hex')]).toEqual([0, hex]);
    expect([readPublicKey(Buffer.from(hex, 'hex')), readPublicKey(Buffer.from(pem))])
      .toEqual(Array.from({ length: 2 }, () => expect.objectContaining({ ok: true }) as unknown));
    expect(pem.replaceAll(/-----[^-]+-----|\n/g, '')).toBe(base64);
    expect((await credential(data, 'server-key')).stdout).toBe(stdout);
  });

  it.for([['end', withoutEnd], ['name', withoutName]] as const)('a key whose secret is damaged at '
    + 'its %s is not printed, until it is rotated', async ([, part]) => {
    const data = await newData();
    // With another one that is whole, as else the key file is taken for another one.
    for (const name of ['a', 'b']) await credential(data, 'add', name, '--key-file', keyFile);
    await damage(data, 'a', part);
    if (runs) await serve(data);
    expect(await credential(data, 'print', 'a')).toMatchObject(
      { code: 2, stdout: '', stderr: expect.stringMatching(
        /^(1 of the secrets .*\n)?the secret of "a" cannot be read: rotate it\n$/) as string });
    expect((await credential(data, 'rotate', 'a', '--key-file', keyFile)).code).toBe(0);
    expect((await credential(data, 'print', 'a')).stdout).toContain(KEY);
  });

  it('what is not there is refused in a sentence', async () => {
    const data = await begin();
    for (const words of [
      ['rotate', 'nobody', '--key-file', keyFile], ['rotate', 'nobody', '--public-key', fileOf('pem')],
      ['revoke', 'nobody'], ['print', 'nobody'],
    ]) {
      expect(await credential(data, ...words)).toEqual(
        { code: 2, stdout: '', stderr: 'there is no credential "nobody"\n' });
    }
  });
});

it('the port that is printed is the one at which the server listens', async () => {
  const data = await newData();
  await credential(data, 'add', 'a', '--key-file', keyFile);
  const server = await serve(data, ['--coaps', '127.0.0.1:0']);
  const [, port = ''] = /coaps:\/\/127\.0\.0\.1:(\d+)/.exec(server.said()) ?? [];
  const { stdout } = await credential(data, 'print', 'a', '--zephyr', '--server', '192.0.2.1');
  expect(stdout).toContain(`"coaps://192.0.2.1:${port}"\n`);
});

describe('what makes no sense is refused in a sentence', () => {
  const data = newData();

  it.for([
    [['add', 'x', '--public-key', fileOf('private')],
      /own-private" is a private key: the device keeps it, give its public one$/],
    [['add', 'x', '--public-key', fileOf('p384')],
      /own-p384" is no key on secp256r1 \(P-256\), the one curve of LwM2M$/],
    [['add', 'x', '--public-key', fileOf('nonsense')], /" is no public key that can be read$/],
    [['add', 'x', '--public-key', folder], /^--public-key ".*" cannot be read: it is a folder$/],
    [['add', 'x', '--public-key', fileOf('pem'), '--key-file', keyFile], /^--key-file and --public/],
    [['add', 'x', '--x509', '--identity', 'y'], /^--x509 stands alone/],
    [['add', 'x', '--key-file', fileOf('nonsense')],
      /^--key-file ".*own-nonsense": a key is 32 to 128 hexadecimal digits$/],
    [['add', 'x', '--key-file', '/nowhere'], /^--key-file "\/nowhere" cannot be read: it is not/],
    [['add', '', '--key-file', keyFile], /^(the endpoint is empty|an identity has 1 to)/],
    [['import', '/nowhere'], /^the list "\/nowhere" cannot be read: it is not there$/],
    [['import', folder], /^the list ".*" cannot be read: it is a folder$/],
    [['print', 'x', '--zephyr', '--nrf91'], /are two kinds of device; give one of them$/],
  ] as const)('%j', async ([words, sentence]) => {
    const { code, stdout, stderr } = await credential(await data, ...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd()).toMatch(sentence);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

describe('secrets that cannot be read', () => {
  const told = (...names: string[]): string =>
    `${names.length} of the secrets cannot be read: ${names.slice(0, 3).join(', ')}`
    + `${names.length > 3 ? ', ...' : ''}; rotate gives such a credential another key, revoke takes `
    + 'it away\n';

  const HEADING = 'IDENTITY\tKIND\tENDPOINT\tLAST USED\n';
  const line = (name: string): string => `${name.padEnd(8)}\tpsk \t${name.padEnd(8)}\tnever`;
  const unreadable = (name: string): string => `${line(name)}\tcannot be read: rotate it\n`;

  it('are told once, and the commands go on with the others', async () => {
    const data = await newData();
    for (const name of ['a', 'b', 'c']) await credential(data, 'add', name, '--key-file', keyFile);
    await damage(data, 'a', withoutName);
    const stderr = told('"a"');
    expect(await credential(data, 'list')).toMatchObject(
      { code: 0, stdout: `${HEADING}${unreadable('a')}${line('b')}\n${line('c')}\n`, stderr });
    expect(await credential(data, 'print', 'b')).toEqual(
      { code: 0, stdout: `endpoint b\nidentity b\nkey      ${KEY}\n`, stderr });
    expect(await credential(data, 'rotate', 'b')).toMatchObject({ code: 0, stderr });
    expect(await credential(data, 'revoke', 'c')).toMatchObject({ code: 0, stderr });
    expect(await credential(data, 'add', 'a', '--key-file', keyFile)).toEqual({
      code: 2, stdout: '', stderr: `${stderr}there is a credential "a" already whose secret cannot `
        + 'be read: rotate or revoke it\n',
    });
    expect(await credential(data, 'rotate', 'a', '--key-file', keyFile)).toMatchObject(
      { code: 0, stderr });
    expect(await credential(data, 'print', 'a')).toMatchObject({ code: 0, stderr: '' });
    expect(await listed(data)).toEqual(['a psk a', 'b psk b']);
    await damage(data, 'a', withoutName);
    expect(await credential(data, 'revoke', 'a')).toMatchObject({
      code: 0, stdout: expect.stringMatching(/^a is revoked.\na has no credential any more/) as string,
      stderr,
    });
    expect(await credential(data, 'list')).toMatchObject({ code: 0, stderr: '' });
  });

  it('are found where all of them say the right key file, and get their keys from a list', async () => {
    const data = await newData();
    const list = join(folder, 'damaged.csv');
    writeFileSync(list, `endpoint,key\na,${KEY}\n`);
    await credential(data, 'import', list);
    await damage(data, 'a', withoutEnd);
    expect(await credential(data, 'list')).toEqual({
      code: 0, stdout: `${HEADING}${unreadable('a')}`, stderr: told('"a"'),
    });
    expect(await credential(data, 'import', list)).toMatchObject(
      { code: 0, stdout: '1 added, 0 refused.\n' });
    expect(await credential(data, 'print', 'a')).toEqual(
      { code: 0, stdout: `endpoint a\nidentity a\nkey      ${KEY}\n`, stderr: '' });
  });

  it('are none of certificates, which have no secret', async () => {
    const data = await newData();
    for (const words of [['c', '--x509'], ['d', '--x509'], ['a', '--key-file', keyFile]]) {
      await credential(data, 'add', ...words);
    }
    await damage(data, 'x509:c', withoutName);
    await damage(data, 'x509:d', withoutEnd);
    const { stdout, stderr } = await credential(data, 'list');
    expect([stdout, stderr]).toEqual([expect.not.stringContaining('cannot be read'), '']);
  });

  it('are named as far as a line has room, and are of another key file when all are', async () => {
    const data = await newData();
    const names = ['a', 'b', 'c', 'd', 'e'];
    const list = join(folder, 'many.csv');
    writeFileSync(list, ['endpoint,key', ...names.map((name) => `${name},${KEY}`)].join('\n'));
    await credential(data, 'import', list);
    for (const name of names.slice(1)) await damage(data, name, withoutName);
    expect(await credential(data, 'list')).toEqual({
      code: 0, stdout: `${HEADING}${line('a')}\n${names.slice(1).map(unreadable).join('')}`,
      stderr: told('"b"', '"c"', '"d"', '"e"'),
    });
    await damage(data, 'a', withoutName);
    expect(await credential(data, 'list')).toMatchObject(
      { code: 2, stdout: '', stderr: expect.stringContaining('another key file') as string });
  });
});

describe('without a server, what was agreed on', () => {
  const PLACE = { listener: 16, address: { host: '192.0.2.7', port: 5683 } };
  const WINDOW = { reservedSequence: 1_024, newest: -1, seenLow: 0, seenHigh: 0 };

  /** Two associations and two sessions of each. */
  function agreed(identity: string, first: number): Change[] {
    return [first, first + 1].flatMap((id): Change[] => [
      { table: 'association', row: { id, identity, agreed: `with ${id}`, keys: `sealed ${id}` } },
      { table: 'association_state', row: { id, ...PLACE, ...WINDOW } },
      { table: 'dtls_session',
        row: { id: `0${id}`, identity, until: Date.UTC(2100, 0), secret: `sealed ${id}` } },
    ]);
  }

  /** Of devices a and b, with keys by these names, and of c with a certificate. */
  async function begin(): Promise<string> {
    const data = await newData();
    const list = join(folder, 'agreed.csv');
    writeFileSync(list, ['endpoint,key', `a,${KEY}`, `b,${KEY}`].join('\n'));
    await credential(data, 'import', list);
    await written(data, () => [...agreed('a', 1), ...agreed('b', 3), ...agreed('x509:c', 5)]);
    return data;
  }

  async function left(data: string): Promise<[associations: string[], sessions: string[]]> {
    const { associations, dtlsSessions } = await written(data, () => []);
    return [associations, dtlsSessions].map((rows: readonly { readonly identity: string }[]) =>
      rows.map(({ identity }) => identity).sort()) as [string[], string[]];
  }

  const B = ['b', 'b'];
  const C = ['x509:c', 'x509:c'];

  it.for([['revoke', 'a'], ['rotate', 'a', '--key-file', keyFile]])(
    'ends with its key alone: %j', async (words) => {
      const data = await begin();
      expect((await credential(data, ...words)).code).toBe(0);
      expect(await left(data)).toEqual([[...B, ...C], [...B, ...C]]);
    });

  it.for([['revoke', 'a'], ['rotate', 'a', '--key-file', keyFile]])(
    'ends with a key that cannot be read: %j', async (words) => {
      const data = await begin();
      await damage(data, 'a', withoutName);
      expect((await credential(data, ...words)).code).toBe(0);
      expect(await left(data)).toEqual([[...B, ...C], [...B, ...C]]);
    });

  it('by a certificate stays when that is made known, and ends when it is revoked', async () => {
    const data = await begin();
    await credential(data, 'add', 'c', '--x509');
    expect(await left(data)).toEqual([['a', 'a', ...B, ...C], ['a', 'a', ...B, ...C]]);
    await credential(data, 'revoke', 'x509:c');
    expect(await left(data)).toEqual([['a', 'a', ...B], ['a', 'a', ...B]]);
  });

  it('ends at once with all devices', async () => {
    const data = await begin();
    expect((await credential(data, 'end-associations')).stdout)
      .toBe('6 associations are ended; their devices shake hands anew.\n');
    expect(await left(data)).toEqual([[], []]);
    expect(await listed(data)).toEqual(['a psk a', 'b psk b']);
  });
});

it('associations are ended only while no server runs', async () => {
  const data = await newData();
  expect((await credential(data, 'end-associations')).stdout)
    .toBe('0 associations are ended; their devices shake hands anew.\n');
  const server = await serve(data);
  expect(await credential(data, 'end-associations')).toMatchObject(
    { code: 2, stderr: `a server runs on "${data}"; stop it first\n` });
  await server.end('SIGKILL');
  expect(await credential(data, 'end-associations')).toMatchObject({ code: 0 });
});

it('a key file that others can read, that is damaged, or another one is refused', async () => {
  const data = await newData();
  await credential(data, 'add', 'meter-1', '--key-file', keyFile);
  const file = join(data, 'secret.key');
  const right = readFileSync(file, 'utf8');
  expect(right).toMatch(/^[0-9a-f]{64}\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o644);
  expect((await credential(data, 'list')).stderr).toMatch(/can be read by others: chmod 600 it/);
  expect((await credential(data, 'server-key')).stderr).toMatch(/can be read by others/);
  await expect(serve(data)).rejects.toThrow(/can be read by others: chmod 600 it/);
  chmodSync(file, 0o600);
  writeFileSync(file, 'zz');
  expect((await credential(data, 'list')).stderr).toMatch(
    /is damaged: it must have 64 hexadecimal .* or move it and the server\.key that it sealed away/);
  renameSync(file, `${file}.away`);
  expect((await credential(data, 'list')).stderr).toMatch(/is not there: restore it/);
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, right, { mode: 0o600 });
  expect(await listed(data)).toEqual(['meter-1 psk meter-1']);
});

describe('a key file that is not there is not made anew', () => {
  const SESSION: Change = { table: 'dtls_session', row: {
    id: '01', identity: 'x509:c', until: Date.UTC(2100, 0), secret: 'sealed',
  } };

  it.for<[string, (data: string) => Promise<unknown>]>([
    ['the key of the server', (data) => credential(data, 'server-key')],
    ['a credential', (data) => credential(data, 'add', 'a', '--key-file', keyFile)],
    ['a session', (data) => written(data, () => [SESSION])],
  ])('where %s is sealed', async ([, seal]) => {
    const data = await newData();
    await seal(data);
    const file = join(data, 'secret.key');
    rmSync(file, { force: true });
    const hadServerKey = existsSync(join(data, 'server.key'));
    for (const words of [['server-key'], ['list'], ['add', 'b', '--key-file', keyFile]]) {
      expect(await credential(data, ...words)).toEqual({
        code: 2, stdout: '', stderr: `the key file "${file}" is not there: restore it, or name it `
          + 'with --secrets-key-file; if it is lost, move the server.key that it sealed away, start '
          + 'the server and rotate the credentials\n',
      });
    }
    if (hadServerKey) await expect(serve(data)).rejects.toThrow(/is not there: restore it/);
    expect([existsSync(file), existsSync(join(data, 'server.key'))]).toEqual([false, hadServerKey]);
  });

  it('where a server runs, whatever became of its files', async () => {
    const data = await newData();
    await serve(data);
    for (const name of ['secret.key', 'server.key']) rmSync(join(data, name));
    expect(await credential(data, 'server-key')).toMatchObject(
      { code: 2, stderr: expect.stringContaining('is not there: restore it') as string });
    expect(existsSync(join(data, 'secret.key'))).toBe(false);
  });
});
