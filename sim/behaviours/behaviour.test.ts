// Each vice in a world of its own, judged by what passes on the link: that the device does what
// the vice says, that it is a device all the same, and that the server outlives it.

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../actors/config.ts';
import { decodeMessage } from '../../core/coap/codec.ts';
import { CON, type Message } from '../../core/coap/message.ts';
import type { DeviceOptions } from '../device.ts';
import { CALM } from '../network-rules.ts';
import type { Observer } from '../observer.ts';
import type { Passing } from '../passing.ts';
import { clockTime, float, integer, Resources, text } from '../resources.ts';
import type { Vice } from '../scenario/model.ts';
import { constant } from '../signals.ts';
import { World } from '../world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface Heard {
  readonly at: number;
  readonly datagram: Uint8Array;
  readonly message: Message | undefined;
}

function live(vices: readonly Vice[], span: number, changed: Partial<DeviceOptions> = {}) {
  const world = new World({ seed: 5, network: CALM, config: DEFAULT_CONFIG });
  const up: Heard[] = [];
  const down: Heard[] = [];
  const news: string[] = [];
  const note = (heard: Heard[]) => ({ at, datagram }: Passing) => {
    const decoded = decodeMessage(datagram);
    heard.push({ at, datagram, message: decoded.ok ? decoded.value : undefined });
  };
  const watcher: Observer = {
    deviceSent: note(up), serverSent: note(down),
    device: (_at, _device, what) => news.push(what),
  };
  world.watch(watcher);
  const device = world.addDevice({
    endpoint: 'dev', lifetime: 600, notifyEvery: MINUTE, awake: undefined, vices,
    resources: new Resources({
      '/3/0/0': text('Flownexus'), '/3/0/9': integer(constant(80)), '/3/0/13': clockTime(),
      '/3303/0/5700': float(constant(21.5)),
    }),
    ...changed,
  });
  device.start();
  world.run(span);
  return { world, device, up, down, news };
}

const isRequest = ({ message }: Heard) => message !== undefined && message.code >> 5 === 0
  && message.code !== 0;
const isContent = ({ message }: Heard) => message?.code === 0x45;

describe('a device without vices', () => {
  it('tells when it starts, registers, notifies, is acknowledged and stops', () => {
    const { device, news } = live([], 90 * SECOND);
    expect(news).toEqual([
      'started', 'registered', 'notified', 'notified', 'acknowledged', 'acknowledged',
    ]);
    device.stop();
    expect(news.at(-1)).toBe('stopped');
  });
});

describe('a slow device', () => {
  it('answers requests late, and its own messages are not held up', () => {
    const { device, up, down } = live(['slow'], 10 * MINUTE);
    const asked = down.find(isRequest)!;
    const answer = up.find((one) => one.message?.mid === asked.message!.mid && one.at > asked.at);
    expect(answer!.at - asked.at).toBeGreaterThan(SECOND);
    expect(device.registrations).toBe(1);
    expect(device.acknowledged).toBeGreaterThan(5);
  });
});

describe('a deaf device', () => {
  it('answers no request and stays registered', () => {
    const { device, up, down } = live(['deaf'], 30 * MINUTE);
    expect(down.some(isRequest)).toBe(true);
    expect(up.some(isContent)).toBe(false);
    expect(device.isRegistered).toBe(true);
    expect(device.registrations).toBe(1);
  });
});

describe('a forgetful device', () => {
  it('reboots without a word and comes back', () => {
    const { device, news } = live(['forgetful'], 24 * HOUR);
    const reboots = news.filter((what) => what === 'stopped').length;
    expect(reboots).toBeGreaterThanOrEqual(6);
    expect(reboots).toBeLessThan(144);
    expect(device.registrations).toBe(reboots + 1);
    expect(device.isRegistered).toBe(true);
  });

  it('that is stopped stays stopped', () => {
    const { device, world } = live(['forgetful'], HOUR);
    device.stop();
    world.run(24 * HOUR);
    expect(device.isOn).toBe(false);
  });
});

describe('a liar', () => {
  it('reports some values in a wrong type; the server stores the others', () => {
    const { world, up } = live(['liar'], 2 * HOUR);
    const stored = [...world.disk.telemetry].filter(({ resource }) => resource === 5700);
    const notified = up.filter((one) => isContent(one) && one.message!.type === CON).length / 2;
    expect(stored.length).toBeGreaterThan(notified / 2);
    const lies = up.filter(({ datagram }) => (
      new TextDecoder().decode(datagram).includes('not available')
    ));
    expect(lies.length).toBeGreaterThan(notified / 8);
  });
});

describe('a device that sends malformed datagrams', () => {
  // A malformed confirmable message gets a Reset, which ends an observation or an Update: the
  // device must come back from either by itself.
  it('sends some that nobody can read and gets along with the others', () => {
    const { device, up } = live(['malformed'], 6 * HOUR);
    const broken = up.filter(({ message }) => message === undefined).length;
    expect(broken).toBeGreaterThan(up.length / 50);
    expect(broken).toBeLessThan(up.length / 5);
    expect(device.acknowledged).toBeGreaterThan(20);
    expect(device.registrations).toBeGreaterThan(1);
    expect(device.isRegistered).toBe(true);
  });
});

describe('a duplicate sender', () => {
  it('sends many datagrams twice, at once or later, and each value is stored once', () => {
    const { device, world, up } = live(['duplicateSender'], 2 * HOUR);
    const times = new Map<string, number[]>();
    for (const { at, datagram } of up) {
      const key = datagram.join();
      times.set(key, [...times.get(key) ?? [], at]);
    }
    const gaps = [...times.values()].filter(({ length }) => length === 2)
      .map(([first = 0, second = 0]) => second - first);
    expect(gaps.length).toBeGreaterThan(times.size / 5);
    expect(gaps).toContain(0);
    expect(gaps.some((gap) => gap > MINUTE)).toBe(true);
    expect(Math.max(...gaps)).toBeLessThan(4 * MINUTE);
    const values = [...world.disk.telemetry].filter(({ resource }) => resource === 5700);
    expect(values.length).toBeLessThanOrEqual(device.acknowledged / 2 + 2);
  });
});

describe('a device whose clock is off', () => {
  it('says another time, and its periods are not as long as they should be', () => {
    const { world, up } = live(['clockSkew'], 2 * HOUR);
    const said = [...world.disk.telemetry].find(({ resource }) => resource === 13);
    expect(said?.value.type).toBe('time');
    const off = (said!.value as { value: number }).value - said!.receiveTime / 1000;
    expect(Math.abs(off)).toBeGreaterThan(MINUTE / 1000);
    const reports = up.filter((one) => isContent(one) && one.message!.type === CON);
    const period = (reports.at(-1)!.at - reports[0]!.at) / (reports.length / 2 - 1);
    expect(period).not.toBe(MINUTE);
    expect(Math.abs(period - MINUTE)).toBeLessThan(MINUTE / 50);
  });
});

describe('all vices at once', () => {
  it('leave a server that runs and a device that gets through', () => {
    const { device, world } = live([
      'slow', 'forgetful', 'liar', 'malformed', 'duplicateSender', 'clockSkew',
    ], 24 * HOUR);
    expect(device.registrations).toBeGreaterThan(1);
    expect(world.server.host.devices.size).toBeGreaterThan(0);
    expect(device.acknowledged).toBeGreaterThan(0);
  });
});
