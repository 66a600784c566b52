// Plays the stories with a simulated device and the production server in virtual time, and lets the
// device refuse an operation with every error there is.

import { expect, it } from 'vitest';
import { DEFAULT_CONFIG, DEFAULT_PROFILE } from '../../actors/config.ts';
import { ServerManagement } from '../../actors/management.ts';
import { valueView } from '../../core/api/present.ts';
import { decodeUtf8 } from '../../core/bytes.ts';
import { BODY_BYTES_MAX } from '../../core/coap/body.ts';
import { decodeMessage } from '../../core/coap/codec.ts';
import { Code, formatCode } from '../../core/coap/message.ts';
import { uriPath } from '../../core/coap/options.ts';
import type { Wish } from '../../core/lwm2m/operation.ts';
import { formatPath, parsePath, pathOf, type Path } from '../../core/lwm2m/path.ts';
import type { Milliseconds } from '../../core/ports.ts';
import type { TelemetryRow } from '../../core/store/changes.ts';
import type { DeviceOptions, SimulatedDevice } from '../../sim/device.ts';
import { CALM } from '../../sim/network-rules.ts';
import { reportChanged } from '../../sim/notifications.ts';
import { eventLogValues } from '../../sim/objects/event-log.ts';
import { update } from '../../sim/registration.ts';
import type { Operation } from '../../sim/requests/operation.ts';
import { flag, float, integer, opaque, Resources, text } from '../../sim/resources.ts';
import { Sending } from '../../sim/sending.ts';
import { constant, type Signal } from '../../sim/signals.ts';
import { World } from '../../sim/world.ts';
import {
  endOf, play, RECORDS, type Ended, type Operated, type Stage, type Story, type Values,
} from './story.ts';
import { CURRENT_TIME, DEVICE } from './tree.ts';
import { plain } from './values.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const ENDPOINT = 'operated';
const UNTIL_SECONDS_MAX = 300;

/** A story as one test, which ends at the first step that fails. */
export function tellVirtually({ operation, steps }: Story): void {
  it(`${operation} of a simulated device`, async () => {
    const stage = new VirtualStage();
    for (const step of steps) {
      await play(step, stage).catch((error: unknown) => {
        throw new Error(`${step.sentence}: ${(error as Error).message}`, { cause: error });
      });
    }
  });
}

/** RFC 7252 s12.1: every code from 4.00 to 5.31, as people write it and as it is sent. */
const ERRORS = [4, 5].flatMap((kind) => Array.from({ length: 32 }, (_, detail) => {
  const error = kind << 5 | detail;
  return [formatCode(error), error] as const;
}));

/** The wish ends with whatever error a device that refuses the operation gives. */
export function endsWithEveryError(operation: Operation, wish: Wish): void {
  it.each(ERRORS)(`${wish.kind} ends with %s`, async (code, error) => {
    const stage = new VirtualStage({ [operation]: error });
    const { sequence } = await stage.stored(0);
    expect(await stage.ask(wish)).toMatchObject({ with: code, answer: '' });
    expect(await stage.stored(sequence)).toEqual({ values: {}, sequence });
  });
}

/** The same for an observation. */
export function isRefusedWithEveryError(operation: Operation, target: string): void {
  it.each(ERRORS)(`observing ${target} is refused with %s`, async (code, error) => {
    const stage = new VirtualStage({ [operation]: error });
    const reason = `the device answered ${code}`;
    await play({ sentence: '', kind: 'observe in vain', target, reason }, stage);
    expect(await stage.device.observers()).toBe(0);
  });
}

class VirtualStage implements Stage {
  readonly device: Operated;
  readonly #world: World;
  readonly #management: ServerManagement;

  constructor(refuses: DeviceOptions['refuses'] = {}) {
    const profiles = [{ ...DEFAULT_PROFILE, read: [], observe: [] }];
    this.#world = new World({ seed: 1, network: CALM, config: { ...DEFAULT_CONFIG, profiles } });
    const registration = 'open' as const;
    const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration };
    this.#management = new ServerManagement(this.#world.server.host, facts);
    this.device = operated(this.#world, refuses);
  }

  async ask(wish: Wish): Promise<Ended & { readonly id: number }> {
    const asked = this.#management.request(ENDPOINT, wish, 'operator');
    if (!asked.ok) return { with: asked.reason, answer: '', id: 0 };
    const { id } = asked.value.operation;
    return this.until(`${wish.kind} ends`, async () => {
      const row = this.#world.disk.operations.get(id);
      if (row?.status !== 'CONFIRMED' && row?.status !== 'FAILED') return undefined;
      return { with: endOf(row.outcome), answer: row.answer, id };
    });
  }

  async writeFile(path: string, bytes: Uint8Array): Promise<Ended> {
    const begun = this.#management.upload(ENDPOINT, path, bytes.length);
    if (!begun.ok) return { with: begun.reason, answer: '' };
    const { value: upload } = begun;
    upload.append(bytes);
    const sealed = new Promise<string | undefined>((resolve) => upload.seal(resolve));
    this.#world.run(SECOND);
    expect(await sealed).toBeUndefined();
    return this.ask({ kind: 'write', path, file: upload.name, length: upload.length });
  }

