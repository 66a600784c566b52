// Oracles are silent about a server that keeps the rules, in calm and in bad weather.

import { describe, expect, it } from 'vitest';
import { LOSSY } from '../network-rules.ts';
import { addSensor, findings, watchedWorld } from './testing.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe('the oracles', () => {
  it('have nothing to say about a calm hour', () => {
    const watched = watchedWorld(1);
    addSensor(watched.world, 'sensor').start();
    watched.world.run(60 * MINUTE);
    expect(findings(watched)).toEqual([]);
  });

  it('have nothing to say about loss, sleep, crashes and a device that leaves', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const watched = watchedWorld(seed, LOSSY);
      const { world } = watched;
      const devices = [0, 1, 2, 3, 4].map((index) => addSensor(
        world, `device-${index}`, index % 2 === 0 ? { awake: 25 * SECOND } : { lifetime: 120 },
      ));
      for (const device of devices) device.start();
      for (let hour = 0; hour < 2; hour++) {
        world.run(20 * MINUTE);
        world.crashServer((seed + hour) % 2 === 0);
        world.run(MINUTE);
        world.startServer();
      }
      devices[1]!.stop();
      world.run(10 * MINUTE);
      expect(findings(watched)).toEqual([]);
    }
  });
});
