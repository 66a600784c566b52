// Scenarios over real sockets on loopback, each ended by what it waits for and not by a time.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { killAll, serve } from '../../app/testing/cli.ts';
import type { Change } from '../../core/store/changes.ts';
import type { SimulatedDevice } from '../device.ts';
import type { Observer } from '../observer.ts';
import { float, integer, Resources } from '../resources.ts';
import type { RunResult } from '../run.ts';
import { parseScenario } from '../scenario/file.ts';
import type { Scenario } from '../scenario/model.ts';
import { constant } from '../signals.ts';
import { runInRealTime, type RealTimeOptions } from './real-time.ts';
import { UdpDevices } from './udp.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const METERS = 'meters: { count: 2, network: field, lifetime: 1m, start: { spread: 0s }, '
  + 'report: { every: 50ms } }';
const BENCH = 'bench: { driver: external, endpoint: my-nrf91 }';

const data = mkdtempSync(join(tmpdir(), 'flownexus-real-time-'));
afterEach(killAll);
afterAll(() => rmSync(data, { recursive: true, force: true }));

function scenario(fleets: readonly string[], ...lines: string[]): Scenario {
  const parsed = parseScenario([
    'name: Test', 'why: To be run.', 'duration: 1h', 'driver: udp',
    'network: { field: { latency: 2ms, duplicate: 20% } }', 'fleets:',
    ...fleets.map((fleet) => `  ${fleet}`), ...lines,
  ].join('\n'), 's.yaml');
  expect(parsed).toMatchObject({ ok: true });
  return (parsed as Extract<typeof parsed, { ok: true }>).value;
}

/** Runs until the watcher has seen enough. */
async function run(
  played: Scenario, watcher: (enough: () => void) => Observer, options: Partial<RealTimeOptions>,
): Promise<RunResult> {
  const ending = new AbortController();
  return runInRealTime(played, {
    target: undefined, coap: LOOPBACK, signal: ending.signal,
    observers: [watcher(() => ending.abort())], ...options,
  });
}

function count(changes: readonly Change[], isCounted: (change: Change) => boolean): number {
  return changes.filter(isCounted).length;
}

const END = {
  what: 'the rest of the run', why: 'it was interrupted',
};

describe('over real sockets', () => {
  it('devices register, report, are read and move, and every oracle holds', async () => {
    const played = scenario([METERS], 'timeline:',
      '  - { every: 100ms, read: { devices: meters, path: 3/0 } }',
      '  - { at: 2s, rebind: 1 random meter }',
      'expect:', '  - telemetry stored meters > 20', '  - telemetry lost = 0',
      '  - operations failed = 0', '  - read latency p50 >= 0ms', '  - notify latency p50 >= 0ms',
      '  - registrations per meter max >= 1', '  - expired = 0 from 30m');
    let stored = 0;
    let confirmed = 0;
    const ports = new Set<number>();
    const registered = new Set<SimulatedDevice>();
    const result = await run(played, (enough) => ({
      deviceSent: ({ address }) => ports.add(address.port),
      device: (_at, device, what) => {
        if (what === 'registered') registered.add(device);
      },
      committed: (_at, _ticket, changes) => {
        stored += count(changes, ({ table }) => table === 'resource');
        confirmed += count(changes, (change) => (
          change.table === 'device_operation' && change.row.status === 'CONFIRMED'));
        if (stored > 20 && confirmed >= 2 && ports.size > 2 && registered.size === 2) enough();
      },
    }), {});
    expect(result.violations).toEqual([]);
    expect(result.expectations.map(({ text, held }) => [text, held])).toEqual([
      ['telemetry stored meters > 20', true], ['telemetry lost = 0', true],
      ['operations failed = 0', true], ['read latency p50 >= 0ms', true],
      ['notify latency p50 >= 0ms', true], ['registrations per meter max >= 1', true],
      ['expired = 0 from 30m', undefined],
    ]);
    expect(result).toMatchObject({
      driver: 'udp', verdict: 'held',
      off: [END, { what: 'expired = 0 from 30m', why: 'the run was ended before it counts' }],
    });
    expect(result.traceHash).toBeUndefined();
    expect(result.metrics.samples.at(-1)!.registered).toEqual([2]);
    expect(result.duration).toBeLessThan(played.duration);
  });

  it('a server elsewhere is judged by its datagrams, and what is off is said', async () => {
    const { coapPort } = await serve(join(data, 'elsewhere'));
    const played = scenario([METERS], 'server: { awakeWindow: 30s, restart: { every: 1s } }',
      'observe: [{ fleet: meters, path: 3/0/1 }]',
      'timeline:', '  - { at: 0s, read: { devices: meters, path: 3/0 } }',
      '  - { at: 0s, unobserve: { devices: meters, path: 3/0/1 } }', 'expect:',
      '  - telemetry lost = 0', '  - notify latency p50 >= 0ms', '  - refused = 0');
    let acknowledged = 0;
    const result = await run(played, (enough) => ({
      device: (_at, _device, what) => {
        if (what === 'acknowledged') acknowledged++;
        if (acknowledged > 10) enough();
      },
    }), { target: { host: '127.0.0.1', port: coapPort } });
    const foreign = 'not available over sockets to a foreign server';
    expect(result.violations).toEqual([]);
    expect(result.metrics.samples.at(-1)!.registered).toEqual([2]);
    expect(result.expectations).toMatchObject([
      { measured: undefined, held: undefined, off: foreign }, { held: true }, { held: true },
    ]);
    expect(result.off.map(({ what, why }) => [what, why.startsWith(foreign)])).toEqual([
      ['server.restart', false], ['read', true], ['unobserve', true], ['server', true], ['observe', true],
      [expect.stringMatching(/^oracles retransmission, .*agreement$/), true],
      ['the server\'s word on who is registered', true], ['the rest of the run', false],
      ['telemetry lost = 0', true],
    ]);
    expect(result.verdict).toBe('held');
  });
});

describe('a real device', () => {
  it('is waited for, even when only the known may register, and counted by the disk', async () => {
    const played = scenario([METERS, BENCH], 'server: { registration: known }', 'timeline:',
      '  - { every: 50ms, read: { devices: bench, path: 3/0 } }', 'expect:',
      '  - registered bench = 100%', '  - telemetry stored bench >= 3',
      '  - operations confirmed >= 1', '  - datagrams per bench >= 1', '  - expired bench = 0');
    let devices: UdpDevices | undefined;
    let bench: SimulatedDevice | undefined;
    // After its Register, and then for operations: of two the first is on the disk.
    let reads = 0;
    const result = await run(played, (enough) => ({
      committed: () => {
        const isHeard = (bench?.acknowledged ?? 0) >= 3 && bench?.isRegistered === true;
        if (isHeard && reads >= 3) enough();
      },
    }), {
      onWaiting: (endpoints, at) => {
        expect(endpoints).toEqual(['my-nrf91']);
        devices = new UdpDevices(at);
        void devices.start({
          endpoint: 'my-nrf91', lifetime: 60, notifyEvery: 50, awake: undefined,
          resources: new Resources({
            '/3303/0/5700': float(constant(21)), '/3/0/9': integer(constant(80)),
            '/3/0/0': () => ({ type: 'string', value: `read ${++reads} times` }),
          }),
        }).then((device) => { bench = device; });
      },
    });
    devices?.close();
    expect(result.violations).toEqual([]);
    expect(result.expectations.map(({ text, held }) => [text, held])).toEqual([
      ['registered bench = 100%', true], ['telemetry stored bench >= 3', true],
      ['operations confirmed >= 1', true], ['datagrams per bench >= 1', undefined],
      ['expired bench = 0', true],
    ]);
    expect(result.off).toContainEqual({
      what: 'oracles on bench',
      why: 'my-nrf91 is a real device, of which only the server\'s disk tells',
    });
    expect(result.metrics.fleets).toEqual([
      { name: 'meters', count: 2, driver: 'udp' }, { name: 'bench', count: 1, driver: 'external' },
    ]);
  });

  it('that never comes ends the run, when nobody waits any longer', async () => {
    const ending = new AbortController();
    await expect(runInRealTime(scenario([BENCH]), {
      target: undefined, coap: LOOPBACK, signal: ending.signal, onWaiting: () => ending.abort(),
    })).rejects.toThrow('my-nrf91 did not register; nothing was measured');
  });
});
