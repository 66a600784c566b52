// The files of object models: a folder that is only read, uploads that survive a restart, what is
// wrong with files told and stopping nothing, and no name that leads out of the data folder.

import {
  existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Log } from '../ports.ts';
import { MODEL_FILES_MAX, readModelFolder } from './model-folder.ts';
import { ModelFiles, UPLOADS_MAX } from './model-files.ts';

const SAMPLES = new URL('./fixtures/ddf/', import.meta.url).pathname;
const root = mkdtempSync(join(tmpdir(), 'flownexus-models-'));
afterAll(() => rmSync(root, { recursive: true }));

let warnings: unknown[];
const log: Log = {
  debug() {}, info() {}, error() {},
  warn(_message, fields) { warnings.push(fields?.['problem']); },
};

let folders = 0;
let uploads: string;
beforeEach(() => {
  warnings = [];
  uploads = join(root, `uploads-${folders++}`);
});

async function open(folder?: string): Promise<ModelFiles> {
  const opened = await ModelFiles.open({ folder, uploads, log });
  if (!opened.ok) throw new Error(opened.reason);
  return opened.value;
}

function sample(id: number, version: string, name = 'Thing'): Buffer {
  return Buffer.from(`<LWM2M><Object><Name>${name}</Name><ObjectID>${id}</ObjectID>
    <ObjectVersion>${version}</ObjectVersion><MultipleInstances>Single</MultipleInstances>
    <Mandatory>Optional</Mandatory><Resources/></Object></LWM2M>`);
}

/** What is there beside our own, as `origin object version`. */
function added(files: ModelFiles): string[] {
  return files.list().models.filter(({ origin }) => origin !== 'built-in')
    .map(({ origin, object, version }) => `${origin} ${object} ${version}`);
}

describe('a folder', () => {
  test('is read with the folders below it, and what lies higher holds', async () => {
    const folder = join(root, 'tree');
    mkdirSync(join(folder, 'version_history'), { recursive: true });
    writeFileSync(join(folder, 'zebra.xml'), sample(33_003, '1.1', 'Above'));
    writeFileSync(join(folder, 'readme.txt'), 'no model');
    writeFileSync(join(folder, '.hidden.xml'), 'no model');
    writeFileSync(join(folder, 'version_history', 'a.XML'), sample(33_003, '1.0'));
    writeFileSync(join(folder, 'version_history', 'b.xml'), sample(33_003, '1.1', 'Below'));
    symlinkSync('../zebra.xml', join(folder, 'version_history', 'c.xml'));
    const files = await open(folder);
    expect(added(files)).toEqual(['folder 33003 1.0', 'folder 33003 1.1']);
    expect(files.detail({ object: 33_003, version: '1.1' })?.name).toBe('Above');
    expect(warnings).toEqual([]);
  });

  test('with bad files has the others, and says what is wrong with each', async () => {
    const folder = join(root, 'bad');
    mkdirSync(folder);
    writeFileSync(join(folder, 'good.xml'), sample(33_003, '1.0'));
    writeFileSync(join(folder, 'half.xml'), sample(33_004, '1.0').subarray(0, 60));
    writeFileSync(join(folder, 'huge.xml'), Buffer.alloc(300_000, ' '));
    symlinkSync('/dev/zero', join(folder, 'zero.xml'));
    symlinkSync('nowhere', join(folder, 'gone.xml'));
    const files = await open(folder);
    expect(added(files)).toEqual(['folder 33003 1.0']);
    expect(warnings).toEqual([
      'gone.xml is not there', 'half.xml:2 is no XML: unclosed tag: Object',
      'huge.xml is larger than 256 KB', 'zero.xml is no file',
    ]);
    expect(files.list().problems).toEqual(warnings);
  });

  test('that is none is refused', async () => {
    const file = join(SAMPLES, '33001-1.0.xml');
    for (const [folder, reason] of [
      [join(root, 'nowhere'), 'is not there'], [file, 'is no folder that can be read'],
    ]) {
      expect(await ModelFiles.open({ folder, uploads, log })).toEqual({ ok: false, reason });
    }
  });

  test('has a limit', async () => {
    const folder = join(root, 'many');
    mkdirSync(folder);
    for (let n = 0; n <= MODEL_FILES_MAX; n++) {
      writeFileSync(join(folder, `${n}.xml`), sample(n, '1.0'));
    }
    const read = await readModelFolder(folder);
    expect(read.ok && read.value.found.length).toBe(MODEL_FILES_MAX);
    expect(read.ok && read.value.problems).toEqual([
      `${folder} has over ${MODEL_FILES_MAX} files; the others are not read`,
    ]);
  });
});

