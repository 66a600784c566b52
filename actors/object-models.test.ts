// Added object models as stories: each client's values are decoded by the versions it registered,
// from one moment to the next when a model is added, and nothing else of the server changes.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHex } from '../core/bytes.ts';
import { Code, OptionNumber, type Message } from '../core/coap/message.ts';
import { observe, uintOptionOf } from '../core/coap/options.ts';
import { parseDdf } from '../core/io/ddf.ts';
import type { ObjectModel } from '../core/lwm2m/objects.ts';
import { CALM } from '../sim/network-rules.ts';
import { pathText, RawClient, type Answer } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE } from './config.ts';

const TLV = 11_542;
/** /33001/0/0 in four bytes: 21.5 as a float, 1101791232 as an integer. */
const WEIGHT = 'c40041ac0000';

function modelsOf(...versions: string[]): ObjectModel[] {
  return versions.flatMap((version) => {
    const file = new URL(`../core/io/fixtures/ddf/33001-${version}.xml`, import.meta.url);
    const parsed = parseDdf(readFileSync(file));
    if (!parsed.ok) throw new Error(parsed.reason.what);
    return parsed.value;
  });
}

function weight(request: Message): Answer {
  if (pathText(request) !== '/33001/0/0') return { code: Code.NOT_FOUND };
  return {
    code: Code.CONTENT, payload: fromHex(WEIGHT)!,
    options: [
      ...(observe(request) === 0 ? [uintOptionOf(OptionNumber.OBSERVE, 0)] : []),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, TLV),
    ],
  };
}

function newWorld(): World {
  const profile = { ...DEFAULT_PROFILE, observe: ['/33001/*/0'] };
  return new World({ seed: 2, network: CALM, config: { ...DEFAULT_CONFIG, profiles: [profile] } });
}

let hosts = 0;

function register(world: World, endpoint: string, links: string): RawClient {
  const client = new RawClient(world, `10.2.0.${++hosts}`);
  client.answer = weight;
  client.register(`ep=${endpoint}&lwm2m=1.1&lt=3600`, links);
  return client;
}

/** The weight once more, in a notification. */
function notify(client: RawClient, sequence: number): void {
  client.send({
    code: Code.CONTENT, token: client.tokenOf('/33001/0/0'), payload: fromHex(WEIGHT)!,
    options: [
      uintOptionOf(OptionNumber.OBSERVE, sequence), uintOptionOf(OptionNumber.CONTENT_FORMAT, TLV),
    ],
  });
  client.world.run(1_000);
}

function stored(world: World): string[] {
  return Array.from(world.disk.telemetry, ({ device, value }) =>
    `${device} ${value.type} ${'value' in value ? String(value.value) : ''}`);
}

test('two clients of one object are each understood by the version they registered', () => {
  const world = newWorld();
  world.server.host.models.add(modelsOf('1.0', '1.1'));
  register(world, 'new', '</33001>;ver=1.1,</33001/0>');
  register(world, 'old', '</33001/0>');
  world.run(1_000);
  expect(stored(world)).toEqual(['1 float 21.5', '2 integer 1101791232']);
});

test('a model that is added while a client is observed holds from its next report on', () => {
  const world = newWorld();
  const client = register(world, 'new', '</33001>;ver=1.1,</33001/0>');
  world.run(1_000);
  expect(stored(world)).toEqual([`1 opaque ${fromHex(WEIGHT)!.slice(2)}`]);
  world.server.host.models.add(modelsOf('1.1'));
  notify(client, 1);
  expect(stored(world).slice(1)).toEqual(['1 float 21.5']);
  world.server.host.models.add([]);
  notify(client, 2);
  expect(stored(world).slice(2)).toEqual([`1 opaque ${fromHex(WEIGHT)!.slice(2)}`]);
});

test('a model adds nothing to what the default profile asks devices for', () => {
  const asked = (models: readonly ObjectModel[]) => {
    const world = new World({ seed: 2, network: CALM, config: DEFAULT_CONFIG });
    world.server.host.models.add(models);
    const client = register(world, 'a', '</3/0>,</33001/0>,</3303/0>');
    world.run(1_000);
    return client.requests();
  };
  const [model] = modelsOf('1.0');
  const value = { ...model!.resources.get(0)!, id: 5700 };
  const withValue = { ...model!, resources: new Map([[5700, value]]) };
  expect(asked([withValue])).toEqual(asked([]));
});
