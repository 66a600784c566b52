// API tokens: what they open and do not open, how they end, and what is kept of them.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOGINS_PER_MINUTE } from './http.ts';
import type { Browser } from './testing/browser.ts';
import { auditLines, PASSWORD, startWorld, type World } from './testing/world.ts';
import { Tokens, TOKENS_PER_USER_MAX } from './tokens.ts';
import type { MadeToken, Role, TokenView } from './views.ts';

const DAY = 24 * 3_600_000;
let world: World;
let asAdmin: Browser;
let asOperator: Browser;

beforeAll(async () => {
  world = await startWorld();
  [asAdmin, asOperator] = [await world.as('admin'), await world.as('operator')];
});
afterAll(() => world.end());

const make = (browser: Browser, role: Role, days = 1, name = 'script'): Promise<MadeToken> =>
  browser.mustCall<MadeToken>('tokens.make', { name, role, days });

/** What a program with this token is told; it has no cookie and names no origin. */
function calling(secret: string, procedure: string, input?: unknown) {
  const program = world.browser();
  program.origin = undefined;
  return program.call(procedure, input, { authorization: `Bearer ${secret}` });
}

const read = { endpoint: 'sensor', wish: { kind: 'read', path: '/3/0' } };

test('a token opens what its role does, without a cookie and from no site', async () => {
  world.management.add('sensor');
  const [writing, reading] = [await make(asOperator, 'operator'), await make(asOperator, 'viewer')];
  expect(writing.secret).toMatch(/^flownexus_[\w-]{43}$/);
  const answer = await calling(writing.secret, 'device.request', read);
  expect(answer).toMatchObject({ status: 200, data: { requestedBy: 'operator' } });
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect((await calling(reading.secret, 'device.request', read)).code).toBe('FORBIDDEN');
  expect((await calling(reading.secret, 'fleet.refusals')).status).toBe(200);
  expect((await calling(reading.secret, 'session.me')).data)
    .toMatchObject({ name: 'operator', role: 'viewer' });
});

test('a token may do no more than its maker, then and later', async () => {
  expect(await asOperator.call('tokens.make', { name: 'x', role: 'admin', days: 1 }))
    .toMatchObject({ status: 403, sentence: 'A token may not do more than you.' });
  const { secret } = await make(asOperator, 'operator');
  await asAdmin.mustCall('users.setRole', { name: 'operator', role: 'viewer' });
  expect((await calling(secret, 'device.request', read)).code).toBe('FORBIDDEN');
  await asAdmin.mustCall('users.setRole', { name: 'operator', role: 'operator' });
  expect((await calling(secret, 'device.request', read)).status).toBe(200);
});

test.each([
  ['session.changePassword', { current: PASSWORD, next: PASSWORD }], ['session.list', undefined],
  ['session.login', { name: 'admin', password: PASSWORD }], ['users.list', undefined],
  ['tokens.list', undefined], ['tokens.make', { name: 'x', role: 'viewer', days: 1 }],
])('not even an admin\'s token opens %s', async (procedure, input) => {
  const { secret } = await make(asAdmin, 'admin');
  expect(await calling(secret, procedure, input)).toMatchObject({
    status: 403, sentence: 'Accounts are for people: log in to the dashboard.',
  });
});

test('a token ends with its time, by revocation and with its owner', async () => {
  const own = await startWorld();
  const [admin, viewer] = [await own.as('admin'), await own.as('viewer')];
  const works = async (secret: string): Promise<boolean> => {
    const headers = { authorization: `Bearer ${secret}` };
    return (await own.browser().call('session.me', undefined, headers)).status === 200;
  };
  const tokens = await Promise.all([1, 2, 30, 365].map((days) => make(viewer, 'viewer', days)));
  const [day, twoDays, month, year] = tokens.map(({ secret }) => secret) as
    [string, string, string, string];
  own.clock.advance(DAY - 1);
  expect(await works(day)).toBe(true);
  own.clock.advance(1);
  expect([await works(day), await works(twoDays)]).toEqual([false, true]);
  await viewer.mustCall('tokens.revoke', { id: tokens[1]?.id });
  expect([await works(twoDays), await works(month)]).toEqual([false, true]);
  await admin.mustCall('tokens.revoke', { id: tokens[2]?.id });
  expect([await works(month), await works(year)]).toEqual([false, true]);
  await admin.mustCall('users.remove', { name: 'viewer' });
  await own.as('viewer');
  expect(await works(year)).toBe(false);
  expect(await own.db.query('SELECT * FROM api_token')).toEqual([]);
  expect((await auditLines(own.db)).filter((line) => line.includes('token')).slice(-2)).toEqual([
    `viewer: token revoked ${tokens[1]?.id} of viewer`,
    `admin: token revoked ${tokens[2]?.id} of viewer`,
  ]);
  await own.end();
});

