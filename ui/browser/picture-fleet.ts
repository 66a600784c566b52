// The devices of the pictures: over UDP like any others, beside the demo fleet, some well and some
// not, with an hour behind them that they tell of at once.

import { createSocket } from 'node:dgram';
import { Code, OptionNumber } from '../../core/coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../../core/coap/options.ts';
import { ContentFormat, encodePayload } from '../../core/lwm2m/content-format.ts';
import { parsePath, type Path } from '../../core/lwm2m/path.ts';
import type { Entry } from '../../core/lwm2m/value.ts';
import type { Milliseconds } from '../../core/ports.ts';
import type { DeviceOptions, SimulatedDevice } from '../../sim/device.ts';
import { UdpDevices } from '../../sim/drivers/udp.ts';
import { deregister } from '../../sim/registration.ts';
import {
  clockTime, flag, float, integer, opaque, Resources, text, type ValueAt,
} from '../../sim/resources.ts';
import { constant, noisy, replay, wave, type Signal } from '../../sim/signals.ts';

const SECOND: Milliseconds = 1000;
const MINUTE: Milliseconds = 60_000;
const PAST: Milliseconds = 58 * MINUTE;
/** Records in one Send: a few datagrams. */
const PACK = 100;
const START_TIME_MAX: Milliseconds = 20_000;
const LOG_EVERY: Milliseconds = 2_700;
/** From when on a door is shut again and a battery is new. */
const PUT_RIGHT: Milliseconds = 25 * SECOND;
/** One that only the shortest lifetime makes expire while the pictures are taken. */
const SHORTEST = 1;

/** Profiles, groups and rules as a greenhouse with a cold store might have them. */
export const CONFIG = `
profiles:
  - { name: greenhouses, match: 'greenhouse-*', read: [/3/0, /4/0, '/*/*/5701', /33020/0] }
  - name: cold rooms
    match: 'cold-room-*'
    read: [/3/0, /4/0, '/*/*/5701']
    observe: ['/*/*/5700', /3/0/9]
    attributes: { /3303/*/5700: { pmin: 5, pmax: 300 } }
  - { name: meters, match: 'meter-*', awakeWindow: 6s }
  - { name: pumps, match: 'pump-*', ackTimeout: 100ms }
  - { name: trackers, match: 'tracker-*', observeTogether: [[/6/0/0, /6/0/1]] }
groups:
  - { name: harbour, match: 'cold-room-*', hold: { /1/0/1: 3600 } }
alerts:
  - { name: too warm, kind: above, path: /3303/*/5700, limit: 30, until: 28, match: 'greenhouse-*' }
  - { name: thawing, kind: above, path: /3303/*/5700, limit: -12, until: -15, match: 'cold-*',
      severity: critical }
  - { name: battery low, kind: below, path: /3/0/9, limit: 20, until: 30 }
  - { name: silent, kind: silent, span: 1m, match: 'pump-*', severity: critical }
  - { name: expired, kind: expired }
`;

/** An object with a resource of each kind that has an editor of its own. */
export const VENTILATION = `<LWM2M><Object ObjectType="MODefinition"><Name>Ventilation</Name>
  <Description1/><ObjectID>33020</ObjectID><ObjectURN>urn:oma:lwm2m:x:33020</ObjectURN>
  <MultipleInstances>Multiple</MultipleInstances><Mandatory>Optional</Mandatory><Resources>${[
    ['Enabled', 'Boolean', ''], ['Mode', 'Integer', '0: CLOSED\n1: AUTO\n2: NIGHT'],
    ['Opening', 'Integer', '0..100', '%'], ['Program', 'Opaque', '0..16 bytes'],
    ['Until', 'Time', ''],
  ].map(([name, type, range, unit = ''], id) => `<Item ID="${id}"><Name>${name}</Name>
    <Operations>RW</Operations><MultipleInstances>Single</MultipleInstances>
    <Mandatory>Optional</Mandatory><Type>${type}</Type>
    <RangeEnumeration>${range}</RangeEnumeration><Units>${unit}</Units><Description/>
    </Item>`).join('')}</Resources><Description2/></Object></LWM2M>`;

/** Where a tracker drives, in degrees; every corner takes it four minutes. */
const ROUTE: readonly (readonly [latitude: number, longitude: number])[] = [
  [59.9046, 10.7402], [59.9062, 10.7451], [59.9089, 10.7438], [59.9108, 10.7497],
  [59.9097, 10.7553], [59.9121, 10.7602], [59.9154, 10.7588], [59.9163, 10.7641],
  [59.9141, 10.7698], [59.9118, 10.7679], [59.9102, 10.7741], [59.9129, 10.7803],
  [59.9158, 10.7786], [59.9181, 10.7838], [59.9172, 10.7899], [59.9149, 10.7921],
];
const CORNER: Milliseconds = 4 * MINUTE;

