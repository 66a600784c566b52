// What people see of the whole: the table of devices, the counts, the refused attempts, and the
// live events that keep them current.

import { describe, expect, it } from 'vitest';
import type { FleetQuery, LiveEvent } from '../core/api/management.ts';
import { Code } from '../core/coap/message.ts';
import { CALM } from '../sim/network-rules.ts';
import { RawClient } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG } from './config.ts';
import { observe, parseObservation } from './device.ts';
import { ServerManagement } from './management.ts';
import { Refusals, REFUSALS_MAX } from './refusals.ts';

const ALL: FleetQuery = {
  search: '', state: 'all', sort: 'endpoint', descending: false, offset: 0, limit: 200,
};

/** Devices a (awake), b (asleep), c (deregistered), d (expired), e (never seen). */
function newFleet() {
  const world = new World({ seed: 8, network: CALM, config: DEFAULT_CONFIG });
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  const management = new ServerManagement(world.server.host, facts);
  new RawClient(world, '10.2.0.4').register('ep=d&lwm2m=1.1&lt=1');
  const b = new RawClient(world, '10.2.0.2');
  b.register('ep=b&lwm2m=1.1&lt=6000&Q');
  world.run(100_000);
  new RawClient(world, '10.2.0.1').register('ep=a&lwm2m=1.1&lt=6000');
  const c = new RawClient(world, '10.2.0.3');
  c.register('ep=c&lwm2m=1.1&lt=6000');
  c.ask(Code.DELETE, c.location);
  management.provision('e');
  const endpoints = (query: Partial<FleetQuery> = {}) =>
    management.fleet({ ...ALL, ...query }).rows.map(({ endpoint }) => endpoint).join('');
  return { world, management, endpoints, b };
}

describe('the fleet', () => {
  it('has each device in its state, and their counts', () => {
    const { management } = newFleet();
    expect(management.fleet(ALL).rows.map(({ endpoint, state }) => `${endpoint} ${state}`)).toEqual([
      'a awake', 'b asleep', 'c deregistered', 'd expired', 'e never',
    ]);
    expect(management.counts()).toMatchObject({
      devices: 5, registered: 2, awake: 1, asleep: 1, silent: 0, expired: 1,
    });
  });

  it('is sorted by any column, what has no value last in either direction', () => {
    const { endpoints } = newFleet();
    expect(endpoints({ descending: true })).toBe('edcba');
    expect(endpoints({ sort: 'state' })).toBe('abdce');
    expect(endpoints({ sort: 'expiresAt' })).toBe('badce');
    expect(endpoints({ sort: 'expiresAt', descending: true })).toBe('abdce');
    expect(endpoints({ sort: 'batteryPercent' })).toHaveLength(5);
  });

  it('counts in the order of numbers in names', () => {
    const { management, endpoints } = newFleet();
    for (const name of ['pump-10', 'pump-9', 'pump-009b']) management.provision(name);
    expect(endpoints({ search: 'pump' })).toBe('pump-9pump-009bpump-10');
  });

  it('is filtered by state, and searched in names and tags', () => {
    const { management, endpoints } = newFleet();
    expect(endpoints({ state: 'asleep' })).toBe('b');
    management.describe('c', { displayName: 'North Gate', tags: ['Cellar'] });
    expect(endpoints({ search: 'north' })).toBe('c');
    expect(endpoints({ search: 'CELL' })).toBe('c');
    expect(endpoints({ search: 'B' })).toBe('b');
    expect(endpoints({ search: 'nothing' })).toBe('');
    expect(endpoints({ search: 'e', state: 'asleep' })).toBe('');
  });

  it('is shown in windows', () => {
    const { management, endpoints } = newFleet();
    expect(endpoints({ offset: 1, limit: 2 })).toBe('bc');
    expect(management.fleet({ ...ALL, offset: 4, limit: 10 })).toMatchObject({ total: 5, offset: 4 });
    expect(endpoints({ offset: 99 })).toBe('');
  });

  it('counts what waits for a device', () => {
    const { world, management, b } = newFleet();
    management.request('b', { kind: 'read', path: '/3/0/0' }, 'anna');
    const [row] = management.fleet({ ...ALL, search: 'b' }).rows;
    expect(row?.operationsWaiting).toBe(1);
    expect(management.counts().operationsWaiting).toBe(1);
    b.update();
    world.run(1000);
    expect(management.counts().operationsWaiting).toBe(0);
  });
});

