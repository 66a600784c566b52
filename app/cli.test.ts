// The command from outside: bad input ends with exit code 2 and one clear sentence on stderr,
// nothing is damaged by it, and a server that is told to stop stops in order.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../core/store/database.ts';
import { flownexus, killAll, serve } from './testing/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-cli-'));
afterEach(killAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let folders = 0;
function newFolder(): string {
  return join(folder, `data-${folders++}`);
}

/** Ends with 2 and says one sentence, which is returned. */
async function refused(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await flownexus(args, input);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  const lines = stderr.trimEnd().split('\n').filter((line) => !line.startsWith('{'));
  expect(lines).toHaveLength(1);
  expect(stderr).not.toContain('    at ');
  return lines[0]!;
}

async function healthz(http: string): Promise<{ status: number; body: string }> {
  const response = await fetch(new URL('/healthz', http));
  return { status: response.status, body: await response.text() };
}

describe('bad input', () => {
  it.for([
    [['nonsense'], /^error: unknown command 'nonsense'/],
    [['serve', '--config', '/nowhere/c.yaml'], /^--config \/nowhere\/c\.yaml is not there$/],
    [['user', 'add', 'a', '--role', 'king'], /^--role "king" is none of admin, operator, viewer/],
  ] as const)('%s', async ([args, sentence]) => {
    expect(await refused(args)).toMatch(sentence);
  });

  it('a folder of models that is not there ends the start', async () => {
    const at = ['--data', newFolder(), '--http', '0', '--coap', '127.0.0.1:0'];
    expect(await refused(['serve', ...at, '--models', '/nowhere']))
      .toBe('--models "/nowhere" is not there');
  });

  it('models check says what files define, and what is wrong with one', async () => {
    const good = 'core/io/fixtures/ddf/33001-1.0.xml';
    expect(await flownexus(['models', 'check', good])).toMatchObject({
      code: 0, stdout: `${good} 33001 1.0 Beehive, 2 resources\n`,
    });
    const bad = join(folder, 'bad.xml');
    writeFileSync(bad, '<LWM2M>\n<Object/></LWM2M>');
    const { code, stdout, stderr } = await flownexus(['models', 'check', bad, good]);
    expect(code).toBe(2);
    expect(stdout).toContain('Beehive');
    expect(stderr).toBe(`${bad}:2 has no ObjectID where one belongs\n`);
  });

  it('a mistyped flag is told the right one', async () => {
    const { code, stderr } = await flownexus(['serve', '--htp', '1']);
    expect(code).toBe(2);
    expect(stderr).toContain('(Did you mean --http?)');
  });

  it('help and version are no mistakes', async () => {
    expect(await flownexus(['serve', '--help'])).toMatchObject({
      code: 0, stderr: '', stdout: expect.stringContaining('--registration') as string,
    });
    expect(await flownexus(['--version'])).toMatchObject({
      code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });
});

describe('a port in use', () => {
  it('of devices ends the start, and leaves the folder usable', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const data = newFolder();
    expect(await refused(['serve', '--data', data, '--http', '0', '--coap', `127.0.0.1:${port}`]))
      .toBe(`coap://127.0.0.1:${port} is in use by another program; choose a port with --coap`);
    socket.close();
    await (await openDatabase({ folder: data })).close();
  });

  it('of device logs ends the start, and leaves the folder usable', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const data = newFolder();
    const at = ['--data', data, '--http', '0', '--coap', '127.0.0.1:0'];
    expect(await refused(['serve', ...at, '--syslog', `127.0.0.1:${port}`]))
      .toBe(`udp://127.0.0.1:${port} is in use by another program; choose a port with --syslog`);
    socket.close();
    await (await openDatabase({ folder: data })).close();
  });

  it('of the dashboard ends the start, and leaves the folder usable', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const data = newFolder();
    const files = ['--dtls-cert', 'c', '--dtls-key', 'k', '--dtls-ca', 'a'];
    expect(await refused(['serve', '--data', data, '--http', '0', '--coap', '0', ...files])).toBe(
      '--dtls-cert is for devices that come by DTLS: who names a --coap has to name the --coaps too');
    expect(await refused(['serve', '--data', data, '--http', String(port), '--coap', '0']))
      .toBe(`port 127.0.0.1:${port} is in use; choose another with --http`);
    expect(await refused([
      'serve', '--data', data, '--http', '0', '--coap', '0', '--compat-http', String(port),
    ])).toBe(`port 127.0.0.1:${port} is in use; choose another with --compat-http`);
    server.close();
    expect(existsSync(join(data, 'control.sock'))).toBe(false);
    await (await openDatabase({ folder: data })).close();
  });

  it('an address of another machine is no address of this one', async () => {
    const data = newFolder();
    expect(await refused(['serve', '--data', data, '--http', '0', '--coap', '192.0.2.1:5683']))
      .toBe('coap://192.0.2.1:5683 is no address of this machine; change --coap');
    expect(await refused(['serve', '--data', data, '--http', '0.0.0.0:0', '--coap', '0']))
      .toMatch(/^--http 0\.0\.0\.0 is reachable from outside: give --tls-cert and --tls-key/);
    expect(await refused([
      'serve', '--data', data, '--http', '0', '--compat-http', '0.0.0.0:0', '--coap', '0',
    ])).toBe('--compat-http 0.0.0.0 is reachable from outside and has no login: give '
      + '--insecure-http if something else keeps strangers out');
  });
});

