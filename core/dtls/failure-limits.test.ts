// How often handshakes of a host may fail: the buckets by themselves, and stories of who overdoes it.

import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../bytes.ts';
import { EPOCH } from '../../sim/epoch.ts';
import {
  CERTIFIED, DEVICE, DtlsBench, IDENTITY, PROFILE, type DtlsBenchOptions, type Network,
} from '../../sim/testing/dtls-bench.ts';
import {
  FAILING_SOURCES_MAX, FAILURE_SPAN, FAILURES_MAX, FailureLimits, HOSTS_OF_SITE, PAUSE, type Pause,
} from './failure-limits.ts';
import type { ClientProfile } from './handshake.ts';
import { HandshakeType } from './handshake-messages.ts';
import { RECORD_HEADER_LENGTH } from './record.ts';
import { SUITES } from './suites.ts';

const HOST = '203.0.113.5';

function failing(limits: FailureLimits, host: string, count: number, now: number): Pause[] {
  return Array.from({ length: count }, () => limits.onFailed(host, now))
    .filter((pause) => pause !== undefined);
}

describe('a host', () => {
  it('may fail so often at once, and pauses then', () => {
    const limits = new FailureLimits();
    expect(failing(limits, HOST, FAILURES_MAX - 1, EPOCH)).toEqual([]);
    expect(limits.isPaused(HOST, EPOCH)).toBe(false);
    expect(failing(limits, HOST, 1, EPOCH)).toEqual([{ source: HOST, until: EPOCH + PAUSE }]);
    expect([0, PAUSE - 1, PAUSE].map((after) => limits.isPaused(HOST, EPOCH + after)))
      .toEqual([true, true, false]);
    expect(limits.isPaused('203.0.113.6', EPOCH)).toBe(false);
  });

  it('may fail for ever as often as is forgotten', () => {
    const limits = new FailureLimits();
    const times = Array.from({ length: 3 * FAILURES_MAX }, (_, index) => index * FAILURE_SPAN);
    expect(times.flatMap((after) => failing(limits, HOST, 1, EPOCH + after))).toEqual([]);
  });

  it('begins a pause but once, whatever fails in it, and has room after it', () => {
    const limits = new FailureLimits();
    expect(failing(limits, HOST, FAILURES_MAX + 500, EPOCH)).toHaveLength(1);
    const room = PAUSE / FAILURE_SPAN;
    expect(failing(limits, HOST, room - 1, EPOCH + PAUSE)).toEqual([]);
    expect(failing(limits, HOST, 1, EPOCH + PAUSE)).toHaveLength(1);
  });

  it('of IPv6 is a /64, and a site of them has more, but not for each', () => {
    const limits = new FailureLimits();
    const host = (index: number): string => `2001:db8:1:${index.toString(16)}::9`;
    expect(failing(limits, host(0), FAILURES_MAX, EPOCH))
      .toEqual([{ source: '2001:db8:1:0::/64', until: EPOCH + PAUSE }]);
    expect([host(0), '2001:db8:1:0:1:2:3:4', host(1)].map((one) => limits.isPaused(one, EPOCH)))
      .toEqual([true, true, false]);
    const left = (HOSTS_OF_SITE - 1) * FAILURES_MAX;
    const pauses = Array.from({ length: left }, (_, index) =>
      failing(limits, host(1 + index), 1, EPOCH)).flat();
    expect(pauses).toEqual([{ source: '2001:db8:1::/48', until: EPOCH + PAUSE }]);
    expect([host(0xffff), '2001:db8:2::9'].map((one) => limits.isPaused(one, EPOCH)))
      .toEqual([true, false]);
  });

  it('is forgotten when many others failed since', () => {
    const limits = new FailureLimits(1);
    for (const host of ['a', 'b', 'a']) limits.onFailed(host, EPOCH);
    for (let count = 2; count <= FAILING_SOURCES_MAX; count++) {
      limits.onFailed(`10.0.${count >> 8}.${count & 255}`, EPOCH);
    }
    expect(limits.size).toBe(FAILING_SOURCES_MAX);
    expect(['a', 'b'].map((host) => limits.isPaused(host, EPOCH))).toEqual([true, false]);
  });
});

/** Five may fail at once; nothing takes time but what waits. */
function newBench(server: DtlsBenchOptions['server'] = {}): DtlsBench {
  const bench = new DtlsBench({ server: { ...server, limits: { failures: 5, ...server.limits } } });
  bench.network = () => [0];
  return bench;
}

/** A device that starts at a port of its own and says what it has. */
function come(bench: DtlsBench, port: number, profile: ClientProfile = PROFILE): void {
  bench.device = { ...DEVICE, port };
  bench.client.restart();
  bench.connect(profile);
  bench.run(0);
}

function comeOften(bench: DtlsBench, count: number, profile: ClientProfile = PROFILE): void {
  for (let index = 0; index < count; index++) come(bench, 100 + index, profile);
}

