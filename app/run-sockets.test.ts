// `flownexus run` over sockets as others use it: against its own server and another, ended by
// Ctrl-C, and what is refused.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Finished } from './run-job.ts';
import { driversOf, type SocketFlags } from './run-sockets.ts';
import { begun, flownexus, killAll, serve } from './testing/cli.ts';
import { UsageError } from './usage-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-sockets-'));
afterEach(killAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, duration: string, ...lines: string[]): string {
  const file = join(folder, name);
  writeFileSync(file, ['name: Small', 'why: To be run.', `duration: ${duration}`, ...lines,
    'expect: [telemetry lost = 0, refused = 0]', ''].join('\n'));
  return file;
}

const METERS = 'fleets: { meters: { count: 2, network: lan, start: { spread: 0s } } }';
const short = written('short.yaml', '1s', METERS);
const long = written('long.yaml', '1h', 'driver: udp', METERS);
const bench = written('bench.yaml', '1s', 'fleets: { bench: { driver: external, endpoint: me } }');

describe('run over sockets', () => {
  it('needs no other file than virtual time, and says what it was', async () => {
    const out = join(folder, 'out');
    const { code, stdout } = await flownexus([
      'run', short, '--driver', 'udp', '--json', '--out', out,
    ]);
    expect(code).toBe(0);
    const run = JSON.parse(stdout) as Finished;
    expect(run).toMatchObject({
      driver: 'udp', verdict: 'held', off: [], violations: [], duration: 1000,
      provenance: {
        command: expect.stringContaining(`run ${short} --seed 1 --driver udp`) as string,
      },
    });
    expect(run).not.toHaveProperty('traceHash');
    expect(readFileSync(join(out, 'small', 'seed-1', 'report.html'), 'utf8'))
      .toContain('over sockets in real time');
  });

  it('plays fleets with security of each kind, whose devices move and shake hands once', async () => {
    const kinds = ['psk', 'rpk', 'x509'];
    const file = written('secured.yaml', '4s', 'fleets:', ...kinds.map((kind) =>
      `  ${kind}: { count: 2, network: lan, security: ${kind}, start: { spread: 0s }, `
        + 'report: { every: 200ms } }'),
    'timeline:', ...kinds.map((kind) => `  - { at: 2s, rebind: ${kind} }`));
    const more = kinds.map((kind) =>
      `handshakes per ${kind} max = 1, telemetry stored ${kind} >= 2`);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/\]\n$/, `, ${more.join(', ')}]\n`));
    const { code, stdout } = await flownexus(['run', file, '--driver', 'udp']);
    expect(stdout).toMatch(/^HELD /);
    for (const kind of kinds) expect(stdout).toContain(`  ok   handshakes per ${kind} max = 1: 1,`);
    expect(code).toBe(0);
  });

  it('against another server shows what it could not judge', async () => {
    const { coapPort } = await serve(join(folder, 'data'));
    const target = `coap://127.0.0.1:${coapPort}`;
    const { code, stdout } = await flownexus(['run', short, '--target', target]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^HELD .* 1 of 2 expectations not judged$/m);
    expect(stdout).toContain(
      '  ---- telemetry lost = 0: not available over sockets to a foreign server');
  });

  it('says of a server that is not there that nothing answers, and of one that is nothing', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const target = `coap://127.0.0.1:${socket.address().port}`;
    const sentence = `nothing has answered at ${target}; is a server there?`;
    const silent = await flownexus(['run', short, '--target', target]);
    expect(silent.stdout).toContain(`  off  the server: ${sentence}\n`);
    expect(silent.stderr.split('\n').filter((line) => line === sentence)).toHaveLength(1);
    socket.on('message', (_, { port }) => socket.send(new Uint8Array([0x70, 0, 0, 1]), port));
    const { stdout, stderr } = await flownexus(['run', short, '--target', target]);
    expect(stdout + stderr).not.toContain('nothing has answered');
    socket.close();
  });

  it('ends at Ctrl-C with what was measured', async () => {
    const running = await begun(['run', long, '--json'], /Small: 60 min in real time at coap:/);
    const { code, stdout } = await running.end('SIGINT');
    expect(code).toBe(130);
    const { driver, off, expectations } = JSON.parse(stdout) as Finished;
    expect({ driver, off: off.map(({ what }) => what), count: expectations.length })
      .toEqual({ driver: 'udp', off: ['the rest of the run'], count: 2 });
  });

  it('waits for a real device until Ctrl-C', async () => {
    const running = await begun(['run', bench], /waiting for me to register at coap:/);
    const { code, stdout, stderr } = await running.end('SIGINT');
    expect(code).toBe(130);
    expect(stdout).toMatch(/^INTERRUPTED Small, seed 1: me did not register; nothing was measured\n/);
    expect(stderr).not.toContain('me did not register');
  });

  it('says when its port is taken', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const at = `127.0.0.1:${socket.address().port}`;
    expect(await flownexus(['run', bench, '--coap', at])).toEqual({
      code: 2, stdout: '',
      stderr: `coap://${at} is in use by another program; choose a port with --coap\n`,
    });
    socket.close();
  });

  it('refuses to listen in virtual time', async () => {
    expect(await flownexus(['run', short, '--coap', '5683'])).toEqual({
      code: 2, stdout: '', stderr: '--coap is for runs over sockets, and this is in virtual time; '
        + 'add --driver udp\n',
    });
  });

  it('refuses devices with keys at a server that is not its own', async () => {
    const modes = 'scenarios/security-modes.yaml';
    const { code, stderr } = await flownexus(['run', modes, '--target', 'coap://127.0.0.1']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/has keys that a server elsewhere does not know; leave out --target/);
  });

  it('refuses a real device at a server that is not its own', async () => {
    expect((await flownexus(['run', bench, '--target', 'coap://127.0.0.1'])).stderr).toBe(
      `${bench}: bench is a real device, which registers at the run's own server; `
        + 'leave out --target\n');
  });
});

