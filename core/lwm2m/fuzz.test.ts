// Every decoder against bytes that were once good: none throws, and what it still reads it writes
// and reads again to the same. `npm run attacks` runs the long form.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { announce, IS_FULL } from '../../scripts/long-form.ts';
import { decodeUtf8, encodeUtf8, fromHex, toHex } from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';
import {
  ContentFormat, decodePatches, decodePaths, decodePayload, encodePatches, encodePaths,
  encodePayload, formatName,
} from './content-format.ts';
import { SeededRandom } from '../../sim/random.ts';
import { drawMutation, mutated } from '../../sim/testing/hostile.ts';
import { definedType } from './conversion.ts';
import { formatLinks, parseLinks } from './link-format.ts';
import { formatPath, parsePath, type Path } from './path.ts';
import type { Entry, Patch } from './value.ts';

const NOW = 1_700_000_000_000;
const INPUTS = IS_FULL ? 1_000_000 : 50_000;
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
  [ContentFormat.LWM2M_CBOR, '/3/0', 'a1820300a500616106a20001010509050d1a5182428f0e623030'],
  [ContentFormat.LWM2M_CBOR, '/', 'a2820300a2006155091864830100011a00015180'],
  [ContentFormat.LWM2M_CBOR, '/', 'bf03bf00bf0918640a0fffff9f190ce700191644fff94e20ff'],
  [ContentFormat.LWM2M_CBOR, '/2', 'a1820219ffffa4000501008202186600031865'],
];

const PATHS_JSON = [
  '[{"n":"/3/0/0"},{"n":"/3/0/9"}]', '[{"bn":"/lwm2m/3/0/","n":"6/1"},{"n":"9"}]',
];
const PATHS_CBOR = ['82a100662f332f302f39a100622f31', '9fbf21652f332f302f006139ffa1006130ff'];
const PATCHES_JSON = [
  '[{"bn":"/3/0/","n":"14","vs":"+02:00"},{"n":"6/1","v":null}]',
  '[{"n":"/1/0/1","v":60},{"n":"/0/0/3","vd":"-_8"},{"n":"/3/0/6/0","vb":null}]',
];
const PATCHES_CBOR = [
  '82a321652f332f302f0062313403662b30323a3030a20063362f3102f6',
  '9fbf006c2f333330332f302f3537303002f94e20ffa200682f332f302f362f3003f6ff',
];
const LINKS = [
  '</>;rt="oma.lwm2m";ct="110 112 60",</1/0>,</3>;ver=1.1,</3/0>',
  '</3/0/6>;dim=2;pmin=10;gt="a\\"b";obs,</lwm2m/3303/0>',
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

/** What was read and what is read of it written again, both as text; undefined if either fails. */
type Round = (payload: Uint8Array, base: Path | undefined) => [string, string] | undefined;

interface Decoder {
  readonly name: string;
  readonly seeds: readonly Seed[];
  readonly round: Round;
}

function roundOf<Meaning>(
  decode: (payload: Uint8Array, base: Path | undefined) => Result<Meaning>,
  encode: (meaning: Meaning, base: Path | undefined) => Result<Uint8Array>,
  tell: (meaning: Meaning) => string,
): Round {
  return (payload, base) => {
    const decoded = decode(payload, base);
    const encoded = decoded.ok ? encode(decoded.value, base) : decoded;
    if (!decoded.ok || !encoded.ok) return undefined;
    const again = decode(encoded.value, base);
    return [tell(decoded.value), again.ok ? tell(again.value) : again.reason];
  };
}

function ofValues(format: number): Decoder {
  return {
    name: formatName(format), seeds: seedsOf(format),
    round: roundOf(
      (payload, base) => decodePayload(format, base, payload, NOW),
      (entries, base) => isReversible(format, entries)
        ? encodePayload(format, base, entries) : fail('reads otherwise'),
      // LwM2M CBOR puts together what belongs together, the others keep the order.
      (entries) => {
        const lines = entries.map(lineOf);
        return (format === ContentFormat.LWM2M_CBOR ? lines.sort() : lines).join();
      },
    ),
  };
}

function ofPaths(format: number, seeds: readonly string[]): Decoder {
  return {
    name: `paths in ${formatName(format)}`, seeds: seeds.map(rootSeed),
    round: roundOf(
      (payload) => decodePaths(format, payload), (paths) => encodePaths(format, paths),
      (paths) => paths.map(formatPath).join(),
    ),
  };
}

function ofPatches(format: number, seeds: readonly string[]): Decoder {
  return {
    name: formatName(format), seeds: seeds.map(rootSeed),
    round: roundOf(
      (payload) => decodePatches(format, payload),
      (patches) => isReversible(format, patches)
        ? encodePatches(format, patches) : fail('reads otherwise'),
      (patches) => patches.map(lineOf).join(),
    ),
  };
}

const ofLinks: Decoder = {
  name: 'link format', seeds: LINKS.map((text) => rootSeed(ascii(text))),
  round: roundOf(
    (payload) => {
      const text = decodeUtf8(payload);
      return text === undefined ? fail('is not UTF-8') : parseLinks(text);
    },
    (links) => ok(encodeUtf8(formatLinks(links))), (links) => JSON.stringify(links),
  ),
};

function rootSeed(hex: string): Seed {
  return { base: undefined, payload: fromHex(hex) as Uint8Array };
}

/** Times without a definition are written as plain numbers and come back as such. */
function isReversible(format: number, entries: readonly Patch[]): boolean {
  return entries.every(({ path, value }) => value?.type !== 'time'
    || format === ContentFormat.CBOR || definedType(path) === 'time');
}

function lineOf({ path, value, time }: Patch & Pick<Entry, 'time'>): string {
  const shown = value === null ? 'null'
    : value.type === 'objlnk' ? `${value.object}:${value.instance}`
    : value.type === 'opaque' ? toHex(value.value) : value.value;
  return `${formatPath(path)} ${value?.type} ${shown} ${time}`;
}

const formats = [
  ContentFormat.TLV, ContentFormat.SENML_CBOR, ContentFormat.SENML_JSON, ContentFormat.CBOR,
  ContentFormat.TEXT, ContentFormat.OPAQUE, ContentFormat.OMA_JSON, ContentFormat.LWM2M_CBOR,
].map(ofValues);
const lists = [
  ofPaths(ContentFormat.SENML_JSON, PATHS_JSON.map(ascii)),
  ofPaths(ContentFormat.SENML_CBOR, PATHS_CBOR),
  ofPatches(ContentFormat.SENML_ETCH_JSON, PATCHES_JSON.map(ascii)),
  ofPatches(ContentFormat.SENML_ETCH_CBOR, PATCHES_CBOR),
  ofLinks,
];
const decoders = [...formats, ...lists].map((decoder) => [decoder.name, decoder] as const);

test.each(MORE)('the seed %i %s %s is good', (format, path, hex) => {
  expect(decodePayload(format, baseOf(path), fromHex(hex) as Uint8Array, NOW).ok).toBe(true);
});

test.each(lists)('the seeds of $name are good', ({ seeds, round }) => {
  for (const { payload } of seeds) {
    const [before, after] = round(payload, undefined) ?? [];
    expect(before).toBeDefined();
    expect(after).toBe(before);
  }
});

describe(`${INPUTS} mutated payloads`, () => {
  test.each(decoders)('%s', (name, { seeds, round }) => {
    let readable = 0;
    fc.assert(fc.property(fc.integer(), (seed) => {
      // fast-check draws its seed, so a failure is found again by fast-check's path.
      const draws = new SeededRandom(seed);
      for (let input = 0; input < INPUTS_PER_RUN; input++) {
        const { base, payload } = seeds[draws.below(seeds.length)] as Seed;
        const other = (seeds[draws.below(seeds.length)] as Seed).payload;
        const mutations = Array.from({ length: 1 + draws.below(2) }, () => drawMutation(draws));
        const outcome = round(mutated(payload, mutations, other), base);
        if (outcome === undefined) continue;
        readable++;
        if (outcome[0] !== outcome[1]) expect(outcome[1]).toBe(outcome[0]);
      }
    }), { seed: 20_240_401, numRuns: INPUTS / INPUTS_PER_RUN });
    expect(readable).toBeGreaterThan(INPUTS / 50);
    announce(`payloads to the decoder of ${name}: ${INPUTS}, of which ${readable} could be read`);
  });
});

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
    ['objects without instances', ContentFormat.LWM2M_CBOR, undefined,
      `bf${'03a0'.repeat(500_000)}ff`, true],
    ['instances without values', ContentFormat.LWM2M_CBOR, undefined,
      `bf${'8403000600f6'.repeat(170_000)}ff`, true],
    ['text in a long key', ContentFormat.LWM2M_CBOR, undefined,
      `a17f${'6161'.repeat(500_000)}ff`, false],
    ['empty resources', ContentFormat.TLV, { object: 3 }, '8000'.repeat(500_000), true],
    ['empty instances', ContentFormat.TLV, { object: 3 }, '0000'.repeat(500_000), true],
  ])('%s', (_, format, base, hex, isReadable) => {
    const payload = fromHex(hex) as Uint8Array;
    expect(decodePayload(format, base, payload, NOW).ok).toBe(isReadable);
  });
});

