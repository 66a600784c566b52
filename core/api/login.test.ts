// Logging in and what follows from it: cookies, sessions, back-off, links, passwords.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../store/database.ts';
import { newFolder, removeFolders } from '../store/testing.ts';
import { listUsers } from '../store/users.ts';
import { auditLines, HandClock, startWorld, PASSWORD, type World } from './testing/world.ts';
import {
  Accounts, SESSION_IDLE_MAX, SESSION_LIFE_MAX, SESSIONS_PER_USER_MAX, USERS_MAX,
} from './accounts.ts';
import { LOGINS_PER_MINUTE } from './http.ts';
import type { Browser } from './testing/browser.ts';
import type { Me, SessionView, UserView } from './views.ts';

const DAY = 24 * 3_600_000;
let world: World;

beforeAll(async () => { world = await startWorld(); });
afterAll(async () => {
  await world.end();
  removeFolders();
});

const login = (browser: Browser, name: string, password = PASSWORD) =>
  browser.call('session.login', { name, password });

test('a login gives one cookie no script can read, and says who it is', async () => {
  await world.as('viewer');
  const browser = world.browser();
  expect(await browser.mustCall('session.me')).toBeNull();
  expect(browser.cookie).toBeUndefined();
  const answer = await login(browser, 'viewer');
  expect(answer.data).toEqual({ name: 'viewer', role: 'viewer', mustSetPassword: false });
  const cookies = answer.headers['set-cookie'] ?? [];
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatch(/^flownexus=[\w-]{32};/);
  expect(cookies[0]).toMatch(/; HttpOnly/);
  expect(cookies[0]).toMatch(/; SameSite=Strict/);
  expect(cookies[0]).toMatch(/; Path=\//);
  expect(cookies[0]).not.toMatch(/Secure/);
  expect(await browser.mustCall<Me>('session.me')).toMatchObject({ name: 'viewer' });
});

test('a session id planted before the login is worth nothing after it', async () => {
  await world.as('viewer');
  const victim = world.browser();
  victim.cookie = `flownexus=${'A'.repeat(32)}`;
  await login(victim, 'viewer');
  expect(victim.cookie).not.toContain('AAAA');
  const attacker = world.browser();
  attacker.cookie = `flownexus=${'A'.repeat(32)}`;
  expect(await attacker.mustCall('session.me')).toBeNull();
});

test('logging in again ends the session before', async () => {
  const browser = await world.as('viewer');
  const first = browser.cookie;
  await login(browser, 'viewer');
  expect(browser.cookie).not.toBe(first);
  browser.cookie = first;
  expect(await browser.mustCall('session.me')).toBeNull();
});

test('logout ends the session on the server and in the browser', async () => {
  const browser = await world.as('viewer');
  const { cookie } = browser;
  await browser.mustCall('session.logout');
  expect(browser.cookie).toBeUndefined();
  browser.cookie = cookie;
  expect(await browser.mustCall('session.me')).toBeNull();
});

test('a wrong name and a wrong password get the same words, and no cookie', async () => {
  await world.as('viewer');
  const browser = world.browser();
  const [wrongName, wrongPassword] = [
    await login(browser, 'nobody'), await login(browser, 'viewer', 'not this one'),
  ];
  expect(wrongName.status).toBe(401);
  expect(wrongName.text).toBe(wrongPassword.text);
  expect(wrongName.sentence).toBe('That name and password do not belong together.');
  expect(browser.cookie).toBeUndefined();
  expect(world.log.lines.join()).not.toMatch(/nobody|not this one/);
});

test('the database holds neither passwords nor session ids', async () => {
  const browser = await world.as('viewer');
  const id = browser.cookie?.split('=')[1] ?? '';
  const rows = [
    ...await world.db.query('SELECT * FROM "user"'),
    ...await world.db.query('SELECT * FROM session'),
    ...await world.db.query('SELECT * FROM audit'),
  ];
  const text = JSON.stringify(rows, (_, value: unknown) =>
    (typeof value === 'bigint' ? value.toString() : value));
  expect(text).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
  expect(text).not.toContain(PASSWORD);
  expect(text).not.toContain(id);
});

test('a session outlives a restart of the server, and what it may do does too', async () => {
  const own = await startWorld();
  const browser = await own.as('operator');
  const reopened = await Accounts.open(own.db, own.clock);
  const [session] = own.api.accounts.sessionsOf('operator');
  expect(reopened.identify(session?.idHash ?? '')).toMatchObject({ role: 'operator' });
  expect(await browser.mustCall('session.me')).toMatchObject({ role: 'operator' });
  await own.end();
});

test('a session by link ends with a restart, but for who has no other way in', async () => {
  const own = await startWorld();
  await own.api.accounts.add({ name: 'new', role: 'viewer', passwordHash: '' }, 'test');
  await own.api.accounts.add({ name: 'old', role: 'viewer', passwordHash: 'a hash' }, 'test');
  for (const name of ['new', 'old']) {
    const token = new URL(own.api.loginLink(name)).hash.slice(1);
    await own.browser().mustCall('session.loginByLink', { token });
  }
  const reopened = await Accounts.open(own.db, own.clock);
  expect(reopened.sessionsOf('old')).toEqual([]);
  const [session] = reopened.sessionsOf('new');
  const identity = reopened.identify(session?.idHash ?? '');
  expect(identity && reopened.mustSetPassword(identity)).toBe(true);
  await own.end();
});

test('sessions are listed with where they are, and one can be revoked', async () => {
  const own = await startWorld();
  const [here, there] = [await own.as('viewer'), await own.as('viewer')];
  const listed = await here.mustCall<SessionView[]>('session.list');
  expect(listed).toHaveLength(2);
  expect(listed.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
  expect(listed[0]).toMatchObject({ address: '127.0.0.1' });
  const other = listed.find(({ isCurrent }) => !isCurrent);
  await here.mustCall('session.revoke', { id: other?.id });
  expect(await there.mustCall('session.me')).toBeNull();
  expect(await here.mustCall('session.me')).not.toBeNull();
  const admin = await own.as('admin');
  const [of] = await here.mustCall<SessionView[]>('session.list');
  expect((await admin.call('session.revoke', { id: of?.id })).code).toBe('NOT_FOUND');
  await own.end();
});

test('a session ends after a week without use, and after a month in any case', async () => {
  const own = await startWorld();
  const [idle, used] = [await own.as('viewer'), await own.as('viewer')];
  own.clock.advance(SESSION_IDLE_MAX - DAY);
  expect(await used.mustCall('session.me')).not.toBeNull();
  own.clock.advance(DAY);
  expect(await idle.mustCall('session.me')).toBeNull();
  for (let now = SESSION_IDLE_MAX; now < SESSION_LIFE_MAX - DAY; now += DAY) {
    expect(await used.mustCall('session.me')).not.toBeNull();
    own.clock.advance(DAY);
  }
  own.clock.advance(DAY);
  expect(await used.mustCall('session.me')).toBeNull();
  await own.as('viewer');
  expect(await own.db.query('SELECT 1 FROM session')).toHaveLength(1);
  await own.end();
});

test('guessing one account waits longer and longer, whether it exists or not', async () => {
  const own = await startWorld();
  await own.as('viewer');
  for (const name of ['viewer', 'nobody']) {
    const browser = own.browser();
    for (let tries = 0; tries < 5; tries++) {
      expect((await login(browser, name, 'a wrong one')).code).toBe('UNAUTHORIZED');
    }
    const refused = await login(browser, name);
    expect(refused.status).toBe(429);
    expect(refused.sentence).toBe('Too many tries; wait 1 s.');
    own.clock.advance(1_000);
    expect((await login(browser, name, 'a wrong one')).code).toBe('UNAUTHORIZED');
    expect((await login(browser, name)).sentence).toBe('Too many tries; wait 2 s.');
    own.clock.advance(2_000);
  }
  expect((await login(own.browser(), 'viewer')).status).toBe(200);
  expect((await login(own.browser(), 'viewer', 'a wrong one')).code).toBe('UNAUTHORIZED');
  await own.end();
});

test('one address may try only so often a minute, batched or not', async () => {
  const own = await startWorld();
  const browser = own.browser();
  const statuses: number[] = [];
  for (let tries = 0; tries <= LOGINS_PER_MINUTE - 2; tries++) {
    statuses.push((await login(browser, `name${tries}`)).status);
  }
  expect(new Set(statuses)).toEqual(new Set([401]));
  const input = Object.fromEntries([0, 1, 2].map((n) => [n, { name: `b${n}`, password: 'wrong' }]));
  const { text } = await browser.fetch(
    'POST', '/trpc/session.login,session.login,session.login?batch=1', {}, JSON.stringify(input),
  );
  const codes = (JSON.parse(text) as { error: { data: { code: string } } }[])
    .map(({ error }) => error.data.code);
  // The limiter counts all three before it answers the first: it errs to the safe side.
  expect(codes).toEqual(['TOO_MANY_REQUESTS', 'TOO_MANY_REQUESTS', 'TOO_MANY_REQUESTS']);
  await own.end();
});

test('the first start\'s link makes the admin once, who then sets a password', async () => {
  const own = await startWorld();
  expect(own.api.accounts.isEmpty).toBe(true);
  const link = new URL(own.api.loginLink('admin'));
  expect(link.origin).toBe(own.api.addresses[0]);
  expect(link.pathname).toBe('/login');
  const token = link.hash.slice(1);
  const browser = own.browser();
  expect(await browser.mustCall<Me>('session.loginByLink', { token }))
    .toEqual({ name: 'admin', role: 'admin', mustSetPassword: true });
  expect((await own.browser().call('session.loginByLink', { token })).status).toBe(401);
  expect((await login(own.browser(), 'admin', '')).status).toBe(401);
  expect((await browser.call('session.setFirstPassword', { next: 'short' })).sentence)
    .toBe('"next" is not valid: a password has at least 10 characters.');
  const before = browser.cookie;
  await browser.mustCall('session.setFirstPassword', { next: PASSWORD });
  expect(browser.cookie).not.toBe(before);
  expect(await browser.mustCall<Me>('session.me')).toMatchObject({ mustSetPassword: false });
  expect((await browser.call('session.setFirstPassword', { next: PASSWORD })).status).toBe(403);
  expect((await login(own.browser(), 'admin')).status).toBe(200);
  await own.end();
});

test('a link is good for a day, and a newer one replaces it', async () => {
  const own = await startWorld();
  const [first, second] = [own.api.loginLink('admin'), own.api.loginLink('admin')];
  const follow = (link: string) =>
    own.browser().call('session.loginByLink', { token: new URL(link).hash.slice(1) });
  expect((await follow(first)).status).toBe(401);
  own.clock.advance(DAY);
  expect((await follow(second)).status).toBe(401);
  expect((await follow(own.api.loginLink('admin'))).status).toBe(200);
  await own.end();
});

test('a link ends with the password and with the account it was made for', async () => {
  const own = await startWorld();
  const [admin, viewer] = [await own.as('admin'), await own.as('viewer')];
  const next = 'another horse entirely';
  const ends: (readonly [string, () => Promise<unknown>])[] = [
    ['the user\'s own change', () =>
      viewer.mustCall('session.changePassword', { current: PASSWORD, next })],
    ['an admin\'s change', () =>
      admin.mustCall('users.setPassword', { name: 'viewer', password: PASSWORD })],
    ['removal', async () => {
      await admin.mustCall('users.remove', { name: 'viewer' });
      await admin.mustCall('users.add', { name: 'viewer', password: PASSWORD, role: 'viewer' });
    }],
  ];
  const others = new URL(own.api.loginLink('admin')).hash.slice(1);
  for (const [what, end] of ends) {
    const token = new URL(own.api.loginLink('viewer')).hash.slice(1);
    await end();
    expect((await own.browser().call('session.loginByLink', { token })).status, what).toBe(401);
  }
  expect((await own.browser().call('session.loginByLink', { token: others })).status).toBe(200);
  await own.end();
});

test('changing the password needs the current one and ends all other sessions', async () => {
  const own = await startWorld();
  const [here, there] = [await own.as('viewer'), await own.as('viewer')];
  const next = 'another horse entirely';
  expect((await here.call('session.changePassword', { current: 'wrong', next })).status).toBe(400);
  await here.mustCall('session.changePassword', { current: PASSWORD, next });
  expect(await here.mustCall('session.me')).not.toBeNull();
  expect(await there.mustCall('session.me')).toBeNull();
  expect((await login(own.browser(), 'viewer')).status).toBe(401);
  expect((await login(own.browser(), 'viewer', next)).status).toBe(200);
  await own.end();
});

test('of too many sessions of one user the longest unused ends', async () => {
  const own = await startWorld();
  const first = await own.as('viewer');
  for (let index = 0; index < SESSIONS_PER_USER_MAX; index++) {
    own.clock.advance(1_000);
    const other = { name: 'viewer', by: 'password', address: '127.0.0.1', agent: '' } as const;
    await own.api.accounts.openSession(`session ${index}`, other);
  }
  expect(own.api.accounts.sessionsOf('viewer')).toHaveLength(SESSIONS_PER_USER_MAX);
  expect(await first.mustCall('session.me')).toBeNull();
  await own.end();
});

test('of two who are added at once one gets the last place, the other none', async () => {
  const db = await openDatabase({ folder: newFolder() });
  await db.write([{ values: [USERS_MAX - 1], sql: `INSERT INTO "user"
    SELECT 'user-' || range, 'viewer', '', epoch_ms(1) FROM range($1::BIGINT)` }]);
  const accounts = await Accounts.open(db, new HandClock());
  const add = (name: string) => accounts.add({ name, role: 'viewer', passwordHash: '' }, 'ada');
  // Takes no place.
  expect(await add('user-0')).toEqual({ ok: false, reason: 'This name is taken.' });
  const none = { ok: false, reason: `There are ${USERS_MAX} users already.` };
  expect(await Promise.all([add('last'), add('more')]))
    .toEqual([{ ok: true, value: undefined }, none]);
  expect(await add('more')).toEqual(none);
  expect(accounts.users()).toEqual(await listUsers(db));
  expect(accounts.users()).toHaveLength(USERS_MAX);
  await accounts.remove('last', 'ada');
  expect((await add('more')).ok).toBe(true);
  await db.close();
});

test('admins keep the users; the last admin stays', async () => {
  const own = await startWorld();
  const admin = await own.as('admin');
  const user = { name: 'eve', password: PASSWORD, role: 'operator' };
  await admin.mustCall('users.add', user);
  expect((await admin.call('users.add', user)).sentence).toBe('This name is taken.');
  expect((await admin.call('users.add', { ...user, name: 'Eve!' })).status).toBe(400);
  const eve = own.browser();
  await login(eve, 'eve');
  expect(await admin.mustCall<UserView[]>('users.list')).toEqual([
    { name: 'admin', role: 'admin', hasPassword: true, sessions: 1 },
    { name: 'eve', role: 'operator', hasPassword: true, sessions: 1 },
  ]);
  for (const [procedure, input] of [
    ['users.remove', { name: 'admin' }], ['users.setRole', { name: 'admin', role: 'viewer' }],
  ] as const) {
    expect((await admin.call(procedure, input)).sentence)
      .toBe('This is the last admin; make another one first.');
  }
  expect((await admin.call('users.remove', { name: 'adam' })).sentence)
    .toBe('There is no such user.');
  await admin.mustCall('users.setPassword', { name: 'eve', password: 'given by the admin' });
  expect(await eve.mustCall('session.me')).toBeNull();
  expect((await login(eve, 'eve', 'given by the admin')).status).toBe(200);
  const { path } = await admin.mustCall<{ path: string }>('users.loginLink', { name: 'eve' });
  const linked = own.browser();
  await linked.mustCall('session.loginByLink', { token: path.split('#')[1] });
  expect(await linked.mustCall('session.me')).toMatchObject({ name: 'eve', mustSetPassword: true });
  await admin.mustCall('users.remove', { name: 'eve' });
  expect(await eve.mustCall('session.me')).toBeNull();
  expect(await auditLines(own.db)).toEqual([
    'test: user added admin as admin', 'admin: login 127.0.0.1',
    'admin: user added eve as operator', 'eve: login 127.0.0.1',
    'admin: password changed eve', 'eve: login 127.0.0.1',
    'admin: login link made eve', 'eve: login by link 127.0.0.1', 'admin: user removed eve',
  ]);
  await own.end();
});
