// The two implementations of the BodyFiles port do the same; and what only files can: outlive their
// process, be left half by a crash, and be refused by the disk.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test as property } from '@fast-check/vitest';
import { afterAll, describe, expect, test } from 'vitest';
import { SimulatedBodies } from '../../sim/body-files.ts';
import { VirtualClock } from '../../sim/clock.ts';
import { emptyDisk } from '../../sim/store.ts';
import type { BodyFiles } from '../ports.ts';
import { FolderOfBodies } from './body-files.ts';

const root = mkdtempSync(join(tmpdir(), 'flownexus-bodies-'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
const newFolder = () => join(root, String(++folders), 'bodies');

interface Bench {
  readonly files: BodyFiles;
  /** Lets what was begun end. */
  settle(): void;
}

function simulated(): Bench {
  const clock = new VirtualClock(0);
  return {
    files: new SimulatedBodies(clock, emptyDisk()),
    settle: () => clock.runUntil(clock.now() + 1_000),
  };
}

const onFiles = (): Bench => ({
  files: new FolderOfBodies(newFolder()), settle: () => undefined,
});

function sealed({ files, settle }: Bench, name: string): Promise<string | undefined> {
  let isInside = true;
  const end = new Promise<string | undefined>((resolve) => {
    files.seal(name, (refusal) => {
      expect(isInside).toBe(false);
      resolve(refusal);
    });
  });
  isInside = false;
  settle();
  return end;
}

const bytes = (...values: number[]) => Uint8Array.from(values);

const names = (files: BodyFiles) => files.load().map(({ name }) => name).sort();

describe.each([['files', onFiles], ['the simulated ones', simulated]])('%s', (_, newBench) => {
  test('are what was appended, and there once they are sealed', async () => {
    const bench = newBench();
    const { files } = bench;
    expect(files.append('a', bytes(1, 2, 3))).toBeUndefined();
    expect(files.append('a', bytes(4))).toBeUndefined();
    expect(files.read('a', 0, 4)).toBeUndefined();
    expect(files.load()).toEqual([]);
    expect(await sealed(bench, 'a')).toBeUndefined();
    expect(files.load()).toMatchObject([{ name: 'a', length: 4 }]);
    expect(Array.from(files.read('a', 0, 4) ?? [])).toEqual([1, 2, 3, 4]);
    expect(Array.from(files.read('a', 1, 3) ?? [])).toEqual([2, 3]);
    expect(Array.from(files.read('a', 3, 9) ?? [])).toEqual([4]);
    expect(Array.from(files.read('a', 4, 9) ?? [7])).toEqual([]);
  });

  test('may be empty, begun anew, and removed at any time', async () => {
    const bench = newBench();
    const { files } = bench;
    expect(await sealed(bench, 'empty')).toBeUndefined();
    expect(files.load()).toMatchObject([{ name: 'empty', length: 0 }]);
    files.append('b', bytes(1));
    files.clear('b');
    files.append('b', bytes(2, 3));
    await sealed(bench, 'b');
    expect(Array.from(files.read('b', 0, 9) ?? [])).toEqual([2, 3]);
    files.append('c', bytes(1));
    for (const name of ['empty', 'b', 'c', 'none']) files.remove(name);
    expect(files.load()).toEqual([]);
    files.append('c', bytes(9));
    await sealed(bench, 'c');
    expect(Array.from(files.read('c', 0, 9) ?? [])).toEqual([9]);
  });

  test('that are removed while they are sealed are gone', async () => {
    const bench = newBench();
    const { files } = bench;
    files.append('d', bytes(1));
    const end = new Promise((resolve) => { files.seal('d', resolve); });
    files.remove('d');
    bench.settle();
    expect(await end).toMatch(/^cannot be kept: /);
    expect(files.load()).toEqual([]);
  });

  property.prop([fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }), fc.nat(40), fc.nat(40)])(
    'however they are cut, they are the same',
    async (parts, start, length) => {
      const bench = newBench();
      for (const part of parts) bench.files.append('p', part);
      await sealed(bench, 'p');
      const whole = parts.flatMap((part) => [...part]);
      expect(bench.files.load()).toMatchObject([{ name: 'p', length: whole.length }]);
      expect(Array.from(bench.files.read('p', start, start + length) ?? []))
        .toEqual(whole.slice(start, start + length));
    },
  );
});

test('the next process finds what was sealed; what was not is taken away', async () => {
  const folder = newFolder();
  const first = new FolderOfBodies(folder);
  first.append('half', bytes(1, 2));
  first.append('whole', bytes(3));
  await new Promise((resolve) => { first.seal('whole', resolve); });
  expect(readdirSync(folder).sort()).toEqual(['.draft-half', 'whole']);
  const next = new FolderOfBodies(folder);
  expect(names(next)).toEqual(['whole']);
  expect(readdirSync(folder)).toEqual(['whole']);
  const [body] = next.load();
  expect(body?.at).toBe(Math.floor(statSync(join(folder, 'whole')).mtimeMs));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'whole')).mode & 0o777).toBe(0o600);
});

test('what the disk refuses is said, and later reads find nothing', async () => {
  const folder = newFolder();
  const files = new FolderOfBodies(folder);
  mkdirSync(join(folder, '.draft-e'));
  expect(files.append('e', bytes(1))).toBe('cannot be kept: a folder is in its place');
  const end = await new Promise((resolve) => { files.seal('e', resolve); });
  expect(end).toBe('cannot be kept: a folder is in its place');
  rmSync(folder, { recursive: true });
  expect(files.append('f', bytes(1))).toBe('cannot be kept: its path cannot be made');
  expect(files.read('f', 0, 1)).toBeUndefined();
  files.remove('f');
});
