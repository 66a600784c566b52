// Which sessions are kept: so many of all, so few of one identity, and none of who is forgotten.

import { describe, expect, it } from 'vitest';
import { SESSION_LIFETIME, Sessions, SESSIONS_OF_IDENTITY_MAX, type Session } from './resumption.ts';
import { SUITES } from './suites.ts';

function sessionOf(identity: string): Session {
  return {
    id: new Uint8Array(32), master: new Uint8Array(48), suite: SUITES[0]!,
    hasExtendedMasterSecret: true, identity, serverName: undefined, security: 'psk', peerKey: undefined, peerChain: undefined,
  };
}

function kept(sessions: Sessions, keys: readonly string[]): string[] {
  return keys.filter((key) => sessions.find(key, 1) !== undefined);
}

describe('sessions', () => {
  it('of one identity push out none of others', () => {
    const sessions = new Sessions(undefined, 10);
    for (const key of ['a', 'b', 'c']) sessions.add(key, sessionOf(key), 0);
    const greedy = Array.from({ length: 100 }, (_, index) => `greedy ${index}`);
    for (const key of greedy) sessions.add(key, sessionOf('greedy'), 0);
    expect(kept(sessions, ['a', 'b', 'c', ...greedy]))
      .toEqual(['a', 'b', 'c', ...greedy.slice(-SESSIONS_OF_IDENTITY_MAX)]);
  });

  it('under the same key are one, and the newest', () => {
    const sessions = new Sessions();
    for (const identity of ['x', 'y']) sessions.add('key', sessionOf(identity), 0);
    sessions.forget('x');
    expect([sessions.find('key', 1)?.identity, sessions.size]).toEqual(['y', 1]);
  });

  it('of an identity are forgotten, and leave room for as many', () => {
    const sessions = new Sessions();
    const keys = ['a', 'b', 'c', 'd'];
    for (let count = 0; count < 2; count++) {
      for (const key of keys) sessions.add(key, sessionOf('x'), 0);
      sessions.add('other', sessionOf('y'), 0);
      expect(kept(sessions, keys)).toEqual(keys);
      sessions.forget('x');
      expect([kept(sessions, keys), sessions.size]).toEqual([[], 1]);
    }
  });

  it('whose time is over are told to be gone when another comes', () => {
    const gone: string[] = [];
    const sessions = new Sessions({ kept: () => undefined, gone: (key) => gone.push(key) });
    for (const [at, key] of ['a', 'b', 'c'].entries()) sessions.add(key, sessionOf(key), at);
    sessions.add('d', sessionOf('d'), SESSION_LIFETIME + 1);
    expect([gone, sessions.size]).toEqual([['a', 'b'], 2]);
  });

  it('whose time is over count no longer', () => {
    const sessions = new Sessions();
    sessions.add('a', sessionOf('x'), 0);
    expect(sessions.find('a', SESSION_LIFETIME)).toBeUndefined();
    for (const key of ['b', 'c', 'd', 'e']) sessions.add(key, sessionOf('x'), 0);
    expect(kept(sessions, ['b', 'c', 'd', 'e'])).toHaveLength(SESSIONS_OF_IDENTITY_MAX);
  });
});