describe('flags', () => {
  it('name a server elsewhere, and with it sockets', async () => {
    const words = ['--target', 'coap://[::1]'];
    expect(await driversOf({ target: 'coap://[::1]' })).toMatchObject({
      driver: 'udp', sockets: { target: { host: '::1', port: 5683 } }, words,
    });
    expect(await driversOf({ target: 'coap://0.0.0.0:77' }))
      .toMatchObject({ sockets: { target: { host: '127.0.0.1', port: 77 } } });
    expect(await driversOf({ driver: 'udp', coap: '5683' })).toMatchObject({
      driver: 'udp', sockets: { target: undefined, coap: { host: '::', port: 5683 } },
    });
    expect(await driversOf({})).toMatchObject({ driver: undefined, words: [] });
  });

  it.for<[SocketFlags, string]>([
    [{ driver: 'renode' }, '--driver "renode" is none of world, udp'],
    [{ target: '127.0.0.1' }, '--target "127.0.0.1" is no URI like coap://127.0.0.1:5683'],
    [{ target: 'coap://127.0.0.1:0' },
      '--target "coap://127.0.0.1:0" is no URI like coap://127.0.0.1:5683'],
    [{ target: 'coap://127.0.0.1/rd' },
      '--target "coap://127.0.0.1/rd" is no URI like coap://127.0.0.1:5683'],
    [{ target: 'coaps://127.0.0.1' }, '--target: a server elsewhere does not know the keys that a '
      + 'run makes for its devices; use coap://, or flownexus device with the key of one'],
    [{ target: 'coap://127.0.0.1', driver: 'world' },
      '--target is reached over sockets; leave out --driver world'],
    [{ target: 'coap://127.0.0.1', coap: '5683' }, '--coap is where the run\'s own server '
      + 'listens, and with --target it has none; leave out one of them'],
    [{ coap: 'x', driver: 'udp' }, '--coap "x": "x" is no port; give [HOST:]PORT, 0 to 65535'],
  ])('%j are refused', async ([flags, sentence]) => {
    await expect(driversOf(flags)).rejects.toThrow(new UsageError(sentence));
  });
});