describe('a data folder', () => {
  it('that is a file is left as it is', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    expect(await refused(['serve', '--data', file]))
      .toBe(`the data folder "${file}" cannot be used: a file is in its place`);
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('with a database that is none is left as it is', async () => {
    const data = newFolder();
    await (await openDatabase({ folder: data })).close();
    const file = join(data, 'flownexus.duckdb');
    writeFileSync(file, 'precious');
    expect(await refused(['serve', '--data', data])).toContain('is not a database: move it away');
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('of a newer version is left as it is', async () => {
    const data = newFolder();
    const database = await openDatabase({ folder: data });
    await database.write([{ sql: 'UPDATE meta SET schema_version = 9999', values: [] }]);
    await database.close();
    const file = join(data, 'flownexus.duckdb');
    const before = readFileSync(file);
    expect(await refused(['serve', '--data', data])).toMatch(/newer/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('in use by another process is left to it', async () => {
    const data = newFolder();
    const first = await serve(data);
    const sentence = await refused(['serve', '--data', data, '--http', '0', '--coap', '0']);
    expect(sentence).toMatch(/is in use by another server \(process \d+\): stop it, or choose/);
    // The first one goes on, its control socket included.
    expect((await healthz(first.http)).status).toBe(200);
    const { code, stdout } = await flownexus(['user', 'list', '--data', data]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'admin\tadmin\n' });
    expect(await first.end('SIGTERM')).toBe(0);
  });

});

describe('a server', () => {
  it('says where it listens, and stops in order', async () => {
    const data = newFolder();
    const server = await serve(data);
    const { status, body } = await healthz(server.http);
    expect(status).toBe(200);
    expect(body).toContain(`coap://127.0.0.1:${server.coapPort}`);
    // Password hashes and credentials are their owner's alone.
    for (const name of ['.', ...readdirSync(data)]) {
      expect(statSync(join(data, name)).mode & 0o077, name).toBe(0);
    }
    expect(await server.end('SIGINT')).toBe(0);
    expect(existsSync(join(data, 'control.sock'))).toBe(false);
  });

  it('says how the first admin logs in when no password was given', async () => {
    const server = await serve(newFolder(), [], { FLOWNEXUS_ADMIN_PASSWORD: '' })
      .catch((error: Error) => error.message);
    expect(server).toMatch(/ended with 2: FLOWNEXUS_ADMIN_PASSWORD: /);
  });

  it('is managed while it runs and while it does not', async () => {
    const data = newFolder();
    const password = 'correct horse battery\n';
    expect(await flownexus(['user', 'add', 'anna', '--role', 'admin', '--data', data], password))
      .toMatchObject({ code: 0, stdout: 'anna is added as admin.\n' });
    expect(await refused(['user', 'add', 'anna', '--data', data], password)).toBe('This name is taken.');
    expect(await refused(['user', 'login-link', 'anna', '--data', data]))
      .toContain('no server runs on this data folder');
    expect(await refused(['device-forget', 'x', '--data', data])).toBe('no device is called x');
    const server = await serve(data);
    expect(await refused(['device-forget', 'x', '--data', data])).toMatch(/no such device/);
    expect(await flownexus(['user', 'login-link', 'anna', '--data', data])).toMatchObject({
      code: 0, stdout: expect.stringContaining(server.http) as string,
    });
    await server.end('SIGTERM');
  });
});
