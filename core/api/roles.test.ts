// Who may call what: every procedure of the router with every role. The table is checked against
// the router, so a new procedure without a line here fails.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { procedureTypes, type Browser } from './testing/browser.ts';
import { PASSWORD, startWorld, type World } from './testing/world.ts';
import type { Role } from './views.ts';

const AUDIENCE: Record<string, Role | 'anyone'> = {
  'session.me': 'anyone',
  'session.login': 'anyone',
  'session.loginByLink': 'anyone',
  'session.logout': 'anyone',
  'session.changePassword': 'viewer',
  'session.setFirstPassword': 'viewer',
  'session.list': 'viewer',
  'session.revoke': 'viewer',
  'users.list': 'admin',
  'users.add': 'admin',
  'users.setRole': 'admin',
  'users.setPassword': 'admin',
  'users.remove': 'admin',
  'users.loginLink': 'admin',
  'tokens.list': 'viewer',
  'tokens.make': 'viewer',
  'tokens.revoke': 'viewer',
  'server.facts': 'viewer',
  'server.statechart': 'viewer',
  'fleet.window': 'viewer',
  'fleet.refusals': 'viewer',
  'device.detail': 'viewer',
  'device.series': 'viewer',
  'device.track': 'viewer',
  'device.events': 'viewer',
  'device.links': 'viewer',
  'device.request': 'operator',
  'device.cancel': 'operator',
  'device.declare': 'operator',
  'device.setObserved': 'operator',
  'device.describe': 'operator',
  'device.provision': 'admin',
  'device.forget': 'admin',
  'credentials.list': 'operator',
  'credentials.page': 'operator',
  'credentials.files': 'operator',
  'credentials.add': 'admin',
  'credentials.import': 'admin',
  'credentials.rotate': 'admin',
  'credentials.revoke': 'admin',
  'credentials.key': 'admin',
  'alerts.open': 'viewer',
  'alerts.past': 'viewer',
  'alerts.acknowledge': 'operator',
  'alerts.mute': 'operator',
  'logs.lines': 'viewer',
  'messages.page': 'viewer',
  'messages.record': 'operator',
  'operations.list': 'viewer',
  'operations.get': 'viewer',
  'operations.ask': 'operator',
  'operations.writeFile': 'operator',
  'events.list': 'viewer',
  'telemetry.values': 'viewer',
  'telemetry.buckets': 'viewer',
  'sql.query': 'admin',
  'webhooks.list': 'admin',
  'webhooks.make': 'admin',
  'webhooks.remove': 'admin',
  'webhooks.deliveries': 'admin',
  'models.list': 'viewer',
  'models.detail': 'viewer',
  'models.add': 'admin',
  'models.remove': 'admin',
  'lab.scenarios': 'viewer',
  'lab.scenario': 'viewer',
  'lab.check': 'operator',
  'lab.save': 'operator',
  'lab.remove': 'operator',
  'lab.runs': 'viewer',
  'lab.run': 'viewer',
  'lab.start': 'operator',
  'lab.stop': 'operator',
  'lab.forget': 'operator',
  'lab.compare': 'viewer',
  'live.stream': 'viewer',
  'live.watch': 'viewer',
};
const RANK = { anyone: 0, viewer: 1, operator: 2, admin: 3 };

let world: World;
const browsers = new Map<string, Browser>();

beforeAll(async () => {
  world = await startWorld();
  browsers.set('anyone', world.browser());
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    browsers.set(role, await world.as(role));
  }
});
afterAll(() => world.end());

test('the table names exactly the procedures of the router', () => {
  expect(Object.keys(AUDIENCE).sort()).toEqual([...procedureTypes.keys()].sort());
});

test.each(Object.entries(AUDIENCE))('%s is for %s and above', async (procedure, audience) => {
  for (const role of ['anyone', 'viewer', 'operator', 'admin'] as const) {
    // Input that no procedure takes: whoever is let in is told so, and nothing happens.
    const code = await codeOf(role, procedure);
    const refused = role === 'anyone' ? ['UNAUTHORIZED'] : ['FORBIDDEN'];
    const expected = RANK[role] < RANK[audience] ? refused : ['BAD_REQUEST', undefined];
    expect(expected, `${procedure} as ${role}`).toContain(code);
  }
});

test('a role that is taken away is gone with the next request', async () => {
  const admin = browsers.get('admin') as Browser;
  const operator = browsers.get('operator') as Browser;
  const input = { endpoint: 'sensor', wish: { kind: 'read', path: '/3/0' } };
  world.management.add('sensor');
  expect((await operator.call('device.request', input)).status).toBe(200);
  await admin.mustCall('users.setRole', { name: 'operator', role: 'viewer' });
  expect((await operator.call('device.request', input)).code).toBe('FORBIDDEN');
});

test('who came by a link may only see to their own login until a password is set', async () => {
  const linked = world.browser();
  const token = new URL(world.api.loginLink('admin')).hash.slice(1);
  await linked.mustCall('session.loginByLink', { token });
  for (const procedure of Object.keys(AUDIENCE)) {
    if (procedure === 'session.logout') continue;
    const code = await answerOf(linked, procedure);
    if (procedure.startsWith('session.')) expect(code, procedure).not.toBe('FORBIDDEN');
    else expect(code, procedure).toBe('FORBIDDEN');
  }
  expect((await linked.call('users.list')).sentence).toBe('Please set a password first.');
  await linked.mustCall('session.setFirstPassword', { next: PASSWORD });
  expect((await linked.call('users.list')).status).toBe(200);
});

async function codeOf(role: string, procedure: string): Promise<string | undefined> {
  // Logging out would end the session that the other lines need.
  const browser = procedure === 'session.logout' && role !== 'anyone'
    ? await world.as(role as Role)
    : browsers.get(role) as Browser;
  return answerOf(browser, procedure);
}

/** The error's code for input that no procedure takes. */
async function answerOf(browser: Browser, procedure: string): Promise<string | undefined> {
  if (procedureTypes.get(procedure) !== 'subscription') {
    return (await browser.call(procedure, { nonsense: true })).code;
  }
  const stream = await browser.stream({ page: 'nonsense' });
  await stream.closed;
  const error = stream.events.find(({ event }) => event === 'serialized-error');
  return (JSON.parse(error?.data ?? '{}') as { data?: { code: string } }).data?.code;
}