describe('twice the payload is at most twice the work', () => {
  /** The payload, and how often a byte of it or a part of it was taken. */
  function counted(payload: Uint8Array) {
    const count = { reads: 0 };
    const bytes = new Proxy(payload, { get: (target, key) => {
      count.reads++;
      const property: unknown = Reflect.get(target, key, target);
      return typeof property === 'function' ? property.bind(target) : property;
    } });
    return { bytes, count };
  }

  const paths = (payload: Uint8Array) => decodePaths(ContentFormat.SENML_CBOR, payload);
  const patches = (payload: Uint8Array) => decodePatches(ContentFormat.SENML_ETCH_CBOR, payload);
  const values = (payload: Uint8Array) =>
    decodePayload(ContentFormat.LWM2M_CBOR, undefined, payload, NOW);

  test.each<[string, (payload: Uint8Array) => Result<unknown>, string, string]>([
    ['paths', paths, '9f', 'a100662f332f302f39'],
    ['paths that share a base name', paths, '9fa221652f332f302f006139', 'a1006139'],
    ['changes', patches, '9f', 'a200682f332f302f362f3003f6'],
    ['values, each with its path', values, 'bf', '830300090a'],
    ['values in a map for each level', values, 'bf', '03a100a1090a'],
    ['empty maps', values, 'bf', '03a0'],
  ])('%s', (_, decode, head, item) => {
    const work = (items: number) => {
      const { bytes, count } = counted(fromHex(`${head}${item.repeat(items)}ff`) as Uint8Array);
      expect(decode(bytes).ok).toBe(true);
      return count.reads;
    };
    expect(work(2000)).toBeLessThanOrEqual(2 * work(1000));
  });
});
