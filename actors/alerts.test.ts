// Alerts as stories with a device by hand: raised, cleared, acknowledged, muted, and kept over a
// restart.

import { describe, expect, it } from 'vitest';
import { Code } from '../core/coap/message.ts';
import { observe } from '../core/coap/options.ts';
import { ContentFormat } from '../core/lwm2m/content-format.ts';
import type { TelemetryRow } from '../core/store/changes.ts';
import { CALM } from '../sim/network-rules.ts';
import { content, RawClient } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { ALERTS_MAX, type AlertRule } from './alerts.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, NOTHING_WANTED } from './config.ts';
import { ServerManagement } from './management.ts';

const SECOND = 1000;
const HOUR = 3_600 * SECOND;
const common = { match: '*', severity: 'warning' } as const;
const WARM: AlertRule = {
  ...common, kind: 'above', name: 'too warm', path: '/3303/*/5700', limit: 30, until: 28,
};
const COLD: AlertRule = {
  ...common, kind: 'below', name: 'too cold', path: '/3303/0/5700', limit: 2, until: 4,
};

function registered(...alerts: AlertRule[]) {
  const profiles = [{
    ...DEFAULT_PROFILE, read: [], observe: [], attributes: { '/3303/*/5700': { pmax: 60 } },
  }];
  const world = new World({
    seed: 7, network: CALM, config: { ...DEFAULT_CONFIG, profiles, alerts },
  });
  const client = new RawClient(world);
  client.answer = (request) => (
    request.code === Code.PUT ? { code: Code.CHANGED }
      : content('20', observe(request) === 0 ? 0 : undefined));
  client.register('ep=a&lt=3600&lwm2m=1.1', '</3/0>,</3303/0>');
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  const management = () => new ServerManagement(world.server.host, facts);
  const says = (...values: number[]): void => {
    for (const v of values) {
      client.ask(Code.POST, ['dp'], [], JSON.stringify([{ n: '/3303/0/5700', v }]),
        ContentFormat.SENML_JSON);
    }
  };
  const open = () => management().alerts().map(({ rule, path, detail }) => [rule, path, detail]);
  return { world, client, management, says, open };
}

describe('a threshold', () => {
  it('is judged by what was measured last, in whatever order a history comes', () => {
    const { client, open, world } = registered(WARM);
    const now = Math.floor(world.clock.now() / SECOND);
    client.ask(Code.POST, ['dp'], [], JSON.stringify([
      { n: '/3303/0/5700', v: 20, t: now }, { n: '/3303/0/5700', v: 35, t: now - 3_600 },
    ]), ContentFormat.SENML_JSON);
    expect(world.disk.telemetry.length).toBe(2);
    expect(open()).toEqual([]);
  });

  it('is not judged by what comes late, but for the first after a restart', () => {
    const { client, open, world, says } = registered(WARM);
    const late = (v: number, age: number) => client.ask(Code.POST, ['dp'], [], JSON.stringify([
      { n: '/3303/0/5700', v, t: -age },
    ]), ContentFormat.SENML_JSON);
    says(20);
    late(35, 60);
    expect(open()).toEqual([]);
    says(35);
    late(20, 60);
    expect(open()).toHaveLength(1);
    world.crashServer(true);
    world.startServer();
    // A clock that is behind must not silence a device for hours.
    late(20, 3_600);
    expect(open()).toEqual([]);
    expect(world.disk.telemetry.length).toBe(5);
  });

  it('raises one alert, which is cleared when the value is well again and not before', () => {
    const { says, open, world } = registered(WARM);
    says(30, 30.5, 31, 29);
    expect(open()).toEqual([['too warm', '/3303/0/5700', '30.5 is above 30']]);
    says(28);
    expect(open()).toEqual([]);
    says(31);
    expect(open()).toHaveLength(1);
    expect([...world.disk.alerts.values()].map(({ clearedAt }) => clearedAt !== undefined))
      .toEqual([true, false]);
  });

  it('may be from below, and is of the paths and devices it names', () => {
    const { says, open, client } = registered(
      COLD, { ...COLD, name: 'elsewhere', path: '/3303/1/5700' },
      { ...COLD, name: 'of others', match: 'b*' },
    );
    says(1);
    expect(open()).toEqual([['too cold', '/3303/0/5700', '1 is below 2']]);
    client.ask(Code.POST, ['dp'], [], '[{"n":"/3303/0/5701","vs":"-1"}]',
      ContentFormat.SENML_JSON);
    expect(open()).toHaveLength(1);
  });

  it('counts a boolean as 0 or 1', () => {
    const { open, client } = registered({
      ...common, kind: 'above', name: 'open', path: '/3303/0/5500', limit: 0, until: 0,
    });
    const say = (vb: boolean) => client.ask(Code.POST, ['dp'], [],
      JSON.stringify([{ n: '/3303/0/5500', vb }]), ContentFormat.SENML_JSON);
    say(true);
    expect(open()).toHaveLength(1);
    say(false);
    expect(open()).toEqual([]);
  });
});