describe('those who watch', () => {
  it('are told what happened to a device once it is on disk, and values only if they hear them', () => {
    const { world, management, b } = newFleet();
    const events: LiveEvent[] = [];
    management.subscribe((event) => events.push(event), false);
    world.disk.commitDelay = { least: 1000, most: 1000 };
    b.notify(b.tokenOf('/3303/0/5700'), 9, '5');
    b.ask(Code.POST, ['rd'], ['ep=b', 'lwm2m=1.1', 'lt=300'], '</3/0>');
    expect(events.map(({ kind }) => kind)).not.toContain('event');
    world.run(3000);
    expect(events).toContainEqual(expect.objectContaining({
      kind: 'event', endpoint: 'b', row: expect.objectContaining({ type: 'registered' }) as object,
    }));
    expect(events.map(({ kind }) => kind)).not.toContain('value');
  });


  it('are told of devices, values and refusals until they stop, values once they are on disk', () => {
    const { world, management, b } = newFleet();
    const events: LiveEvent[] = [];
    const stop = management.subscribe((event) => events.push(event), true);
    world.disk.commitDelay = { least: 1000, most: 1000 };
    b.notify(b.tokenOf('/3303/0/5700'), 9, '5');
    world.run(500);
    expect(events.map(({ kind }) => kind)).not.toContain('value');
    world.run(1000);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'value', endpoint: 'b' }));
    b.ask(Code.POST, ['rd'], ['lwm2m=1.1']);
    expect(events.at(-1)).toEqual({ kind: 'refused' });
    stop();
    const count = events.length;
    b.update();
    expect(events).toHaveLength(count);
  });
});

describe('refusals', () => {
  const refusal = {
    at: 1, endpoint: 'a', address: '10.0.0.1:1', reason: 'no', answer: '4.00', retryAt: undefined,
  };

  it('are one line for each endpoint and reason, the newest first', () => {
    const refusals = new Refusals();
    refusals.note(refusal);
    refusals.note({ ...refusal, endpoint: 'b' });
    refusals.note({ ...refusal, at: 5, address: '10.0.0.2:1' });
    expect(refusals.list()).toMatchObject([
      { endpoint: 'a', at: 5, count: 2, address: '10.0.0.2:1' }, { endpoint: 'b', count: 1 },
    ]);
    expect(refusals.total).toBe(3);
  });

  it('of who came without security take no place of who proved himself', () => {
    const refusals = new Refusals();
    refusals.note({ ...refusal, security: 'x509' });
    refusals.note({ ...refusal, security: 'none' });
    expect(refusals.list().map(({ security }) => security)).toEqual(['none', 'x509']);
  });

  it('are the last few, with names cut to what can be shown', () => {
    const refusals = new Refusals();
    for (let index = 0; index < 1000; index++) {
      refusals.note({ ...refusal, endpoint: `${index}`.padEnd(500, 'x') });
    }
    expect(refusals.list()).toHaveLength(REFUSALS_MAX);
    expect(refusals.list()[0]?.endpoint).toHaveLength(128);
    expect(refusals.list()[0]?.endpoint).toMatch(/^999x/);
    expect(refusals.total).toBe(1000);
  });
});

describe('a stored observation', () => {
  it.for([
    ['/3/0/9', 'established'], ['?/3/0/9', 'wanted'], ['!/3/0/9', 'refused'],
    ['-/3/0/9', 'unwanted'], ['~/3/0/9', 'free'],
  ] as const)('%s is %s', ([text, state]) => {
    expect(parseObservation(text)).toEqual(
      observe([{ object: 3, instance: 0, resource: 9 }], state),
    );
  });

  it('may be of several paths', () => {
    expect(parseObservation('?/3/0/9+/4')).toEqual(
      observe([{ object: 3, instance: 0, resource: 9 }, { object: 4 }], 'wanted'),
    );
  });

  it('that is none is nothing', () => {
    for (const text of ['', '?', '/3+', 'x/3/0', '/99999', '?!/3/0/9']) {
      expect(parseObservation(text)).toBeUndefined();
    }
  });
});
