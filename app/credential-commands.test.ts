// `flownexus credential` from outside, with and without a running server: what is given, listed,
// printed and taken back, and what bad input is told.

import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../core/store/database.ts';
import { flownexus, killAll, serve } from './testing/cli.ts';

const KEY = '000102030405060708090a0b0c0d0e0f';
const folder = mkdtempSync(join(tmpdir(), 'flownexus-credential-'));
const keyFile = join(folder, 'key');
writeFileSync(keyFile, `${KEY}\n`);
afterEach(killAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

/** One word of what the columns say, without the times. */
async function listed(data: string): Promise<string[]> {
  const { stdout } = await credential(data, 'list');
  return stdout.trim().split('\n').filter((line) => line !== '')
    .map((line) => line.split('\t').slice(0, 3).join(' '));
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
      'CONFIG_LWM2M_DTLS_SUPPORT=y', 'CONFIG_LWM2M_APP_SERVER="coaps://192.0.2.1:5684"',
      'CONFIG_LWM2M_APP_ID="meter-1"', `CONFIG_LWM2M_APP_PSK="${KEY}"`,
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

  it.for([
    [['add', 'x', '--key-file', '/nowhere'], /--key-file "\/nowhere" cannot be read/],
    [['add', '', '--key-file', keyFile], /^(the endpoint is empty|an identity has 1 to)/],
    [['rotate', 'nobody', '--key-file', keyFile], /there is no credential "nobody"/],
    [['revoke', 'nobody'], /there is no credential "nobody"/],
    [['print', 'nobody'], /there is no credential "nobody"/],
  ] as const)('%j is refused in a sentence', async ([words, sentence]) => {
    const { code, stderr } = await credential(await begin(), ...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain('    at ');
  });
});

it('associations are ended only while no server runs', async () => {
  const data = await newData();
  expect((await credential(data, 'end-associations')).stdout)
    .toBe('0 associations are ended; their devices shake hands anew.\n');
  await serve(data);
  expect(await credential(data, 'end-associations')).toMatchObject(
    { code: 2, stderr: `a server runs on "${data}"; stop it first\n` });
});

it('a key file that others can read, that is damaged, or another one is refused', async () => {
  const data = await newData();
  await credential(data, 'add', 'meter-1', '--key-file', keyFile);
  const file = join(data, 'secret.key');
  const right = readFileSync(file, 'utf8');
  expect(right).toMatch(/^[0-9a-f]{64}\n$/);
  chmodSync(file, 0o644);
  expect((await credential(data, 'list')).stderr).toMatch(/can be read by others: chmod 600 it/);
  chmodSync(file, 0o600);
  writeFileSync(file, 'zz');
  expect((await credential(data, 'list')).stderr).toMatch(/is damaged: it has 64 hexadecimal/);
  renameSync(file, `${file}.away`);
  expect(await credential(data, 'list')).toMatchObject({ code: 2 });
  writeFileSync(file, right, { mode: 0o600 });
  expect(await listed(data)).toEqual(['meter-1 psk meter-1']);
});
