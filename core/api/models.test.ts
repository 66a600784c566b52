// Object models through the API: admins upload and remove, everybody looks; an answer comes after
// the disk, large requests are an admin's alone, and the tree shows what the models say.

import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { XML_BYTES_MAX } from '../io/xml.ts';
import { DuckDbStore } from '../store/duckdb-store.ts';
import { MODEL_REQUEST_BYTES_MAX } from './inputs.ts';
import type { AddedModel, ModelDetail, ModelList } from './models.ts';
import type { Browser } from './testing/browser.ts';
import { auditLines, startWorld, type World } from './testing/world.ts';
import type { DeviceDetailView } from './views.ts';

let world: World;
let admin: Browser;
let operator: Browser;

beforeAll(async () => {
  world = await startWorld();
  admin = await world.as('admin');
  operator = await world.as('operator');
});
afterAll(() => world.end());

const samples = new URL('../io/fixtures/ddf/', import.meta.url);

function upload(name: string) {
  return { file: name, content: readFileSync(new URL(name, samples)).toString('base64') };
}

function uploadOf(text: string) {
  return { file: 'x.xml', content: Buffer.from(text).toString('base64') };
}

describe('a model', () => {
  test('is uploaded, listed and looked at', async () => {
    expect(await admin.mustCall<AddedModel>('models.add', upload('33001-1.1.xml'))).toEqual({
      object: 33_001, version: '1.1', name: 'Beehive Scale', origin: 'uploaded', resources: 3,
      replaced: false,
    });
    expect(existsSync(join(world.folder, 'models', '33001-1.1.xml'))).toBe(true);
    const { models, problems } = await operator.mustCall<ModelList>('models.list');
    expect(problems).toEqual([]);
    expect(models.find(({ object }) => object === 33_001)).toMatchObject({ version: '1.1' });
    expect(models.find(({ object }) => object === 3)).toEqual({
      object: 3, version: '1.1', name: 'Device', origin: 'built-in', resources: 23,
    });
    const name = { object: 33_001, version: '1.1' };
    const detail = await operator.mustCall<ModelDetail>('models.detail', name);
    expect(detail.resources.map(({ id, unit, range }) => [id, unit, range])).toEqual([
      [0, 'kg', '0..200'], [1, '', ''], [2, 'dB', '0..120'],
    ]);
    expect((await operator.call('models.detail', { object: 33_001, version: '1.0' })).sentence)
      .toBe('There is no such model.');
  });

  test('names, types and units a device\'s values by the version that it registered', async () => {
    await admin.mustCall('models.add', upload('33001-1.0.xml'));
    world.management.add('hive', { id: 1 });
    const { row, ...others } = world.management.device('hive')!;
    const tree = async (links: string) => {
      const registration = { ...row.registration!, links };
      world.management.devices.set('hive', { ...others, row: { ...row, registration } });
      const detail = await admin.mustCall<DeviceDetailView>('device.detail', { endpoint: 'hive' });
      const { name, version, modelVersion, instances } =
        detail.objects.find(({ id }) => id === 33_001)!;
      const { type, unit } = instances[0]!.resources[0]!;
      return { name, version, modelVersion, type, unit };
    };
    const store = new DuckDbStore(world.db);
    store.load();
    await store.flushed();
    expect(await tree('</33001>;ver=1.1,</33001/0>')).toEqual({
      name: 'Beehive Scale', version: '1.1', modelVersion: '1.1', type: 'float', unit: 'kg',
    });
    expect(await tree('</33001/0>')).toEqual({
      name: 'Beehive', version: '1.0', modelVersion: '1.0', type: 'integer', unit: 'kg',
    });
    expect(await tree('</33001/0>;ver=1.7')).toMatchObject({ version: '1.7', modelVersion: '1.1' });
  });

  test('is replaced and removed, which the audit remembers', async () => {
    const again = await admin.mustCall<AddedModel>('models.add', upload('33001-1.0.xml'));
    expect(again.replaced).toBe(true);
    const name = { object: 33_001, version: '1.0' };
    await admin.mustCall('models.remove', name);
    expect(existsSync(join(world.folder, 'models', '33001-1.0.xml'))).toBe(false);
    expect((await admin.call('models.remove', name)).sentence).toBe('No such model was uploaded.');
    expect((await auditLines(world.db)).slice(-2))
      .toEqual(['admin: model added /33001 1.0', 'admin: model removed /33001 1.0']);
  });
});

describe('a bad upload is told in a sentence', () => {
  test.for([
    ['no XML', uploadOf('hello'), 'x.xml:1 is no XML: text data outside of root node'],
    ['a document type', uploadOf('<!DOCTYPE a><LWM2M/>'),
      'x.xml:1 has a document type, which is not read; remove it'],
    ['a name of two lines', { file: 'a\nb', content: '' },
      '"file" is not valid: it is no name of a file.'],
    ['no base64', { file: 'x.xml', content: 'é' }, '"content" is not valid: it is no base64.'],
    ['too much', uploadOf(' '.repeat(XML_BYTES_MAX + 3)),
      '"content" is not valid: a model has at most 256 KB.'],
    ['more than a request may have', uploadOf(' '.repeat(MODEL_REQUEST_BYTES_MAX)),
      'The request is too large.'],
  ] as const)('%s', async ([, input, sentence]) => {
    expect((await admin.call('models.add', input)).sentence).toBe(sentence);
  });

  test('and the largest one that is allowed gets through', async () => {
    const large = readFileSync(new URL('33002-2.10.xml', samples)).toString()
      .replace('<Description1/>', `<Description1>${'x'.repeat(240_000)}</Description1>`);
    expect((await admin.call('models.add', uploadOf(large))).status).toBe(200);
  });
});

describe('a large request', () => {
  /** Begins to send so much, and hears the answer without having sent it. */
  function begin(cookie: string | undefined, origin: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const asked = request(new URL('/trpc/models.add', world.api.addresses[0]), {
        method: 'POST',
        headers: {
          'content-type': 'application/json', 'content-length': 300_000, origin,
          ...(cookie === undefined ? {} : { cookie }),
        },
      }, (response) => {
        resolve(response.statusCode);
        asked.destroy();
      });
      asked.on('error', reject);
      asked.flushHeaders();
    });
  }

  test('is refused before it has arrived, but of an admin on our own page', async () => {
    const [origin = ''] = world.api.addresses;
    expect(await begin(undefined, origin)).toBe(401);
    expect(await begin(operator.cookie, origin)).toBe(403);
    expect(await begin(admin.cookie, 'http://elsewhere.example')).toBe(403);
  });

  test('is no way to send more to another procedure', async () => {
    const answer = await admin.call('session.login', { name: 'x'.repeat(70_000), password: '' });
    expect(answer.status).toBe(413);
  });
});