const LOG: readonly (readonly [severity: number, text: string])[] = [
  [4, 'modem: cell lost'], [6, 'modem: searching, band 20'],
  [6, 'modem: attached, RSRP -97 dBm'], [6, 'lwm2m: update accepted'],
  [7, 'gnss: 4 satellites in view'], [6, 'gnss: fix after 11.2 s'],
  [6, 'lwm2m: sent 12 places'], [4, 'gnss: weak, 3 satellites'],
  [7, 'power: 3.71 V, 24 mA'], [3, 'modem: carrier lost'], [6, 'modem: searching, band 3'],
  [5, 'modem: attached after 4.6 s'], [6, 'lwm2m: update accepted'],
  [4, 'lwm2m: kept 3 places for later'], [6, 'gnss: fix after 2.9 s'],
  [6, 'lwm2m: sent 15 places'], [7, 'power: 3.70 V, 22 mA'], [6, 'motion: moving'],
  [6, 'gnss: 9 satellites in view'], [5, 'motion: stopped for 60 s'],
];

type Facts = readonly [model: string, firmware: string, battery: Signal, signal: number];

export class PictureFleet {
  readonly #devices: UdpDevices;
  readonly #syslog: URL;
  readonly #socket = createSocket('udp4');
  readonly #begin = Date.now();
  readonly #lines = LOG.values();
  #log: NodeJS.Timeout | undefined;

  constructor(coap: string, syslog: string) {
    const { hostname, port } = new URL(coap.replace('coap:', 'http:'));
    this.#devices = new UdpDevices({ host: hostname, port: Number(port) });
    this.#syslog = new URL(syslog.replace('udp:', 'http:'));
  }

  /** Returns when all are registered and have told of the last hour. */
  async start(): Promise<void> {
    await this.#greenhouses();
    await this.#coldRooms();
    // The third is given a new battery.
    const changed = this.#begin + PUT_RIGHT;
    const batteries: readonly Signal[] = [
      constant(71), constant(14), (now) => now < changed ? 9 : 100, constant(43),
    ];
    for (const [index, battery] of batteries.entries()) await this.#meter(index, battery);
    await this.#pumps();
    await this.#tracker();
    this.#log = setInterval(() => this.#write(), LOG_EVERY);
  }

  close(): void {
    clearInterval(this.#log);
    this.#socket.close();
    this.#devices.close();
  }

  async #greenhouses(): Promise<void> {
    const means = [31.8, 22.4, 24.1];
    for (const [index, mean] of means.entries()) {
      const swing = index === 0 ? 0.6 : 3;
      const warmth = noisy(wave(mean, swing, 45 * MINUTE, index * 9 * MINUTE), 0.15);
      const damp = noisy(wave(62 - index * 5, 8, 50 * MINUTE, 20 * MINUTE), 0.4);
      const device = await this.#start({
        endpoint: `greenhouse-${index + 1}`, lifetime: 300, notifyEvery: 4 * SECOND,
        resources: resourcesOf(['GH-200', '2.1.0', constant(94 - index * 11), -79 - index * 4], {
          ...sensor('/3303/0', warmth, 'Cel'), ...sensor('/3304/0', damp, '%RH'),
          '/33020/0/0': flag(true), '/33020/0/1': integer(constant(1)),
          '/33020/0/2': integer(constant(35)),
          '/33020/0/3': opaque(Uint8Array.of(0x06, 0x1e, 0x14, 0x2d)),
          '/33020/0/4': () => ({ type: 'time', value: 1_893_456_000 }),
        }),
      });
      // The first was never as warm as it is now.
      if (index > 0) await tellPast(device, ['/3303/0/5700', '/3304/0/5700'], 10 * SECOND);
    }
  }

  async #coldRooms(): Promise<void> {
    const shut = this.#begin + PUT_RIGHT;
    const frost = noisy(wave(-18.4, 0.7, 20 * MINUTE), 0.1);
    const device = await this.#start({
      endpoint: 'cold-room-1', lifetime: 900, notifyEvery: 5 * SECOND,
      resources: resourcesOf(['CR-10', '1.0.7', constant(66), -91],
        sensor('/3303/0', frost, 'Cel')),
    });
    await tellPast(device, ['/3303/0/5700'], 30 * SECOND);
    await this.#start({
      endpoint: 'cold-room-2', lifetime: 900, notifyEvery: 5 * SECOND,
      resources: resourcesOf(['CR-10', '1.0.7', constant(58), -88], sensor('/3303/0',
        (now) => now < shut ? -9.6 : frost(now), 'Cel')),
    });
  }

  /** In queue mode; each but the last wakes up every now and then. */
  async #meter(index: number, battery: Signal): Promise<void> {
    await this.#start({
      endpoint: `meter-${101 + index}`, lifetime: 3600, awake: 8 * SECOND,
      notifyEvery: index === 3 ? 30 * MINUTE : (23 + index * 8) * SECOND,
      resources: resourcesOf(['M-5', `3.${index % 2}.4`, battery, -101 - index * 3],
        sensor('/3305/0', constant(1_284.5 + index * 96), 'W')),
    });
  }

  /** One is switched off without a word, one long ago, and one says good-bye. */
  async #pumps(): Promise<void> {
    const pump = (number: number, lifetime: number) => this.#start({
      endpoint: `pump-${number}`, lifetime, notifyEvery: 5 * SECOND,
      resources: resourcesOf(['P-3', '0.9.2', constant(81 - number), -84 - number],
        sensor('/3323/0', noisy(constant(4.2), 0.1), 'bar')),
    });
    await pump(1, 300);
    const [silent, expired, leaving] = [
      await pump(2, 300), await pump(3, SHORTEST), await pump(4, 300),
    ];
    // Before the server comes to ask for it.
    for (const device of [silent, expired, leaving]) {
      const said = ['/3/0', '/4/0'].flatMap((path) => device.entriesAt(pathFrom(path)));
      await send(device, said);
    }
    silent.stop();
    expired.stop();
    deregister(leaving);
  }

  async #tracker(): Promise<void> {
    const from = this.#begin - PAST;
    const along = (axis: 0 | 1): Signal => {
      const drive = replay(ROUTE.map((corner, index) => [index * CORNER, corner[axis]]));
      return (now) => drive(now - from);
    };
    const device = await this.#start({
      endpoint: 'tracker-07', lifetime: 3600, notifyEvery: 10 * SECOND,
      resources: resourcesOf(['T-91', '1.4.2', constant(77), -97], {
        '/6/0/0': float(along(0)), '/6/0/1': float(along(1)), '/6/0/5': clockTime(),
      }),
    });
    const isInTunnel = (time: Milliseconds): boolean =>
      time > from + 34 * MINUTE && time < from + 41 * MINUTE;
    await tellPast(device, ['/6/0/0', '/6/0/1'], 20 * SECOND, isInTunnel);
  }

  async #start(options: Omit<DeviceOptions, 'awake'> & Partial<DeviceOptions>) {
    const device = await this.#devices.start({ awake: undefined, ...options });
    const deadline = Date.now() + START_TIME_MAX;
    while (!device.isRegistered) {
      if (Date.now() > deadline) throw new Error(`${options.endpoint} did not register`);
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    return device;
  }

  /** A line as Zephyr's network backend sends it: its clock begins when it is switched on. */
  #write(): void {
    const next = this.#lines.next();
    if (next.done === true) return;
    const [severity, line] = next.value;
    const time = new Date(PAST + Date.now() - this.#begin).toISOString();
    const who = '[flownexus@32473 endpoint="tracker-07"]';
    const datagram = `<${128 + severity}>1 ${time} - - - - ${who} ${line}`;
    this.#socket.send(datagram, Number(this.#syslog.port), this.#syslog.hostname);
  }
}