describe('silence', () => {
  const SILENT: AlertRule = { ...common, kind: 'silent', name: 'silent', span: 600 * SECOND };

  it('raises an alert after its span, which the next message clears', () => {
    const { world, client, says, open } = registered(SILENT);
    says(20);
    world.run(500 * SECOND);
    says(20);
    world.run(590 * SECOND);
    expect(open()).toEqual([]);
    world.run(20 * SECOND);
    expect(open()).toEqual([['silent', '', 'not heard for 10 min']]);
    client.update();
    expect(open()).toEqual([]);
    // The watch begins anew.
    world.run(610 * SECOND);
    expect(open()).toHaveLength(1);
  });

  it('is told after each of several spans', () => {
    const { world, open } = registered(SILENT, { ...SILENT, name: 'gone', span: 1_200 * SECOND });
    world.run(700 * SECOND);
    expect(open()).toHaveLength(1);
    world.run(600 * SECOND);
    expect(open().map(([rule]) => rule)).toEqual(['gone', 'silent']);
  });

  it('is watched after a restart, and cleared after one too', () => {
    const { world, client, open } = registered(SILENT);
    world.run(300 * SECOND);
    world.crashServer(true);
    world.startServer();
    // Notifications leave no trace of when it was last seen.
    world.run(310 * SECOND);
    expect(open()).toEqual([]);
    world.run(300 * SECOND);
    expect(open()).toHaveLength(1);
    world.crashServer(true);
    world.startServer();
    expect(open()).toHaveLength(1);
    client.update();
    expect(open()).toEqual([]);
  });

  it('is told again after a longer span was due, and its watch survives another alert', () => {
    const { world, client, says, open } = registered(
      SILENT, { ...SILENT, name: 'gone', span: 24 * HOUR }, WARM);
    world.run(700 * SECOND);
    expect(open().map(([rule]) => rule)).toEqual(['silent']);
    client.update();
    says(31);
    world.crashServer(true);
    world.startServer();
    world.run(700 * SECOND);
    expect(open().map(([rule]) => rule)).toEqual(['silent', 'too warm']);
  });

  it('of a device that left by its own word is no matter, also if it was missed', () => {
    const { world, client, open } = registered(SILENT);
    world.run(700 * SECOND);
    expect(open()).toHaveLength(1);
    client.ask(Code.DELETE, client.location);
    world.run(HOUR);
    expect(open()).toEqual([]);
  });
});

it('an expired registration raises an alert, which the next Register clears', () => {
  const { world, client, open } = registered({ ...common, kind: 'expired', name: 'expired' });
  world.run(2 * HOUR);
  expect(open()).toEqual([['expired', '', 'its registration expired without an Update']]);
  client.register('ep=a&lt=3600&lwm2m=1.1', '</3/0>,</3303/0>');
  expect(open()).toEqual([]);
});

it('reports missing past pmax raise an alert until the path is observed again', () => {
  const { world, client, management, open } = registered(
    { ...common, kind: 'overdue', name: 'overdue' });
  management().setObserved('a', '/3303/0/5700', true);
  world.run(5 * SECOND);
  client.unplug();
  world.run(300 * SECOND);
  expect(open()).toEqual([
    ['overdue', '/3303/0/5700', '/3303/0/5700: not reported for 153 s'],
  ]);
  client.plug();
  client.update();
  world.run(5 * SECOND);
  expect(open()).toEqual([]);
});

