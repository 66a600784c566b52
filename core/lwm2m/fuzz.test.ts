// Every decoder against bytes that were once good: none throws, and what it still reads it writes
// and reads again to the same values.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeUtf8, fromHex, toHex } from '../bytes.ts';
import { ContentFormat, decodePayload, encodePayload, formatName } from './content-format.ts';
import { SeededRandom } from '../../sim/random.ts';
import { drawMutation, mutated } from '../../sim/testing/hostile.ts';
import { definedType } from './conversion.ts';
import { parsePath, type Path } from './path.ts';
import type { Entry, Value } from './value.ts';

const NOW = 1_700_000_000_000;
const INPUTS_PER_FORMAT = 100_000;
const INPUTS_PER_RUN = 500;

interface Seed {
  readonly base: Path | undefined;
  readonly payload: Uint8Array;
}

const fixture = new URL('./fixtures/zephyr-reads.json', import.meta.url);
const { reads } = JSON.parse(readFileSync(fixture, 'utf8')) as {
  reads: { path: string; format: number; payload: string }[];
};

const ascii = (text: string) => toHex(encodeUtf8(text));

/** What the recording lacks: floats, times, tags, links, bytes, escapes. */
const MORE: readonly (readonly [format: number, path: string, hex: string])[] = [
  [ContentFormat.TLV, '/3303', '0700e4164441c4000008010ce8164408403819999999999a'],
  [ContentFormat.TLV, '/1/0', 'c40a0003ffffc80b08ffffffffffffffffc40c5182428f'],
  [ContentFormat.SENML_CBOR, '/',
    '9fbf21682f333330332f302f221a5f5e1000006435373030062902c4822118f5ffff'],
  [ContentFormat.SENML_CBOR, '/', '81a2006c2f333330332f302f3536303102fb403819999999999a'],
  [ContentFormat.SENML_CBOR, '/', '81a321652f312f302f0062313063766c6f6431313a30'],
  [ContentFormat.SENML_CBOR, '/', '81a200672f312f302f313202c11a6553f0f6'],
  [ContentFormat.CBOR, '/3303/0/5700', 'c4822118f5'],
  [ContentFormat.CBOR, '/3303/0/5700', 'f94e20'],
  [ContentFormat.CBOR, '/0/0/3', '5f42010243030405ff'],
  [ContentFormat.CBOR, '/3/0/9', 'c24101'],
  [ContentFormat.TEXT, '/3303/0/5700', ascii('-24.5e1')],
  [ContentFormat.TEXT, '/1/0/12', ascii('2013-03-21T20:04:00+01:00')],
  [ContentFormat.TEXT, '/0/0/3', ascii('Zm9vYg==')],
  [ContentFormat.TEXT, '/1/0/10', ascii('11:65535')],
  [ContentFormat.OPAQUE, '/0/0/3', '010203'],
  [ContentFormat.SENML_JSON, '/', ascii('[{"bn":"/3303/0/","bt":1.6e9,"n":"5700","v":24.1e-1}]')],
  [ContentFormat.SENML_JSON, '/', ascii('[{"n":"/3303/0/5701","vs":"\\u00b0\\ud83d\\ude00"}]')],
  [ContentFormat.SENML_JSON, '/', ascii('[{"n":"/0/0/3","t":-1.5,"vd":"-_8"}]')],
  [ContentFormat.SENML_JSON, '/', ascii('[{"n":"/1/0/10","vlo":"11:0","x":[{"y":null}]}]')],
  [ContentFormat.OMA_JSON, '/3/0', ascii('{"bt":1600000000,"e":[{"n":"9","v":9.5e1,"t":-5}]}')],
  [ContentFormat.OMA_JSON, '/3/0', ascii('{"e":[{"n":"22/0","ov":"3:0"},{"n":"0","sv":"\\n"}]}')],
];

function baseOf(path: string): Path | undefined {
  const parsed = parsePath(path);
  return parsed.ok ? parsed.value : undefined;
}

function seedsOf(format: number): Seed[] {
  const recorded = reads.filter((read) => read.format === format)
    .map(({ path, payload }): [string, string] => [path, payload]);
  const more = MORE.filter(([of]) => of === format)
    .map(([, path, payload]): [string, string] => [path, payload]);
  return [...recorded, ...more].map(([path, payload]) =>
    ({ base: baseOf(path), payload: fromHex(payload) as Uint8Array }));
}

/** Times without a definition are written as plain numbers and come back as such. */
function isReversible(format: number, entries: readonly Entry[]): boolean {
  return format !== ContentFormat.OMA_JSON && entries.every(({ path, value }) =>
    value.type !== 'time' || format === ContentFormat.CBOR || definedType(path) === 'time');
}

const formats = [
  ContentFormat.TLV, ContentFormat.SENML_CBOR, ContentFormat.SENML_JSON, ContentFormat.CBOR,
  ContentFormat.TEXT, ContentFormat.OPAQUE, ContentFormat.OMA_JSON,
].map((format) => [formatName(format), format] as const);

