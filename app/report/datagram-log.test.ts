// What the trace of run.duckdb is made from: all datagrams, also those that wait in a file.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toHex } from '../../core/bytes.ts';
import { CALM } from '../../sim/network-rules.ts';
import { DEFAULT_CONFIG } from '../../actors/config.ts';
import type { Fate } from '../../sim/observer.ts';
import { Passing } from '../../sim/passing.ts';
import { Resources } from '../../sim/resources.ts';
import { World } from '../../sim/world.ts';
import { DatagramLog } from './datagram-log.ts';

const FATES: readonly Fate[] = ['delivered', 'lost', 'duplicate', 'unheard'];
const LENGTH = 1_000;

let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'flownexus-datagrams-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const world = new World({ seed: 1, network: CALM, config: DEFAULT_CONFIG });
const devices = ['a', 'b', 'c'].map((endpoint) => world.addDevice({
  endpoint, lifetime: 60, resources: new Resources({}), notifyEvery: 1000, awake: undefined,
}));

function datagramOf(index: number): Uint8Array {
  const length = index % 7 === 0 ? index % 50 : LENGTH;
  return Uint8Array.from({ length }, (_, at) => (index * 31 + at) & 255);
}

/** Tells the log of so many, and what it should say of them. */
function fill(log: DatagramLog, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const device = devices[index % devices.length]!;
    const direction = index % 2 === 0 ? 'up' : 'down';
    const fate = FATES[index % FATES.length]!;
    const at = 1_767_225_600_000 + index / 4;
    const bytes = datagramOf(index);
    const address = { host: '10.0.0.9', port: 5683, number: 0 };
    log.ended(new Passing().set(at, device, address, direction, index, bytes), fate);
    return { at, endpoint: device.options.endpoint, direction, nth: index, fate, bytes: toHex(bytes) };
  });
}

/** Bytes as text: lists of a thousand numbers take seconds to compare. */
function readFrom(log: DatagramLog) {
  return [...log].map(({ bytes, ...rest }) => ({ ...rest, bytes: toHex(bytes) }));
}

it('megabytes of datagrams come back as they passed, and leave no file behind', () => {
  const log = new DatagramLog(join(folder, 'run'));
  const passed = fill(log, 5_000);
  expect(readdirSync(join(folder, 'run'))).toEqual([]);
  expect(readFrom(log)).toEqual(passed);
  // It may be read again.
  expect([...log]).toHaveLength(5_000);
  expect(log.off).toEqual([]);
  log.close();
});

it('a few need no folder', () => {
  const log = new DatagramLog(join(folder, 'small'));
  const passed = fill(log, 10);
  expect(readFrom(log)).toEqual(passed);
  log.close();
  expect(readdirSync(folder)).not.toContain('small');
});

it('where nothing can be written it keeps what fits, and says what it left out', () => {
  const path = join(folder, 'file');
  writeFileSync(path, '');
  const log = new DatagramLog(path);
  const passed = fill(log, 3_000);
  const kept = readFrom(log);
  expect(kept.length).toBeGreaterThan(1_000);
  expect(kept).toEqual(passed.slice(0, kept.length));
  expect(log.off).toEqual([{
    what: `the last ${(3_000 - kept.length).toLocaleString('en')} datagrams in the trace of run.duckdb`,
    why: `it keeps the first ${kept.length.toLocaleString('en')}`,
  }]);
  log.close();
});