describe('reports missing of a path', () => {
  function overdue() {
    const story = registered({ ...common, kind: 'overdue', name: 'overdue' });
    story.management().setObserved('a', '/3303/0/5700', true);
    story.world.run(5 * SECOND);
    story.client.unplug();
    story.world.run(300 * SECOND);
    expect(story.open()).toHaveLength(1);
    return story;
  }

  it('that nobody wants observed any more are no matter', () => {
    const { management, open } = overdue();
    management().setObserved('a', '/3303/0/5700', false);
    expect(open()).toEqual([]);
  });

  it('that is there no more when the device registers anew are no matter', () => {
    const { world, client, management, open } = registered(
      { ...common, kind: 'overdue', name: 'overdue' });
    management().declare('a', { ...NOTHING_WANTED, observe: ['/3303/0/5700'] });
    world.run(5 * SECOND);
    client.unplug();
    world.run(300 * SECOND);
    expect(open()).toHaveLength(1);
    client.plug();
    client.register('ep=a&lt=3600&lwm2m=1.1', '</3/0>');
    expect(open()).toEqual([]);
  });

  it('that the profile wants no more after a restart are no matter', () => {
    const { world, client, open } = registered(
      { ...common, kind: 'overdue', name: 'overdue' });
    const [profile] = world.config.profiles;
    const withPath = { ...profile!, observe: ['/3303/0/5700'] };
    const start = (profiles: typeof world.config.profiles) => {
      world.crashServer(true);
      world.config = { ...world.config, profiles };
      world.startServer();
    };
    start([withPath]);
    world.run(5 * SECOND);
    client.unplug();
    world.run(400 * SECOND);
    expect(open()).toHaveLength(1);
    start([profile!]);
    expect(open()).toEqual([]);
  });
});

describe('what people do', () => {
  it('acknowledging is kept, and done once', () => {
    const { world, says, management } = registered(WARM);
    says(31);
    const [alert] = management().alerts();
    const id = alert?.id ?? 0;
    expect(management().counts().alerts).toBe(1);
    expect(management().acknowledgeAlert(id, 'op').ok).toBe(true);
    expect(management().acknowledgeAlert(id, 'op').ok).toBe(false);
    expect(management().counts().alerts).toBe(0);
    world.run(SECOND);
    world.crashServer(true);
    world.startServer();
    expect(management().alerts()).toMatchObject([{ id, acknowledgedBy: 'op' }]);
    says(20);
    expect(management().acknowledgeAlert(id, 'op').ok).toBe(false);
  });

  it('muting holds back the same alert until its time is over, also over a restart', () => {
    const { world, says, management, open } = registered(WARM);
    says(31);
    const id = management().alerts()[0]?.id ?? 0;
    expect(management().muteAlert(id, management().now() + HOUR).ok).toBe(true);
    says(20, 31);
    expect(open()).toEqual([]);
    world.crashServer(true);
    world.startServer();
    says(32);
    expect(open()).toEqual([]);
    world.run(HOUR);
    expect(open()).toEqual([['too warm', '/3303/0/5700', '31 is above 30']]);
    expect(management().muteAlert(id, 0).ok).toBe(false);
  });

  it('an alert is as new when its mute ends', () => {
    const { world, says, management } = registered(WARM);
    const told: unknown[] = [];
    management().subscribe((event) => {
      if (event.kind === 'alert') told.push(event.row.mutedUntil);
    }, false);
    says(31);
    const id = management().alerts()[0]?.id ?? 0;
    const until = management().now() + HOUR;
    management().muteAlert(id, until);
    world.run(SECOND);
    expect(management().counts().alerts).toBe(0);
    world.run(HOUR);
    expect(management().counts().alerts).toBe(1);
    expect(management().alerts()).toMatchObject([{ id, mutedUntil: undefined }]);
    expect(told).toEqual([undefined, until, undefined]);
  });

  it('a mute that is made longer ends when the later one does', () => {
    const { world, says, management } = registered(WARM);
    says(31);
    const id = management().alerts()[0]?.id ?? 0;
    management().muteAlert(id, management().now() + HOUR);
    management().muteAlert(id, management().now() + 3 * HOUR);
    world.run(2 * HOUR);
    expect(management().counts().alerts).toBe(0);
    world.run(2 * HOUR);
    expect(management().counts().alerts).toBe(1);
  });

  describe('what comes again while it is muted', () => {
    /** A device that was silent, is muted for it, is heard, and is silent again. */
    function mutedAgain() {
      const story = registered(
        { ...common, kind: 'silent', name: 'silent', span: 600 * SECOND });
      const { world, client, management } = story;
      world.run(700 * SECOND);
      const id = management().alerts()[0]?.id ?? 0;
      management().muteAlert(id, management().now() + HOUR);
      client.update();
      world.run(1_000 * SECOND);
      expect([story.open(), management().counts().alerts]).toEqual([[], 0]);
      return story;
    }

    it('is shown when the mute ends and it lasts', () => {
      const { world, open, management } = mutedAgain();
      world.run(HOUR);
      expect(open()).toEqual([['silent', '', 'not heard for 10 min']]);
      expect(management().counts().alerts).toBe(1);
    });

    it('is shown also when the server was restarted meanwhile', () => {
      const { world, open } = mutedAgain();
      world.crashServer(true);
      world.startServer();
      expect(open()).toEqual([]);
      world.run(HOUR);
      expect(open()).toEqual([['silent', '', 'not heard for 10 min']]);
    });

    it('is not shown when it was over before', () => {
      const { world, client, open } = mutedAgain();
      for (let round = 0; round < 8; round++) {
        client.update();
        world.run(500 * SECOND);
      }
      expect(open()).toEqual([]);
      // Nor is the mute longer than it was to be.
      world.run(700 * SECOND);
      expect(open()).toHaveLength(1);
    });
  });

  it('forgetting a device forgets its alerts', () => {
    const { world, says, management } = registered(WARM);
    says(31);
    management().forget('a');
    world.run(SECOND);
    expect([management().alerts(), world.disk.alerts.size]).toEqual([[], 0]);
  });
});

