// Device description files: own samples in the forms of LwM2M 1.0, 1.1 and 1.2, every kind of bad
// file with the one sentence it gets, and, where FLOWNEXUS_DDF_DIR names a folder, all files of it.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { ddfSentence, parseDdf } from './ddf.ts';
import { XML_BYTES_MAX, XML_DEPTH_MAX, XML_ELEMENTS_MAX } from './xml.ts';

const SAMPLES = new URL('./fixtures/ddf/', import.meta.url);
const sample = (name: string) => readFileSync(new URL(name, SAMPLES));

function parsed(bytes: Uint8Array) {
  const result = parseDdf(bytes);
  if (!result.ok) throw new Error(ddfSentence('sample', result.reason));
  return result.value;
}

/** The sentence a bad file gets. */
function wrong(content: string | Uint8Array): string {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const result = parseDdf(bytes);
  if (result.ok) throw new Error('the file is not bad');
  return ddfSentence('x.xml', result.reason);
}

describe('a sample', () => {
  test('in the form of 1.0 is of version 1.0', () => {
    const [model, ...others] = parsed(sample('33001-1.0.xml'));
    expect(others).toEqual([]);
    expect(model).toMatchObject({
      id: 33_001, version: '1.0', name: 'Beehive', multiple: true, mandatory: false,
      description: 'What a hive weighs and how its bees sound.',
    });
    expect([...model!.resources.values()]).toEqual([
      { id: 0, name: 'Weight', operations: 'R', type: 'integer', multiple: false, mandatory: true,
        unit: 'kg', range: '0..200', description: 'Of the whole hive, honey & bees.' },
      { id: 1, name: 'Tare', operations: 'E', type: 'none', multiple: false, mandatory: false,
        unit: '', range: '', description: 'Takes the weight of now for nothing.' },
    ]);
  });

  test('in the form of 1.1 has its version, its resources in order, and CDATA is text', () => {
    const [model] = parsed(sample('33001-1.1.xml'));
    expect(model).toMatchObject({ id: 33_001, version: '1.1', name: 'Beehive Scale' });
    expect(model!.description).toBe('What a hive weighs, to the gram: <1 g> and how its bees '
      + 'sound.\n\nWeights are those of the last minute.');
    expect([...model!.resources.keys()]).toEqual([0, 1, 2]);
    expect(model!.resources.get(2)).toMatchObject({ type: 'unsigned', multiple: true, unit: 'dB' });
  });

  test('of 1.2 has every type and kind of access', () => {
    const [model] = parsed(sample('33002-2.10.xml'));
    expect(model).toMatchObject({
      version: '2.10', name: 'Sample Board', multiple: false, mandatory: true, description: '',
    });
    expect(Array.from(model!.resources.values(), ({ id, operations, type }) =>
      `${id} ${operations} ${type}`)).toEqual([
      '0 RW string', '10 R integer', '20 R unsigned', '30 RW float', '40 R boolean',
      '50 W opaque', '60 R time', '70 R objlnk', '80 R corelnk', '90 E none', '100  string',
    ]);
  });

  test('reads the same with a mark of its encoding in front, and in UTF-16', () => {
    const text = sample('33001-1.1.xml').toString();
    const expected = parsed(Buffer.from(text));
    const little = Buffer.from(`\ufeff${text.replace('utf-8', 'UTF-16')}`, 'utf16le');
    const big = Buffer.from(little).swap16();
    for (const bytes of [Buffer.from(`\ufeff${text}`), little, big]) {
      expect(parsed(bytes)).toEqual(expected);
    }
  });

  test('may define several objects', () => {
    const objects = ['33001-1.0.xml', '33002-2.10.xml'].map((name) =>
      /<Object [^]*<\/Object>/.exec(sample(name).toString())?.[0]);
    const models = parsed(Buffer.from(`<LWM2M>${objects.join('')}</LWM2M>`));
    expect(models.map(({ id }) => id)).toEqual([33_001, 33_002]);
  });
});

const SAMPLE = sample('33001-1.0.xml').toString();
const BOMB = `<!DOCTYPE LWM2M [<!ENTITY a "${'a'.repeat(1_000)}">${
  Array.from({ length: 20 }, (_, n) => `<!ENTITY a${n} "${'&a;'.repeat(50)}">`).join('')}]>`;
const EXTERNAL = '<!DOCTYPE LWM2M [<!ENTITY x SYSTEM "file:///etc/passwd">]>';