  async readFile(path: string) {
    const ended = await this.ask({ kind: 'read', path, into: 'file' });
    const file = this.#management.readFile(ENDPOINT, ended.id);
    return { ...ended, bytes: file?.read(0, file.length) };
  }

  async setObserved(target: string, observed: boolean): Promise<void> {
    const set = this.#management.setObserved(ENDPOINT, target, observed);
    if (!set.ok) throw new Error(set.reason);
  }

  async session() {
    return this.#management.device(ENDPOINT) ?? { observing: [], notObserving: [] };
  }

  async forget(): Promise<void> {
    this.#management.forget(ENDPOINT);
  }

  async stored(since: number) {
    const rows = this.#rows().filter(({ sequence }) => sequence > since);
    const values: Values = Object.fromEntries(rows.map((row) => (
      [pathTextOf(row), plain(valueView(row.value))])));
    return { values, sequence: Math.max(since, ...rows.map(({ sequence }) => sequence)) };
  }

  async history(path: string, since: Milliseconds) {
    return this.#rows()
      .filter((row) => pathTextOf(row) === path && row.deviceTime >= since
        && row.deviceTime < since + RECORDS * SECOND)
      .map(({ deviceTime, value }) => [deviceTime, Number(plain(valueView(value)))] as const);
  }

  async until<Found>(
    what: string, probe: () => Promise<Found | undefined>, known: () => string = () => '',
  ): Promise<Found> {
    for (let waited = 0; waited < UNTIL_SECONDS_MAX; waited++) {
      const found = await probe();
      if (found !== undefined) return found;
      this.#world.run(SECOND);
    }
    throw new Error(`not within ${UNTIL_SECONDS_MAX} s: ${what}. ${known()}`);
  }

  #rows(): readonly TelemetryRow[] {
    return [...this.#world.disk.telemetry];
  }
}

function pathTextOf({ object, instance, resource, resourceInstance }: TelemetryRow): string {
  return formatPath(pathOf([object, instance, resource, resourceInstance].filter((id) => id >= 0)));
}

function operated(world: World, refuses: DeviceOptions['refuses']): Operated {
  let temperature: Signal = constant(21.5);
  let executed = '';
  let answered = '';
  const device = world.addDevice({
    endpoint: ENDPOINT, lifetime: 3_600, notifyEvery: DAY, awake: undefined, refuses,
    bodyBytesMax: BODY_BYTES_MAX,
    resources: resources((now, variant) => temperature(now, variant)),
  });
  world.watch({ deviceHeard({ code, datagram }) {
    if (code === Code.POST) executed = executionIn(datagram);
    else if (code >> 5 >= 2) answered = formatCode(code);
  } });
  device.start();
  world.run(SECOND);
  return {
    async setTemperature(celsius) {
      temperature = constant(celsius);
      reportChanged(device, [pathAt('/3303/0/5700')]);
    },
    update: async () => renew(world, device),
    registerAnew: async () => renew(world, device),
    observers: async () => device.observed.length,
    executed: async () => executed,
    async send(path) {
      const since = device.now() + SECOND;
      // What its registration does not list it has all the same.
      device.ownState().resources = device.resources.with({
        [path]: float((now) => (now - since) / 4_000),
      });
      const sending = new Sending(device, {
        every: RECORDS * SECOND, keep: RECORDS, format: 'senml-cbor', paths: [pathAt(path)],
      });
      sending.start();
      world.run((RECORDS + 60) * SECOND);
      sending.stop();
      return { since, code: answered };
    },
  };
}

function executionIn(datagram: Uint8Array): string {
  const message = decodeMessage(datagram);
  if (!message.ok) return '';
  const { payload } = message.value;
  return `/${uriPath(message.value).join('/')} ${decodeUtf8(payload) ?? ''}`.trim();
}

/** Any change that is measured in between is told, too. */
function renew(world: World, device: SimulatedDevice): void {
  update(device);
  world.run(60 * SECOND);
}

function pathAt(words: string): Path {
  const path = parsePath(words);
  if (!path.ok) throw new Error(path.reason);
  return path.value;
}

function resources(celsius: Signal): Resources {
  return new Resources({
    '/1/0/0': integer(constant(1)), '/1/0/1': integer(constant(3_600)),
    ...Object.fromEntries(Object.entries(DEVICE).map(([path, value]) => (
      [path, typeof value === 'number' ? integer(constant(value)) : text(String(value))]))),
    '/3/0/13': () => ({ type: 'time', value: CURRENT_TIME }),
    '/3/0/22/0': () => ({ type: 'objlnk', object: 3303, instance: 0 }),
    '/19/0/0/0': opaque(Uint8Array.of(1, 2, 3)), '/19/0/0/1': opaque(Uint8Array.of(4)),
    '/19/0/1': integer(constant(7)), '/19/0/3': text('readings'),
    '/20/0/4010': eventLogValues()['/20/0/4010']!,
    '/3303/0/5700': float(celsius), '/3303/0/5701': text('Cel'),
    '/3311/0/5706': text('white'), '/3311/0/5850': flag(false),
    '/3311/0/5851': integer(constant(10)),
  });
}