test('each sees and revokes their own tokens, an admin those of all', async () => {
  const own = await startWorld();
  const [admin, viewer, operator] =
    [await own.as('admin'), await own.as('viewer'), await own.as('operator')];
  const { id } = await make(operator, 'operator', 7, 'of the operator');
  await make(viewer, 'viewer');
  const owners = async (browser: Browser): Promise<string[]> =>
    (await browser.mustCall<TokenView[]>('tokens.list')).map(({ user }) => user);
  expect([await owners(viewer), await owners(operator), await owners(admin)])
    .toEqual([['viewer'], ['operator'], ['operator', 'viewer']]);
  expect((await viewer.call('tokens.revoke', { id })).status).toBe(404);
  expect((await operator.mustCall<TokenView[]>('tokens.list'))[0]).toEqual({
    id, user: 'operator', name: 'of the operator', role: 'operator', lastUsedAt: null,
    createdAt: own.clock.now(), expiresAt: own.clock.now() + 7 * DAY,
  });
  await own.end();
});

test('the database holds no token, and a restart forgets none', async () => {
  const { id, secret } = await make(asAdmin, 'operator');
  expect((await calling(secret, 'session.me')).status).toBe(200);
  const text = JSON.stringify(await world.db.query('SELECT hash, name, "user" FROM api_token'));
  expect(text).not.toContain(secret.slice(-20));
  const reopened = await Tokens.open(world.db, world.clock, world.api.accounts);
  expect(reopened.identify(secret)).toMatchObject({ name: 'admin', role: 'operator' });
  expect(reopened.list().find((token) => token.id === id))
    .toMatchObject({ lastUsedAt: world.clock.now() });
});

test('somebody has only so many tokens', async () => {
  const own = await startWorld();
  const viewer = await own.as('viewer');
  for (let made = 0; made < TOKENS_PER_USER_MAX; made++) await make(viewer, 'viewer', 1);
  expect(await viewer.call('tokens.make', { name: 'x', role: 'viewer', days: 1 })).toMatchObject({
    status: 409, sentence: `You have ${TOKENS_PER_USER_MAX} tokens; revoke one of them.`,
  });
  own.clock.advance(DAY);
  await viewer.mustCall('tokens.make', { name: 'x', role: 'viewer', days: 1 });
  await own.end();
});

test.each([
  [{ name: '', role: 'viewer', days: 1 }], [{ name: 'x', role: 'viewer', days: 366 }],
  [{ name: 'x', role: 'viewer', days: 0 }], [{ name: 'x', role: 'viewer' }],
  [{ name: 'x', role: 'root', days: 1 }],
])('no token is made of %j', async (input) => {
  expect((await asAdmin.call('tokens.make', input)).status).toBe(400);
});

test('wrong tokens are tries like logins; a right one still works', async () => {
  const own = await startWorld();
  const { secret } = await make(await own.as('admin'), 'admin');
  own.management.add('sensor');
  const statuses: number[] = [];
  for (let tries = 0; tries < LOGINS_PER_MINUTE; tries++) {
    const headers = { authorization: `Bearer flownexus_${tries}` };
    statuses.push((await own.browser().call('session.me', undefined, headers)).status);
  }
  // One try was the login.
  expect(statuses).toEqual([...Array(LOGINS_PER_MINUTE - 1).fill(401), 429]);
  const headers = { authorization: `Bearer ${secret}` };
  expect((await own.browser().call('session.me', undefined, headers)).status).toBe(200);
  await own.end();
});

test('a wrong token is refused even where a cookie would do', async () => {
  for (const authorization of ['Bearer wrong', 'bearer ', 'Bearer a']) {
    const { status, sentence } = await asAdmin.call('users.list', undefined, { authorization });
    expect([status, sentence])
      .toEqual([401, 'This token is unknown, was revoked or has expired.']);
  }
  expect((await asAdmin.call('users.list', undefined, { authorization: 'Basic eA==' })).status)
    .toBe(200);
});

test('a live stream ends with the token that opened it', async () => {
  const { id, secret } = await make(asAdmin, 'viewer');
  const stream = await world.browser()
    .stream({ page: 'other' }, { authorization: `Bearer ${secret}` });
  await stream.until(() => stream.of('counts').length > 0, () => world.clock.advance(250));
  await asAdmin.mustCall('tokens.revoke', { id });
  await stream.until(() => stream.events.some(({ event }) => event === 'serialized-error'),
    () => world.clock.advance(250));
});