describe('a bad file gets one sentence', () => {
  test.for<[string, string | Uint8Array, string]>([
    ['nothing at all', '', 'x.xml:1 is no XML: document must contain a root element'],
    ['no XML', 'PK\u0003\u0004', 'x.xml:1 is no XML: disallowed character'],
    ['a page', '<!-- \n -->\n<html></html>',
      'x.xml:3 begins with <html>; an object definition begins with <LWM2M>'],
    ['half a file', SAMPLE.slice(0, 900), 'x.xml:20 is no XML: unclosed tag: Item'],
    ['crossed tags', SAMPLE.replace('</Mandatory>', '</Mandatry>'),
      'x.xml:10 is no XML: unexpected close tag'],
    ['another encoding', Buffer.from(SAMPLE.replace('Weight', 'Gewicht für'), 'latin1'),
      'x.xml is not in UTF-8; save it anew in that'],
    ['another encoding that it tells', SAMPLE.replace('UTF-8', 'ISO-8859-1').replace('hive', 'hïve'),
      'x.xml:1 says it is in ISO-8859-1; save it in UTF-8'],
    ['an entity bomb', SAMPLE.replace('<LWM2M', `${BOMB}<LWM2M`).replace('Beehive', '&a19;'),
      'x.xml:3 has a document type, which is not read; remove it'],
    ['a file of this machine', SAMPLE.replace('<LWM2M', `${EXTERNAL}<LWM2M`).replace('Beehive', '&x;'),
      'x.xml:3 has a document type, which is not read; remove it'],
    ['an entity of nowhere', SAMPLE.replace('Beehive', '&nbsp;'),
      'x.xml:5 is no XML: undefined entity'],
    ['too much', 'x'.repeat(XML_BYTES_MAX + 1), 'x.xml is larger than 256 KB'],
    ['too deep', '<a>'.repeat(XML_DEPTH_MAX + 1), 'x.xml:1 has elements more than 16 deep'],
    ['too many', `<a>${'<b/>'.repeat(XML_ELEMENTS_MAX)}</a>`, 'x.xml:1 has over 20000 elements'],
    ['no object', '<LWM2M/>', 'x.xml:1 has no Object'],
    ['no id', SAMPLE.replace('<ObjectID>33001</ObjectID>', ''),
      'x.xml:4 has no ObjectID where one belongs'],
    ['a reserved id', SAMPLE.replace('>33001<', '>65535<'),
      'x.xml:7 has the id "65535"; right is a number from 0 to 65534'],
    ['a negative id', SAMPLE.replace('ID="1"', 'ID="-1"'),
      'x.xml:22 has the id "-1"; right is a number from 0 to 65534'],
    ['one id twice', SAMPLE.replace('ID="1"', 'ID="00"'), 'x.xml:22 has resource 0 a second time'],
    ['no name', SAMPLE.replace('<Name>Tare</Name>', '<Name> </Name>'),
      'x.xml:22 has no Name where one belongs'],
    ['an unknown type', SAMPLE.replace('>Integer<', '>Int<'),
      'x.xml:17 has the Type "Int"; right is one of String, Integer, Unsigned Integer, Float, '
      + 'Boolean, Opaque, Time, Objlnk, Corelnk, nothing'],
    ['an operation over two lines', SAMPLE.replace('>E<', '>R\n\n W<'),
      'x.xml:24 has the Operations "R W"; right is one of R, W, RW, E, nothing'],
    ['an unknown operation', SAMPLE.replace('>E<', '>RWE<'),
      'x.xml:24 has the Operations "RWE"; right is one of R, W, RW, E, nothing'],
    ['a word in the wrong place', SAMPLE.replace('>Optional<', '>Perhaps<'),
      'x.xml:10 has the Mandatory "Perhaps"; right is one of Mandatory, Optional'],
    ['a version of words', SAMPLE.replace('</ObjectID>', '</ObjectID><ObjectVersion>new</ObjectVersion>'),
      'x.xml:7 has the ObjectVersion "new"; right is one like 1.0'],
  ])('%s', ([, content, sentence]) => {
    expect(wrong(content)).toBe(sentence);
  });

  test('and what it quotes is cut', () => {
    expect(wrong(`<${'a'.repeat(10_000)}/>`).length).toBeLessThan(200);
    expect(wrong(SAMPLE.replace('>Integer<', `>${'9'.repeat(10_000)}<`)).length).toBeLessThan(250);
  });
});

const MUTILATED = fc.tuple(fc.nat(SAMPLE.length), fc.nat(40), fc.oneof(
  fc.constant(''), fc.string({ maxLength: 20 }),
  fc.constantFrom('<', '>', '&', '<!DOCTYPE a>', ']]>', '<![CDATA[', '<Item ID="0">', '\u0000', '"'),
)).map(([at, cut, put]) => SAMPLE.slice(0, at) + put + SAMPLE.slice(at + cut));

propertyTest.prop([fc.oneof(
  MUTILATED.map((text) => Buffer.from(text)), fc.uint8Array({ maxLength: 300 }),
)])('no bytes make it throw, and what it takes is whole', (bytes) => {
  const result = parseDdf(bytes);
  if (!result.ok) {
    expect(ddfSentence('x.xml', result.reason)).not.toContain('\n');
    return;
  }
  for (const { id, version, name } of result.value) {
    expect(Number.isInteger(id) && id >= 0 && id < 65_535).toBe(true);
    expect(version).toMatch(/^\d{1,3}\.\d{1,3}$/);
    expect(name.trim()).toBe(name);
    expect(name).not.toBe('');
  }
});

const REGISTRY = process.env['FLOWNEXUS_DDF_DIR'];

describe.runIf(REGISTRY !== undefined)('the folder of FLOWNEXUS_DDF_DIR', () => {
  test('has files, and each that defines an object is read with the id and version of its name', () => {
    const folder = REGISTRY ?? '';
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.xml'))
      .map((name) => [name, readFileSync(join(folder, name))] as const)
      .filter(([, bytes]) => bytes.includes('"MODefinition"'));
    expect(files.length).toBeGreaterThan(0);
    const refused: string[] = [];
    for (const [name, bytes] of files) {
      const result = parseDdf(bytes);
      if (!result.ok) {
        refused.push(ddfSentence(name, result.reason));
        continue;
      }
      const [, id, major, minor] = /^(\d+)(?:-(\d+)_(\d+))?\.xml$/.exec(basename(name)) ?? [];
      if (id !== undefined) expect(result.value.map((model) => model.id)).toEqual([Number(id)]);
      if (major !== undefined) {
        expect(result.value.map(({ version }) => version), name).toEqual([`${major}.${minor}`]);
      }
      const items = bytes.toString().replaceAll(/<!--[^]*?-->/g, '').match(/<Item\s/g)?.length;
      const resources = result.value.reduce((sum, model) => sum + model.resources.size, 0);
      expect(resources, name).toBe(items);
    }
    expect(refused).toEqual([]);
  });
});
