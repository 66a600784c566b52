// Simulated devices over DTLS at the server as people run it, which knows them by its own commands:
// each registers by its kind of proof, and what it reports is acknowledged.

import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begun, flownexus, killAll, serve } from '../../app/testing/cli.ts';
import { toHex } from '../../core/bytes.ts';
import { TrustedCertificates } from '../../core/io/certificates.ts';
import { NodeCrypto } from '../../core/io/crypto.ts';
import { readKey } from '../../core/io/key-file.ts';
import { readPublicKey } from '../../core/io/public-key-file.ts';
import { derOf } from '../../core/io/pem.ts';
import { assert, type Result } from '../../core/result.ts';
import type { DeviceOptions, SimulatedDevice } from '../device.ts';
import { float, Resources } from '../resources.ts';
import { constant } from '../signals.ts';
import type { SecurityOptions } from '../security.ts';
import { UdpDevices } from './udp.ts';

const data = mkdtempSync(join(tmpdir(), 'flownexus-udp-devices-'));
const SERVER_NAME = 'lwm2m.example';
const pki = (file: string): string => join(data, 'pki', file);
let devices: UdpDevices;
let uri = '';

async function command(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await flownexus([...words, '--data', data]);
  expect(code, stderr).toBe(0);
  return stdout;
}

function valueOf<Value>(result: Result<Value>): Value {
  assert(result.ok, 'a file of our own');
  return result.value;
}

beforeAll(async () => {
  await command('pki', 'init');
  await command('pki', 'server', '--name', SERVER_NAME);
  const server = await serve(data, [
    '--coaps', '127.0.0.1:0', '--dtls-cert', pki('server.pem'), '--dtls-key', pki('server.key.pem'),
    '--dtls-ca', pki('ca.pem'),
  ]);
  const [, port] = /coaps:\/\/127\.0\.0\.1:(\d+)/.exec(server.said()) ?? [];
  devices = new UdpDevices({ host: '127.0.0.1', port: Number(port) });
  uri = `coaps://127.0.0.1:${port}`;
});

afterAll(() => {
  devices.close();
  killAll();
  rmSync(data, { recursive: true, force: true });
});

/** Waits for what the device has heard of the server. */
async function started(security: SecurityOptions): Promise<SimulatedDevice> {
  const options: DeviceOptions = {
    endpoint: `${security.kind}-1`, lifetime: 60, notifyEvery: 50, awake: undefined, security,
    resources: new Resources({ '/3303/0/5700': float(constant(21)) }),
  };
  const device = await devices.start(options);
  await expect.poll(() => device.acknowledged, { timeout: 20_000 }).toBeGreaterThan(2);
  return device;
}

/** As the server lists it. */
async function kindOf(endpoint: string): Promise<string> {
  const list = JSON.parse(await command('credential', 'list', '--json')) as
    { readonly endpoint: string; readonly kind: string; readonly lastUsedAt?: number }[];
  const found = list.find((one) => one.endpoint === endpoint);
  expect(found?.lastUsedAt).toBeGreaterThan(0);
  return found?.kind ?? '';
}

describe('a simulated device at the real server', () => {
  it('has the key of `credential add`', async () => {
    const said = await command('credential', 'add', 'psk-1');
    const [, key = ''] = /^Its key: ([0-9a-f]{32})$/m.exec(said) ?? [];
    const device = await started({ kind: 'psk', identity: 'psk-1', key: Buffer.from(key, 'hex') });
    expect([device.isRegistered, device.dtls?.handshakes]).toEqual([true, 1]);
    expect(await kindOf('psk-1')).toBe('psk');
  });

  it('has it by `flownexus device` too', async () => {
    const said = await command('credential', 'add', 'sensor', '--identity', 'its id');
    const file = join(data, 'psk');
    writeFileSync(file, /^Its key: (\S+)$/m.exec(said)?.[1] ?? '');
    const device = await begun([
      'device', '--server', uri, '--endpoint', 'sensor', '--key-file', file, '--identity', 'its id',
    ], /1 of 1 registered/);
    expect(await kindOf('sensor')).toBe('psk');
    await device.end('SIGINT');
  });

  it.for<[string[], string]>([
    [[], '--key-file'],
    [['--key-file', join(data, 'nothing')], 'cannot be read: it is not there'],
    [['--key-file', pki('ca.pem')], 'key'],
    [['--key-file', pki('ca.pem'), '--count', '2'], 'a key is that of one device'],
  ])('is told what is wrong with %j', async ([words, sentence]) => {
    const { code, stderr } = await flownexus(
      ['device', '--server', uri, '--endpoint', 'sensor', ...words]);
    expect([code, stderr.trim().split('\n')]).toEqual([2, [expect.stringContaining(sentence)]]);
  });

  it('has a public key of `credential add --public-key`, and knows that of `server-key`', async () => {
    const keys = new NodeCrypto().newKeyPair();
    writeFileSync(join(data, 'own.key'), toHex(keys.publicKey));
    await command('credential', 'add', 'rpk-1', '--public-key', join(data, 'own.key'));
    const said = await command('credential', 'server-key');
    const serverKey = valueOf(readPublicKey(Buffer.from(said.slice(said.indexOf('-----')))));
    const device = await started({ kind: 'rpk', rawKey: { identity: 'rpk-1', keys, serverKey } });
    expect([device.isRegistered, device.dtls?.handshakes]).toEqual([true, 1]);
    expect(await kindOf('rpk-1')).toBe('rpk');
  });

  it('has a certificate of `pki device`', async () => {
    await command('pki', 'device', 'x509-1');
    await command('credential', 'add', 'x509-1', '--x509');
    const device = await started({
      kind: 'x509', x509: {
        identity: 'x509-1', keys: valueOf(readKey(readFileSync(pki('devices/x509-1.key.pem')))),
        chain: derOf(readFileSync(pki('devices/x509-1.pem')), 'CERTIFICATE'),
        certificates: valueOf(TrustedCertificates.of([readFileSync(pki('ca.der'))])),
        serverName: SERVER_NAME,
      },
    });
    expect([device.isRegistered, device.dtls?.handshakes]).toEqual([true, 1]);
    expect(await kindOf('x509-1')).toBe('x509');
  });
});