test.each(MORE)('the seed %i %s %s is good', (format, path, hex) => {
  expect(decodePayload(format, baseOf(path), fromHex(hex) as Uint8Array, NOW).ok).toBe(true);
});

describe('100,000 mutated payloads', () => {
  test.each(formats)('%s', (_, format) => {
    const seeds = seedsOf(format);
    let readable = 0;
    fc.assert(fc.property(fc.integer(), (seed) => {
      // fast-check draws its seed, so a failure is found again by fast-check's path.
      const draws = new SeededRandom(seed);
      for (let input = 0; input < INPUTS_PER_RUN; input++) {
        const { base, payload } = seeds[draws.below(seeds.length)] as Seed;
        const other = (seeds[draws.below(seeds.length)] as Seed).payload;
        const mutations = Array.from({ length: 1 + draws.below(2) }, () => drawMutation(draws));
        const mutilated = mutated(payload, mutations, other);
        const decoded = decodePayload(format, base, mutilated, NOW);
        if (!decoded.ok || !isReversible(format, decoded.value)) continue;
        const encoded = encodePayload(format, base, decoded.value);
        if (!encoded.ok) continue;
        readable++;
        const again = decodePayload(format, base, encoded.value, NOW);
        if (!isSame(decoded.value, again.ok ? again.value : [])) expect(again).toEqual(decoded);
      }
    }), { seed: 20_240_401, numRuns: INPUTS_PER_FORMAT / INPUTS_PER_RUN });
    if (format !== ContentFormat.OMA_JSON) expect(readable).toBeGreaterThan(INPUTS_PER_FORMAT / 50);
  });
});

function textOf(value: Value): string | number | bigint | boolean {
  if (value.type === 'objlnk') return `${value.object}:${value.instance}`;
  return value.type === 'opaque' ? toHex(value.value)
    : Number.isNaN(value.value) ? 'NaN' : value.value;
}

/** A cheap answer for the many; where it says no, the slow comparison explains. */
function isSame(one: readonly Entry[], other: readonly Entry[]): boolean {
  return one.length === other.length && one.every((entry, index) => {
    const mate = other[index] as Entry;
    return entry.value.type === mate.value.type && entry.time === mate.time
      && textOf(entry.value) === textOf(mate.value)
      && entry.path.resource === mate.path.resource && entry.path.object === mate.path.object
      && entry.path.instance === mate.path.instance
      && entry.path.resourceInstance === mate.path.resourceInstance;
  });
}

describe('the longest hostile payloads end long before the time limit of a test', () => {
  const battery = { object: 3, instance: 0, resource: 9 };
  const time = { object: 3, instance: 0, resource: 13 };
  const float = { object: 3303, instance: 0, resource: 5700 };

  test.each<[string, number, Path | undefined, string, boolean]>([
    ['nested arrays', ContentFormat.SENML_CBOR, undefined, '81'.repeat(500_000), false],
    ['nested without end', ContentFormat.SENML_CBOR, undefined, '9f'.repeat(500_000), false],
    ['tags', ContentFormat.SENML_CBOR, undefined, `81a11863${'c1'.repeat(200_000)}`, false],
    ['fractions of fractions', ContentFormat.CBOR, battery, 'c4820100'.repeat(200_000), false],
    ['a bignum', ContentFormat.CBOR, battery, `c25a000c3500${'ff'.repeat(800_000)}`, true],
    ['text in chunks', ContentFormat.CBOR, battery, `7f${'6161'.repeat(500_000)}ff`, true],
    ['bytes in chunks', ContentFormat.CBOR, battery, `5f${'4161'.repeat(500_000)}ff`, true],
    ['nested JSON', ContentFormat.SENML_JSON, undefined, ascii('['.repeat(1_000_000)), false],
    ['a long number', ContentFormat.SENML_JSON, undefined,
      ascii(`[{"n":"/3303/0/5700","v":0.${'9'.repeat(1_000_000)}}]`), true],
    ['a long base name', ContentFormat.SENML_JSON, undefined,
      ascii(`[{"bn":"${'/'.repeat(900_000)}"}${',{"v":1}'.repeat(8000)}]`), false],
    ['a long escape', ContentFormat.SENML_JSON, undefined, ascii(`[{"${'\\\\'.repeat(500_000)}`),
      false],
    ['nested OMA JSON', ContentFormat.OMA_JSON, battery, ascii('{"e":['.repeat(150_000)), false],
    ['a long integer', ContentFormat.TEXT, battery, ascii('9'.repeat(1_000_000)), true],
    ['a long float', ContentFormat.TEXT, float, ascii(`${'9'.repeat(1_000_000)}x`), true],
    ['a long date', ContentFormat.TEXT, time, ascii('2'.repeat(1_000_000)), true],
    ['empty resources', ContentFormat.TLV, { object: 3 }, '8000'.repeat(500_000), true],
    ['empty instances', ContentFormat.TLV, { object: 3 }, '0000'.repeat(500_000), true],
  ])('%s', (_, format, base, hex, isReadable) => {
    const payload = fromHex(hex) as Uint8Array;
    expect(decodePayload(format, base, payload, NOW).ok).toBe(isReadable);
  });
});
