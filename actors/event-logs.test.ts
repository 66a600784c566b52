// The event log as stories: configured, started and stopped as is wanted, and each of its lines
// stored once, however it comes, through the whole server in virtual time.

import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../core/bytes.ts';
import type { WantedEventLog } from '../core/api/management.ts';
import { Code, CON, OptionNumber } from '../core/coap/message.ts';
import { observe, uintOptionOf } from '../core/coap/options.ts';
import { ContentFormat, encodePayload } from '../core/lwm2m/content-format.ts';
import { pathOf } from '../core/lwm2m/path.ts';
import { CALM } from '../sim/network-rules.ts';
import { eventLogValues } from '../sim/objects/event-log.ts';
import { Resources, text } from '../sim/resources.ts';
import { pathText, RawClient, type Answer } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import {
  DEFAULT_CONFIG, DEFAULT_PROFILE, NOTHING_WANTED, type Limits, type Profile,
} from './config.ts';
import { GAP_TOLD_AFTER } from './device-logs.ts';
import { EVENT_LOGS_MAX } from './event-logs.ts';
import { ServerManagement } from './management.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const LINKS = '</>;rt="oma.lwm2m";ct="110",</3/0>,</20/0>';

function newWorld(profile: Partial<Profile>, limits: Partial<Limits> = {}) {
  const world = new World({ seed: 1, network: CALM, config: {
    ...DEFAULT_CONFIG, limits: { ...DEFAULT_CONFIG.limits, ...limits },
    profiles: [{ ...DEFAULT_PROFILE, ...NOTHING_WANTED, ...profile }],
  } });
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  return { world, management: new ServerManagement(world.server.host, facts) };
}

/** A simulated device that logs what it does. */
function logging(eventLog: WantedEventLog | null, more: Partial<Profile> = {}) {
  const { world, management } = newWorld({ eventLog, ...more });
  const device = world.addDevice({
    endpoint: 'a', lifetime: 600, notifyEvery: 10 * MINUTE,
    awake: undefined, eventLog: true,
    resources: new Resources({ '/3/0/3': text('1.0.0'), ...eventLogValues() }),
  });
  device.start();
  world.run(10 * SECOND);
  const ask = (path: string, parameters: string) => {
    management.request('a', { kind: 'execute', path, arguments: parameters }, 'ada');
    world.run(SECOND);
  };
  const status = () => {
    management.request('a', { kind: 'read', path: '/20/0/4013' }, 'ada');
    world.run(SECOND);
    return [...world.disk.telemetry].findLast(({ resource }) => resource === 4013)?.value;
  };
  return { world, management, device, ask, status };
}

/** The words of the lines, without the seconds that the device writes before them. */
function logged(world: World): string[] {
  return world.disk.logs.map((row) => row.text.replace(/^\d+ /, ''));
}

describe('the event log of a simulated device', () => {
  it('is observed, and each of its lines stored once', () => {
    const { world, device } = logging({});
    expect(logged(world)).toEqual(['registered']);
    expect(world.disk.logs[0]).toMatchObject({ source: '/20/0/4014', device: 1, severity: 6 });
    device.reboot();
    world.run(MINUTE);
    expect(logged(world)).toEqual(['registered', 'reboot', 'registered']);
    // All of it is reported again and again.
    world.run(40 * MINUTE);
    expect(logged(world)).toEqual(['registered', 'reboot', 'registered']);
    for (let round = 0; round < 40; round++) {
      device.reboot();
      world.run(MINUTE);
    }
    // Its log holds no more than the last 30 or so.
    expect(logged(world)).toHaveLength(3 + 80);
  });

  it('may be read at each registration instead', () => {
    const { world, device } = logging({ data: 'read' });
    expect(logged(world)).toEqual(['registered']);
    device.reboot();
    world.run(MINUTE);
    expect(logged(world)).toEqual(['registered', 'reboot', 'registered']);
    expect(device.observed.length).toBe(0);
  });

  it('is left alone when nobody wants it, and becomes lines when somebody reads it', () => {
    const { world, management } = logging(null);
    expect(logged(world)).toEqual([]);
    management.request('a', { kind: 'read', path: '/20/0' }, 'ada');
    world.run(SECOND);
    expect(logged(world)).toEqual(['registered']);
  });

  it('is started again when a device that shall collect has stopped, and keeps its lines', () => {
    const { world, device, ask, status } = logging({ run: true, data: 'never' });
    ask('/20/0/4012', '');
    expect(status()).toEqual({ type: 'integer', value: 3n });
    device.reboot();
    world.run(MINUTE);
    expect(status()).toEqual({ type: 'integer', value: 2n });
  });

  it('is stopped when it shall not collect', () => {
    const { status } = logging({ run: false });
    expect(status()).toEqual({ type: 'integer', value: 3n });
  });

  it('has the class that is wanted, and says what it refuses', () => {
    const { world, management } = logging({ class: 3, format: 2 });
    const { unmet } = management.device('a')!;
    expect(unmet).toEqual([
      { kind: 'write', path: '/20/0/4015', reason: 'the device answered 4.00' },
    ]);
    management.request('a', { kind: 'read', path: '/20/0/4010' }, 'ada');
    world.run(SECOND);
    expect([...world.disk.telemetry].findLast(({ resource }) => resource === 4010)?.value)
      .toEqual({ type: 'integer', value: 3n });
    // It is read by the format that the device has, not by the one it was to have.
    expect(logged(world)).toEqual(['registered']);
  });

  it('may be declared for one device', () => {
    const { world, management } = logging(null);
    management.declare('a', { ...NOTHING_WANTED, eventLog: {} });
    world.run(SECOND);
    expect(logged(world)).toEqual(['registered']);
  });
});