it('an alert of a rule that is there no more is cleared at the next start', () => {
  const { world, says, open, management } = registered(WARM);
  says(31);
  world.crashServer(true);
  const { config } = world;
  Object.assign(config, { alerts: [] });
  world.startServer();
  const told: string[] = [];
  management().subscribe((event) => {
    if (event.kind === 'alert') told.push(`${event.endpoint} ${event.turn}`);
  }, false);
  world.run(SECOND);
  expect([open(), told]).toEqual([[], ['a cleared']]);
});

it('alerts are told to who watches once they are on disk', () => {
  const { world, says, management } = registered(WARM);
  const told: string[] = [];
  management().subscribe((event) => {
    if (event.kind !== 'alert') return;
    expect(world.disk.alerts.has(event.row.id)).toBe(true);
    expect([event.row.raisedAt, event.row.clearedAt]).toContain(event.at);
    told.push(`${event.endpoint} ${event.turn}`);
  }, false);
  says(31, 20);
  expect(told).toEqual(['a raised', 'a cleared']);
});

it('a silence that found no room is told when there is some', () => {
  const { world, client, open } = registered(
    { ...common, kind: 'silent', name: 'silent', span: 600 * SECOND }, WARM);
  client.register('ep=b&lt=36000&lwm2m=1.1', '</3303/0>');
  const { host } = world.server;
  const device = host.devices.get('b')!;
  const values = (warmth: number): TelemetryRow[] => (
    Array.from({ length: ALERTS_MAX }, (_, resourceInstance) => ({
      sequence: 1, device: device.id, object: 3303, instance: 0, resource: 5700, resourceInstance,
      deviceTime: 0, receiveTime: 0, value: { type: 'float', value: warmth },
    })));
  host.alerts.onValues(device, values(31));
  world.run(700 * SECOND);
  expect(open().filter(([rule]) => rule === 'silent')).toEqual([]);
  host.alerts.onValues(device, values(20));
  world.run(600 * SECOND);
  expect(open().map(([rule]) => rule)).toEqual(['silent', 'silent']);
});

it('alerts end at their limit, and what was muted and is over makes room', () => {
  const { world, management } = registered(WARM);
  const { host } = world.server;
  const device = host.devices.get('a')!;
  const value = (resourceInstance: number, warmth: number): TelemetryRow => ({
    sequence: 1, device: device.id, object: 3303, instance: 0, resource: 5700, resourceInstance,
    deviceTime: 0, receiveTime: 0, value: { type: 'float', value: warmth },
  });
  const all = Array.from({ length: ALERTS_MAX + 1 }, (_, index) => value(index, 31));
  host.alerts.onValues(device, all);
  expect(management().alerts()).toHaveLength(ALERTS_MAX);
  const first = management().alerts().at(-1)?.id ?? 0;
  management().muteAlert(first, management().now() + 60 * SECOND);
  host.alerts.onValues(device, [value(0, 20), value(ALERTS_MAX, 31)]);
  expect(management().alerts()).toHaveLength(ALERTS_MAX - 1);
  world.run(61 * SECOND);
  host.alerts.onValues(device, [value(ALERTS_MAX, 31)]);
  expect(management().alerts()).toHaveLength(ALERTS_MAX);
});