/** Refused at once, as it has nothing in common with the server. */
const STRANGE: ClientProfile = {
  ...PROFILE, suites: SUITES.filter(({ keyExchange }) => keyExchange === 'ECDHE_PSK'), curves: [],
};
/** Of a client that says its ClientHellos and nothing else. */
const SILENT: Network = (from, datagram) => from === 'server' || isHello(datagram) ? [0] : [];
const isHello = (datagram: Uint8Array): boolean =>
  datagram[RECORD_HEADER_LENGTH] === HandshakeType.CLIENT_HELLO;

const storyOf = ({ server }: DtlsBench, word: string): string[] =>
  server.story.filter((told) => told.startsWith(word));

describe('a host whose handshakes fail too often', () => {
  it('is not answered, while who lives there and other hosts notice nothing', () => {
    const bench = newBench();
    const { server } = bench;
    come(bench, 1);
    const { association, layer } = bench.client;
    comeOften(bench, 5, STRANGE);
    expect(server.story).toEqual(
      ['established', ...Array.from({ length: 5 }, () => 'failed: no common suite'), 'paused']);
    const before = [server.sent.length, server.layer.sizes()];
    comeOften(bench, 14);
    expect([server.sent.length, server.layer.sizes()]).toEqual(before);
    expect(server.layer.counters.pausedHellos).toBe(14);
    expect(server.events.filter(({ kind }) => kind === 'paused'))
      .toMatchObject([{ source: DEVICE.host, until: EPOCH + PAUSE }]);

    bench.device = { ...DEVICE, port: 1 };
    layer.send(association, encodeUtf8('here'));
    bench.run(0);
    expect(server.heard).toEqual(['here']);
    bench.device = { host: '192.0.2.8', port: 1 };
    bench.client.restart();
    bench.connect();
    bench.run(0);
    expect(server.story.at(-1)).toBe('established');
  });

  it('gets in when the pause is over, by the hello that it repeats', () => {
    const bench = newBench();
    comeOften(bench, 5, STRANGE);
    come(bench, 6);
    bench.run(PAUSE - 1);
    expect(storyOf(bench, 'established')).toEqual([]);
    bench.run(2_000);
    expect(storyOf(bench, 'established')).toHaveLength(1);
  });

  it('goes on with what it had begun', () => {
    const bench = newBench();
    const held: Uint8Array[] = [];
    bench.network = (from, datagram) => {
      if (from === 'server' || isHello(datagram)) return [0];
      held.push(datagram.slice());
      return [];
    };
    come(bench, 1);
    bench.network = () => [0];
    comeOften(bench, 5, STRANGE);
    expect(storyOf(bench, 'paused')).toHaveLength(1);
    for (const datagram of held) bench.server.layer.receive(0, { ...DEVICE, port: 1 }, datagram);
    expect(bench.server.story.at(-1)).toBe('established');
  });
});

describe('a handshake counts', () => {
  const wrong = { ...PROFILE, psk: { identity: IDENTITY, key: new Uint8Array(16).fill(9) } };
  it.for<[string, string, (bench: DtlsBench) => void]>([
    ['whose key is wrong', 'failed: wrong key', (bench) => comeOften(bench, 5, wrong)],
    ['whose certificate is not believed', 'failed: no certificate', (bench) =>
      comeOften(bench, 5, { ...CERTIFIED, x509: { ...CERTIFIED.x509, chain: [] } })],
    ['whose client says nothing more', 'failed: silent peer', (bench) => {
      bench.network = SILENT;
      comeOften(bench, 5);
    }],
    ['whose client began another in its place', 'failed: replaced by another', (bench) => {
      bench.network = SILENT;
      for (let count = 0; count < 6; count++) come(bench, 1);
    }],
    ['that made room for others of its host', 'paused', (bench) => {
      bench.network = SILENT;
      comeOften(bench, 5 + 3);
    }],
  ])('%s', ([, told, happen]) => {
    const bench = newBench({ limits: { handshakes: told === 'paused' ? 3 : 100 } });
    happen(bench);
    bench.client.restart();
    // What nobody authenticates is believed when the client was silent for long.
    if (told !== 'paused') bench.run(130_000);
    expect(storyOf(bench, told).length).toBeGreaterThan(0);
    expect(storyOf(bench, 'paused')).toEqual(['paused']);
  });

  it('not if it succeeded, nor if we ended it', () => {
    const bench = newBench();
    comeOften(bench, 20);
    bench.network = SILENT;
    comeOften(bench, 20, wrong);
    expect(bench.server.layer.sizes().handshakes).toBeGreaterThanOrEqual(20);
    bench.server.layer.forgetIdentity('');
    expect(storyOf(bench, 'failed').length).toBeGreaterThanOrEqual(20);
    expect(storyOf(bench, 'paused')).toEqual([]);
  });
});