describe('lines of an event log', () => {
  const HEX = /^[0-9a-f]+$/;

  /** A client whose log says what a test lets it say. */
  function telling(data: Uint8Array, limits: Partial<Limits> = {}) {
    const { world, management } = newWorld({ eventLog: {} }, limits);
    const client = new RawClient(world);
    let now = data;
    client.answer = (request): Answer => {
      if (pathText(request) !== '/20/0/4014') return { code: Code.NOT_FOUND };
      return {
        code: Code.CONTENT, payload: now,
        options: [
          ...observe(request) === 0 ? [uintOptionOf(OptionNumber.OBSERVE, 0)] : [],
          uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.OPAQUE),
        ],
      };
    };
    client.register('ep=a&lwm2m=1.1', LINKS);
    world.run(5 * SECOND);
    let sequence = 1;
    const report = (next: Uint8Array) => {
      now = next;
      client.send({
        type: CON, code: Code.CONTENT, token: client.tokenOf('/20/0/4014'), payload: now,
        options: [
          uintOptionOf(OptionNumber.OBSERVE, sequence++),
          uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.OPAQUE),
        ],
      });
      world.run(SECOND);
    };
    return { world, management, client, report };
  }

  it('that nobody can read are hex', () => {
    const { world, report } = telling(Uint8Array.of(1, 2, 3));
    expect(world.disk.logs.map((row) => row.text)).toEqual(['010203']);
    report(new Uint8Array(100).fill(7));
    expect(world.disk.logs.slice(1).map((row) => row.text)).toHaveLength(4);
    expect(world.disk.logs.every((row) => HEX.test(row.text))).toBe(true);
  });

  it('are the value too, as it came', () => {
    const { world } = telling(encodeUtf8('x'));
    expect([...world.disk.telemetry].map(({ value }) => value))
      .toEqual([{ type: 'opaque', value: encodeUtf8('x') }]);
  });

  it('are limited like every log, and a dropped one is not new the next time', () => {
    const lines = Array.from({ length: 50 }, (_, line) => `line ${line}\n`).join('');
    const { world, report } = telling(
      encodeUtf8(lines), { logBurstMax: 2, logLinesPerSecondMax: 1 });
    world.run(GAP_TOLD_AFTER);
    expect(logged(world)).toEqual(['line 0', 'line 1', 'lines dropped in 1 s']);
    report(encodeUtf8(`${lines}more`));
    expect(logged(world).at(-1)).toBe('more');
  });

  it('come a second time after a restart, at most', () => {
    const { world, client, report } = telling(encodeUtf8('one\ntwo'));
    world.crashServer(true);
    world.startServer();
    world.run(MINUTE);
    client.update();
    world.run(MINUTE);
    report(encodeUtf8('one\ntwo\nthree'));
    expect(logged(world)).toContain('three');
    expect(logged(world).filter((line) => line === 'one').length).toBeLessThanOrEqual(2);
  });

  /** What a client sends of instances of the log, in one Send. */
  function sends(client: RawClient, instances: readonly number[], resource: number): void {
    const payload = encodePayload(ContentFormat.SENML_JSON, undefined, instances.map((id) => ({
      path: pathOf([20, id, resource]), value: { type: 'opaque', value: encodeUtf8('tick') },
    })));
    if (!payload.ok) throw new Error(payload.reason);
    client.send({
      type: CON, code: Code.POST, token: Uint8Array.of(9), payload: payload.value,
      options: [
        { number: OptionNumber.URI_PATH, value: encodeUtf8('dp') },
        uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.SENML_JSON),
      ],
    });
    client.world.run(SECOND);
  }

  it('are all new in what is sent as increments', () => {
    const { world, client } = telling(encodeUtf8(''));
    for (let round = 0; round < 2; round++) sends(client, [0], 4016);
    expect(world.disk.logs.map(({ source, text: line }) => `${source} ${line}`))
      .toEqual(['/20/0/4016 tick', '/20/0/4016 tick']);
  });

  it('are known of so many instances, and all new in one more', () => {
    const { world, client } = telling(encodeUtf8(''));
    const instances = Array.from({ length: EVENT_LOGS_MAX + 1 }, (_, id) => id);
    const sources = instances.map((id) => `/20/${id}/4014`);
    client.update('', [LINKS, ...instances.slice(1).map((id) => `</20/${id}>`)].join());
    world.run(SECOND);
    sends(client, instances, 4014);
    expect(world.disk.logs.map(({ source }) => source)).toEqual(sources);
    sends(client, instances, 4014);
    expect(world.disk.logs.slice(instances.length).map(({ source }) => source))
      .toEqual(sources.slice(EVENT_LOGS_MAX));
    expect(world.server.host.devices.get('a')?.eventLogs?.size).toBe(EVENT_LOGS_MAX);
  });
});
