// Peers as (listener, address): one object each, kept while held, few and forgotten in order
// when nobody holds them.

import { describe, expect, it } from 'vitest';
import { PeerTable, siteOf, sourceOf } from './peer.ts';
import type { Peer } from './ports.ts';

function newTable(unheldMax = 100) {
  const dropped: Peer[] = [];
  const table = new PeerTable((peer) => dropped.push(peer), { unheldMax });
  return { table, dropped };
}

describe('a peer', () => {
  it('is the same object as long as it is known', () => {
    const { table } = newTable();
    const peer = table.meet(0, '10.0.0.1', 5683);
    expect(table.meet(0, '10.0.0.1', 5683)).toBe(peer);
    expect(peer).toMatchObject({
      listener: 0, security: 'none', identity: '', address: { host: '10.0.0.1', port: 5683 },
    });
  });

  it.for([
    [1, '10.0.0.1', 5683], [0, '10.0.0.2', 5683], [0, '10.0.0.1', 5684], [0, '::1', 5683],
  ] as const)('differs by listener, host and port: %s', ([listener, host, port]) => {
    const { table } = newTable();
    const peer = table.meet(0, '10.0.0.1', 5683);
    const other = table.meet(listener, host, port);
    expect(other).not.toBe(peer);
    expect(other.id).not.toBe(peer.id);
  });

  it('gets a new id when it comes back after it was dropped', () => {
    const { table, dropped } = newTable(1);
    const peer = table.meet(0, 'a', 1);
    table.meet(0, 'b', 1);
    expect(dropped).toEqual([peer]);
    expect(table.meet(0, 'a', 1).id).not.toBe(peer.id);
  });
});

describe('peers nobody holds', () => {
  it('are dropped when there are too many, the longest silent first', () => {
    const { table, dropped } = newTable(2);
    const a = table.meet(0, 'a', 1);
    const b = table.meet(0, 'b', 1);
    table.meet(0, 'a', 1);
    table.meet(0, 'c', 1);
    expect(dropped).toEqual([b]);
    expect(table.size).toBe(2);
    expect(table.meet(0, 'a', 1)).toBe(a);
  });

  it('never include one that is held, by however many', () => {
    const { table, dropped } = newTable(1);
    const held = table.meet(0, 'held', 1);
    table.hold(held);
    table.hold(held);
    for (let port = 0; port < 100; port++) table.meet(0, 'flood', port);
    expect(table.meet(0, 'held', 1)).toBe(held);
    expect(table.size).toBe(2);
    table.release(held);
    for (let port = 0; port < 100; port++) table.meet(0, 'flood', port);
    expect(table.meet(0, 'held', 1)).toBe(held);
    table.release(held);
    expect(dropped).not.toContain(held);
    table.meet(0, 'other', 1);
    expect(dropped).toContain(held);
    expect(table.size).toBe(1);
  });

  it('are within the limit also when a released one makes it one too many', () => {
    const { table, dropped } = newTable(1);
    const held = table.meet(0, 'held', 1);
    table.hold(held);
    const silent = table.meet(0, 'silent', 1);
    table.release(held);
    expect(dropped).toEqual([silent]);
    expect(table.size).toBe(1);
  });

  it('may still be held when their datagram is being handled', () => {
    const { table } = newTable(1);
    const peer = table.meet(0, 'a', 1);
    table.meet(0, 'b', 1);
    table.hold(peer);
    expect(table.meet(0, 'a', 1)).toBe(peer);
    expect(table.size).toBe(2);
  });
});

describe('a host', () => {
  it.for([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1', 'fe80:0:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001::4:5:6:7:8', '2001:0:0:4::/64'],
    ['2001:db8::3:4:5:6:7', '2001:db8:0:3::/64'],
    ['::3:4:5:6:7:8', '0:0:3:4::/64'],
  ])('of %s counts as %s', ([host, source]) => {
    expect(sourceOf(host!)).toBe(source);
    const site = host!.includes(':') ? `${source!.split(':').slice(0, 3).join(':')}::/48` : undefined;
    expect(siteOf(host!)).toBe(site);
  });
});
