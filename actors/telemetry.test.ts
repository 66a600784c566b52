// What lists show of a device weighs what lists show of it, however long the message was.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { encodeUtf8 } from '../core/bytes.ts';
import { ContentFormat, decodePayload } from '../core/lwm2m/content-format.ts';
import { OBJECTS } from '../core/lwm2m/objects.ts';
import { CALM } from '../sim/network-rules.ts';
import { addSensor } from '../sim/oracles/testing.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG } from './config.ts';
import { storeValues } from './telemetry.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MEGABYTE = 2 ** 20;

test.each([
  ['short', (index: number) => `manufacturer number ${index}`],
  ['long', (index: number) => `manufacturer number ${index}`.padEnd(500, '.')],
])('a %s text keeps nothing of the message that it came in', (_, textOf) => {
  const world = new World({ seed: 1, network: CALM, config: DEFAULT_CONFIG });
  addSensor(world, 'sensor', {}).start();
  world.run(10_000);
  const { host } = world.server;
  const device = host.devices.get('sensor')!;
  const say = (index: number): void => {
    const said = `[{"n":"/3/0/0","vs":"${textOf(index)}"}${' '.repeat(MEGABYTE - 600)}]`;
    const decoded = decodePayload(
      ContentFormat.SENML_JSON, undefined, encodeUtf8(said), world.clock.now(), OBJECTS,
    );
    if (!decoded.ok) throw new Error(decoded.reason);
    storeValues(host, device, decoded.value, world.clock.now());
    world.run(1000);
    expect(device.manufacturer).toBe(textOf(index).slice(0, 64));
    world.disk.telemetry.clear();
    world.disk.events.length = 0;
  };
  say(0);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 1; index <= 30; index++) say(index);
  collect();
  expect((process.memoryUsage().heapUsed - before) / MEGABYTE).toBeLessThan(5);
});
