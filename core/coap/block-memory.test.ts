// Who makes room for whom: within a peer the longest unused, among all likewise, and the bytes are
// always those of what is held.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { Peer } from '../ports.ts';
import { BLOCK_LIMITS_DEFAULT, BlockMemory, type Held, TRANSFER_BYTES } from './block-memory.ts';
import { peerOf } from './testing.ts';

const LIMITS = {
  bodyLength: 4_000, transfersPerPeer: 3, bytesPerPeer: 8_000, bytes: 16_000,
};

class Item implements Held {
  readonly peer: Peer;
  charge = 0;
  drops = 0;

  constructor(peer: number) {
    this.peer = peerOf(peer);
  }

  drop(): void {
    this.drops++;
  }
}

const items = (...peers: number[]) => peers.map((peer) => new Item(peer));
const dropped = (all: Item[]) => all.map(({ drops }) => drops);

describe('the memory of transfers', () => {
  test('keeps a number of transfers for each peer, those used last', () => {
    const memory = new BlockMemory(LIMITS);
    const all = items(1, 1, 1, 2, 1);
    for (const item of all.slice(0, 4)) memory.use(item, 0);
    memory.use(all[0]!, 0);
    memory.use(all[4]!, 0);
    expect(dropped(all)).toEqual([0, 1, 0, 0, 0]);
    expect(memory.size).toBe(4);
  });

  test('keeps a number of bytes for each peer', () => {
    const memory = new BlockMemory(LIMITS);
    const all = items(1, 1, 1);
    for (const item of all) memory.use(item, 2_000);
    expect(dropped(all)).toEqual([1, 0, 0]);
    memory.use(all[2]!, 6_900);
    expect(dropped(all)).toEqual([1, 1, 0]);
    expect(memory.bytes).toBe(TRANSFER_BYTES + 6_900);
  });

  test('keeps a number of bytes in all, whoever needs them', () => {
    const memory = new BlockMemory(LIMITS);
    const all = items(1, 2, 3, 4);
    for (const item of all.slice(0, 3)) memory.use(item, 4_000);
    memory.use(all[0]!, 4_100);
    memory.use(all[3]!, 4_000);
    expect(dropped(all)).toEqual([0, 1, 0, 0]);
  });

  test('counts what an empty transfer costs', () => {
    const memory = new BlockMemory(LIMITS);
    const all = items(...Array.from({ length: 40 }, (_, peer) => peer));
    for (const item of all) memory.use(item, 0);
    expect(memory.size).toBe(Math.floor(LIMITS.bytes / TRANSFER_BYTES));
  });

  test('forgets a peer, and nobody else', () => {
    const memory = new BlockMemory(LIMITS);
    const all = items(1, 2, 1);
    for (const item of all) memory.use(item, 10);
    memory.forget(peerOf(1));
    expect(dropped(all)).toEqual([1, 0, 1]);
    memory.release(all[1]!);
    memory.release(all[1]!);
    expect([memory.size, memory.bytes]).toEqual([0, 0]);
  });

  property.prop([fc.array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 4_000 }), fc.boolean()))])(
    'is never beyond a limit, and counts what is held',
    (steps) => {
      const memory = new BlockMemory(LIMITS);
      const all = items(...Array.from({ length: 31 }, (_, index) => index % 5));
      const held = new Set<Item>();
      for (const item of all) item.drop = () => void held.delete(item);
      for (const [index, bytes, isOver] of steps) {
        const item = all[index]!;
        if (isOver) memory.release(item);
        else memory.use(item, bytes);
        if (isOver) held.delete(item);
        else held.add(item);
        const charges = [...held].map(({ charge }) => charge);
        expect(memory.bytes).toBe(charges.reduce((sum, charge) => sum + charge, 0));
        expect(memory.size).toBe(held.size);
        expect(memory.bytes).toBeLessThanOrEqual(LIMITS.bytes);
        for (let peer = 0; peer < 5; peer++) {
          const own = [...held].filter((one) => one.peer.id === peer);
          expect(own.length).toBeLessThanOrEqual(LIMITS.transfersPerPeer);
          const ownBytes = own.reduce((sum, { charge }) => sum + charge, 0);
          expect(ownBytes).toBeLessThanOrEqual(LIMITS.bytesPerPeer);
        }
      }
    },
  );

  test('has limits that leave room for the longest body', () => {
    expect(() => new BlockMemory(BLOCK_LIMITS_DEFAULT)).not.toThrow();
    expect(() => new BlockMemory({ ...LIMITS, bodyLength: 7_000 })).toThrow('broken invariant');
    expect(() => new BlockMemory({ ...LIMITS, bytes: 7_999 })).toThrow('broken invariant');
  });
});