function resourcesOf(
  [model, firmware, battery, signal]: Facts, more: Readonly<Record<string, ValueAt>>,
): Resources {
  return new Resources({
    '/1/0/0': integer(constant(1)), '/1/0/1': integer(constant(300)),
    '/3/0/0': text('Nordwind'), '/3/0/1': text(model), '/3/0/2': text(`${model}-${4000 - signal}`),
    '/3/0/3': text(firmware), '/3/0/9': integer(battery), '/3/0/13': clockTime(),
    '/3/0/16': text('U'), '/4/0/2': integer(wave(signal, 2, 10 * MINUTE)),
    ...more,
  });
}

function sensor(instance: string, signal: Signal, unit: string): Record<string, ValueAt> {
  return { [`${instance}/5700`]: float(signal), [`${instance}/5701`]: text(unit) };
}

/** Sends what a device would have measured in the hour before it was looked at. */
async function tellPast(
  device: SimulatedDevice, paths: readonly string[], every: Milliseconds,
  isLost: (time: Milliseconds) => boolean = () => false,
): Promise<void> {
  const now = device.now();
  const entries: Entry[] = [];
  for (let time = now - PAST; time < now; time += every) {
    if (isLost(time)) continue;
    for (const one of paths) {
      const measured = device.resources.read(pathFrom(one), time);
      entries.push(...measured.map((entry) => ({ ...entry, time })));
    }
  }
  for (let first = 0; first < entries.length; first += PACK) {
    await send(device, entries.slice(first, first + PACK));
  }
}

function pathFrom(written: string): Path {
  const path = parsePath(written);
  if (!path.ok) throw new Error(path.reason);
  return path.value;
}

function send(device: SimulatedDevice, entries: readonly Entry[]): Promise<void> {
  const payload = encodePayload(ContentFormat.SENML_CBOR, undefined, entries);
  if (!payload.ok) throw new Error(payload.reason);
  return new Promise((resolve, reject) => {
    device.layer.messages.request(device, {
      code: Code.POST, payload: payload.value,
      options: [
        stringOptionOf(OptionNumber.URI_PATH, 'dp'),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.SENML_CBOR),
      ],
    }, (outcome) => {
      const isTaken = outcome.kind === 'response' && outcome.message.code === Code.CHANGED;
      if (isTaken) resolve();
      else reject(new Error(`the past of ${device.options.endpoint} was not taken`));
    });
  });
}