describe('an upload', () => {
  test('holds at once, is a file named by what it defines, and there after a restart', async () => {
    const files = await open();
    const content = readFileSync(join(SAMPLES, '33001-1.1.xml'));
    expect(await files.add('../../evil.xml', content)).toEqual({ ok: true, value: {
      object: 33_001, version: '1.1', name: 'Beehive Scale', origin: 'uploaded', resources: 3,
      replaced: false,
    } });
    expect(files.known.find(33_001)?.name).toBe('Beehive Scale');
    expect(readdirSync(uploads)).toEqual(['33001-1.1.xml']);
    expect(readFileSync(join(uploads, '33001-1.1.xml'))).toEqual(content);
    expect(added(await open())).toEqual(['uploaded 33001 1.1']);
    expect(warnings).toEqual([]);
  });

  test('beats the folder, takes the place of one of its version, and gives way', async () => {
    const files = await open(SAMPLES);
    const name = { object: 33_001, version: '1.0' };
    await files.add('a.xml', sample(33_001, '1.0', 'First'));
    expect(await files.add('b.xml', sample(33_001, '1.0', 'Second')))
      .toMatchObject({ ok: true, value: { replaced: true } });
    expect(files.detail(name)).toMatchObject({ name: 'Second', origin: 'uploaded' });
    expect(await files.remove(name)).toEqual({ ok: true, value: true });
    expect(files.detail(name)).toMatchObject({ name: 'Beehive', origin: 'folder' });
    expect(await files.remove(name)).toEqual({ ok: true, value: false });
    expect(readdirSync(uploads)).toEqual([]);
  });

  test('beats ours of its version alone', async () => {
    const files = await open();
    await files.add('mine.xml', sample(3303, '1.1', 'Mine'));
    expect(files.known.find(3303, '1.1')?.name).toBe('Mine');
    await files.remove({ object: 3303, version: '1.1' });
    expect(files.detail({ object: 3303, version: '1.1' }))
      .toMatchObject({ name: 'Temperature', origin: 'built-in' });
    expect(await files.remove({ object: 3303, version: '1.1' })).toEqual({ ok: true, value: false });
  });

  test('that is bad changes nothing, and neither does one of two objects', async () => {
    const files = await open();
    expect(await files.add('x.xml', Buffer.from('<a>')))
      .toEqual({ ok: false, reason: 'x.xml:1 is no XML: unclosed tag: a' });
    const two = sample(33_003, '1.0').toString()
      .replace('</LWM2M>', sample(33_004, '1.0').toString().replace('<LWM2M>', ''));
    expect(await files.add('two.xml', Buffer.from(two)))
      .toEqual({ ok: false, reason: 'two.xml defines 2 objects; upload a file for each' });
    expect(existsSync(uploads)).toBe(false);
  });

  test('the disk refuses is said, and the next one is taken', async () => {
    const files = await open();
    writeFileSync(uploads, 'a file where the folder belongs');
    expect(await files.add('x.xml', sample(33_003, '1.0')))
      .toEqual({ ok: false, reason: 'the model cannot be stored: a file is in its place' });
    expect(added(files)).toEqual([]);
    rmSync(uploads);
    expect((await files.add('x.xml', sample(33_003, '1.0'))).ok).toBe(true);
  });

  test('and another at once leave memory and disk alike', async () => {
    const files = await open();
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 3 === 2
      ? files.remove({ object: 33_003, version: '1.0' })
      : files.add('x.xml', sample(33_003, '1.0', `Number ${n}`)))));
    const name = { object: 33_003, version: '1.0' };
    expect(files.detail(name)?.name).toBe('Number 19');
    expect((await open()).detail(name)?.name).toBe('Number 19');
  });

  test('is one too many beyond the limit, and still may replace', async () => {
    mkdirSync(uploads);
    for (let n = 0; n < UPLOADS_MAX; n++) {
      writeFileSync(join(uploads, `${30_000 + n}-1.0.xml`), sample(30_000 + n, '1.0'));
    }
    const files = await open();
    expect(await files.add('x.xml', sample(40_000, '1.0'))).toEqual({
      ok: false, reason: 'there are 500 uploaded models already; delete one first',
    });
    expect((await files.add('x.xml', sample(30_000, '1.0'))).ok).toBe(true);
  });
});

describe('the folder of uploads at a start', () => {
  test('loses what a crash left half, and reads only what is named as uploads are', async () => {
    mkdirSync(uploads);
    writeFileSync(join(uploads, '.draft-33003-1.0.xml'), '<LWM2M>');
    writeFileSync(join(uploads, '33003-1.0.xml'), sample(33_003, '1.0'));
    writeFileSync(join(uploads, 'by-hand.xml'), sample(33_004, '1.0'));
    writeFileSync(join(uploads, '33005-1.0.xml'), 'rotten');
    expect(added(await open())).toEqual(['uploaded 33003 1.0']);
    expect(readdirSync(uploads)).not.toContain('.draft-33003-1.0.xml');
    expect(warnings).toEqual([
      '33005-1.0.xml:1 is no XML: text data outside of root node',
      'by-hand.xml is not read: its name in this folder must be 33004-1.0.xml',
    ]);
  });
});
