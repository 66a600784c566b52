// Joules by hand against joules by meter: one report an hour, its tail, its sleep; and the order
// of configurations that every field engineer expects.

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../actors/config.ts';
import { CALM } from '../network-rules.ts';
import { float, Resources } from '../resources.ts';
import { constant } from '../signals.ts';
import { World } from '../world.ts';
import { EnergyMeter } from './meter.ts';
import { HEADERS_BYTES, RADIO_MODELS, type RadioPlan } from './radio-model.ts';

const SECOND = 1000;
const HOUR = 3_600_000;

interface Setting {
  readonly radio: string | RadioPlan | undefined;
  readonly awake?: number;
  readonly lifetime?: number;
  readonly notifyEvery?: number;
}

function measure({ radio, awake, lifetime = 86_400, notifyEvery = HOUR }: Setting, hours = 24) {
  const world = new World({ seed: 1, network: CALM, config: DEFAULT_CONFIG });
  const meter = new EnergyMeter();
  world.watch(meter);
  const device = world.addDevice({
    endpoint: 'meter-1', lifetime, notifyEvery, awake, radio,
    resources: new Resources({ '/3303/0/5700': float(constant(21.5)) }),
  });
  device.start();
  world.run(hours * HOUR);
  return { world, meter, device, used: meter.consumptionOf(device, world.clock.now()) };
}

describe('the energy meter', () => {
  it('counts nothing for a device on mains', () => {
    expect(measure({ radio: undefined }).used).toBeUndefined();
  });

  it('counts a report as setup, airtime, tail, active time and sleep', () => {
    const { world, meter, device } = measure({ radio: 'lte-m', awake: 20 * SECOND }, 1.5);
    const model = RADIO_MODELS.get('lte-m')!;
    const before = structuredClone(meter.consumptionOf(device, world.clock.now())!);
    let bytesUp = 0;
    let bytesDown = 0;
    world.watch({
      deviceSent: ({ datagram }) => bytesUp += datagram.length,
      serverSent: ({ datagram }) => bytesDown += datagram.length,
    });
    world.run(HOUR);
    const after = meter.consumptionOf(device, world.clock.now())!;
    const gained = (key: keyof typeof after.charge) => after.charge[key] - before.charge[key];
    expect(after.connections - before.connections).toBe(1);
    expect(gained('setup')).toBe(model.setup);
    const airOf = (bytes: number) => model.fixed + (bytes + HEADERS_BYTES) * 8 / 180;
    expect(after.airtime.up - before.airtime.up).toBeCloseTo(airOf(bytesUp), 6);
    expect(gained('air'))
      .toBeCloseTo(airOf(bytesUp) * model.transmit + airOf(bytesDown) * model.receive, 0);
    // The tail counts from the last datagram, the ACK; between the two it listens.
    const listening = gained('tail') - (10_000 - 200) * model.connectedDrx;
    expect(listening).toBeGreaterThan(200 * model.connected);
    expect(listening).toBeLessThan(300 * model.connected);
    expect(gained('idle')).toBe(20_000 * model.idle);
    expect(gained('sleep') / model.sleep).toBeGreaterThan(HOUR - 31_000);
    expect(gained('sleep') / model.sleep).toBeLessThan(HOUR - 29_000);
  });

  it('finds release assistance cheaper than a tail, and a tail than always listening', () => {
    for (const radio of ['lte-m', 'nb-iot']) {
      const joules = [
        { radio: `${radio}-release`, awake: 20 * SECOND }, { radio, awake: 20 * SECOND },
        { radio: `${radio}-edrx`, awake: 20 * SECOND }, { radio },
      ].map((setting) => measure(setting).used!.joulesPerHour);
      expect(joules).toEqual([...joules].sort((a, b) => a - b));
      expect(joules[3]! / joules[0]!).toBeGreaterThan(2);
    }
  });

  it('counts by figures of one\'s own, and by those of the model it is like', () => {
    const awake = 20 * SECOND;
    const known = measure({ radio: 'lte-m', awake }).used!;
    const own = measure({ radio: { like: 'lte-m', millivolts: 1850, sleep: 0 }, awake }).used!;
    expect(own.charge.tail).toBe(known.charge.tail);
    expect(own.charge.sleep).toBeLessThan(known.charge.sleep);
    expect(own.joules).toBeLessThan(known.joules / 2);
  });

  it('finds a short lifetime dearer than a long one', () => {
    const [short, long] = [60 * 15, 86_400].map((lifetime) => (
      measure({ radio: 'nb-iot', awake: 20 * SECOND, lifetime }).used!.joulesPerHour
    ));
    expect(short).toBeGreaterThan(2 * long!);
  });

  it('counts nothing while the device is off, and an attach when it comes back', () => {
    const { world, meter, device } = measure({ radio: 'lte-m', awake: 20 * SECOND }, 1);
    device.stop();
    const off = meter.consumptionOf(device, world.clock.now())!.joules;
    world.run(10 * HOUR);
    expect(meter.consumptionOf(device, world.clock.now())!.joules).toBe(off);
    device.start();
    const on = meter.consumptionOf(device, world.clock.now())!;
    const { attach, millivolts } = RADIO_MODELS.get('lte-m')!;
    expect(on.joules - off).toBeGreaterThan(attach * millivolts / 1e12);
    expect(on.joulesPerHour).toBeGreaterThan(on.joules * 0.9);
  });

  it('counts the same however often it is asked', () => {
    const asked = measure({ radio: 'nb-iot', awake: 20 * SECOND }, 0);
    for (let minute = 0; minute < 3 * 60; minute++) {
      asked.world.run(60 * SECOND);
      asked.meter.consumptionOf(asked.device, asked.world.clock.now());
    }
    const { used } = measure({ radio: 'nb-iot', awake: 20 * SECOND }, 3);
    expect(asked.meter.consumptionOf(asked.device, asked.world.clock.now())!.joules)
      .toBeCloseTo(used!.joules, 9);
  });
});

it('a report takes more than a tracking update, the one charge that a data sheet gives', () => {
  for (const radio of ['lte-m-release', 'nb-iot-release']) {
    const { millicoulombPerConnection } = measure({ radio, awake: 20 * SECOND }).used!;
    const { tracking } = RADIO_MODELS.get(radio)!;
    expect(millicoulombPerConnection).toBeGreaterThan(tracking / 1e6);
    expect(millicoulombPerConnection).toBeLessThan(5 * tracking / 1e6);
  }
});
