// The message layer as an observed device uses it, and what it forgets when.

import { describe, expect, test, vi } from 'vitest';
import type { NotificationContent } from './exchange.ts';
import { ACK, Code, CON, NO_BYTES, NON, RST } from './message.ts';
import { MESSAGE_ID_LEAD } from './message-id.ts';
import { NON_NOTIFICATIONS_MAX } from './outbox.ts';
import { bench, datagramOf, fromHex, observed, path, peerOf } from './testing.ts';

const PEER = peerOf(1);
const TOKEN = fromHex('aabb');
const notification = (type: NotificationContent['type']): NotificationContent => ({
  type, code: Code.CONTENT, token: TOKEN, options: [observed(5)], payload: NO_BYTES,
});

describe('a notification of ours', () => {
  test.each([
    ['acknowledged', ACK], ['rejected', RST],
  ] as const)('ends as %s', (kind, type) => {
    const at = bench();
    const done = vi.fn();
    at.layer.notify(PEER, notification(CON), done);
    const [sent] = at.transport.takeMessages();
    at.layer.receive(PEER, datagramOf(type, Code.EMPTY, { mid: sent?.mid as number }));
    expect(done.mock.calls).toEqual([[{ kind }]]);
  });

  test('is not answered by a response to something', () => {
    const at = bench();
    const done = vi.fn();
    at.layer.notify(PEER, notification(CON), done);
    const [sent] = at.transport.takeMessages();
    const mid = sent?.mid as number;
    at.layer.receive(PEER, datagramOf(ACK, Code.CONTENT, { mid, token: TOKEN }));
    const own = datagramOf(CON, Code.CONTENT, { mid: 5, token: TOKEN });
    expect(at.layer.receive(PEER, own).kind).toBe('notification');
    expect(done).not.toHaveBeenCalled();
    at.clock.advance(93_000);
    expect(done.mock.calls).toEqual([[{ kind: 'unanswered' }]]);
  });

  test('without confirmation ends as sent after NON_LIFETIME, or as rejected before', () => {
    const at = bench();
    const ends: string[] = [];
    at.layer.notify(PEER, notification(NON), ({ kind }) => ends.push(`first ${kind}`));
    at.layer.notify(PEER, notification(NON), ({ kind }) => ends.push(`second ${kind}`));
    const [, second] = at.transport.takeMessages();
    at.layer.receive(PEER, datagramOf(RST, Code.EMPTY, { mid: second?.mid as number }));
    expect(ends).toEqual(['second rejected']);
    at.clock.advance(145_000);
    expect(ends).toEqual(['second rejected', 'first sent']);
  });

  test('without confirmation is remembered among the last few only', () => {
    const at = bench();
    const done = vi.fn();
    for (let count = 0; count < 1_000; count++) at.layer.notify(PEER, notification(NON), done);
    expect(at.layer.sizes().outbound).toBe(NON_NOTIFICATIONS_MAX);
    expect(done).toHaveBeenCalledTimes(1_000 - NON_NOTIFICATIONS_MAX);
  });

  test('without confirmation is refused when Message IDs outrun the clock', () => {
    const at = bench();
    const kinds = new Map<string, number>();
    for (let count = 0; count < MESSAGE_ID_LEAD + 100; count++) {
      at.layer.notify(PEER, notification(NON), ({ kind }) => {
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      });
    }
    at.clock.advance(0);
    expect(kinds.get('refused')).toBe(100);
  });
});

describe('Message IDs', () => {
  test('a confirmable message waits when they outrun the clock', () => {
    const at = bench();
    for (let count = 0; count < MESSAGE_ID_LEAD; count++) {
      at.layer.notify(PEER, notification(NON), vi.fn());
    }
    at.transport.take();
    const done = vi.fn();
    at.layer.request(PEER, { code: Code.GET, options: [], payload: NO_BYTES }, done);
    expect(at.transport.take()).toEqual([]);
    at.clock.advance(100);
    expect(at.transport.take()).toHaveLength(1);
  });

  test('are remembered until the clock has caught up, and no longer', () => {
    const at = bench();
    for (let count = 0; count < 200; count++) at.layer.notify(PEER, notification(NON), vi.fn());
    const used = new Set(at.transport.takeMessages().map(({ mid }) => mid));
    at.clock.advance(400_000);
    expect(at.layer.sizes().peers).toBe(0);
    at.layer.notify(PEER, notification(NON), vi.fn());
    expect(used.has(at.transport.takeMessages()[0]?.mid as number)).toBe(false);
  });
});

test('Message IDs are remembered even of a peer that is forgotten', () => {
  const at = bench();
  const mids = [0, 1, 2].map(() => {
    at.layer.notify(PEER, notification(CON), vi.fn());
    at.layer.forget(PEER);
    return at.transport.takeMessages()[0]?.mid;
  });
  expect(new Set(mids).size).toBe(3);
});

describe('forgetting', () => {
  const POST = datagramOf(CON, Code.POST, { mid: 9, options: path('rd') });

  test('a peer ends all that is open as cancelled and sends nothing more', () => {
    const at = bench();
    const ends: string[] = [];
    at.layer.receive(PEER, POST);
    for (const name of ['a', 'b', 'c']) {
      const content = { code: Code.GET, options: path(name), payload: NO_BYTES };
      at.layer.request(PEER, content, ({ kind }) => ends.push(`${name} ${kind}`));
    }
    at.layer.notify(PEER, notification(NON), ({ kind }) => ends.push(`notification ${kind}`));
    at.transport.take();
    at.layer.forget(PEER);
    expect(ends.toSorted()).toEqual(
      ['a cancelled', 'b cancelled', 'c cancelled', 'notification cancelled'],
    );
    at.clock.advance(400_000);
    expect(at.transport.take()).toEqual([]);
    expect(at.clock.timers.size).toBe(0);
  });

  test('a peer leaves its request answerable', () => {
    const at = bench();
    const received = at.layer.receive(PEER, POST);
    at.layer.forget(PEER);
    if (received.kind === 'request') at.layer.respond(received.request, { code: Code.DELETED });
    expect(at.transport.take()).toEqual(['ACK 2.02 mid=9']);
  });

  test('happens by itself when all has expired, slice by slice', () => {
    const at = bench();
    for (let id = 0; id < 10_000; id++) {
      const datagram = datagramOf(NON, Code.CONTENT, { mid: id & 0xff });
      const received = at.layer.receive(peerOf(id), datagram);
      if (received.kind === 'notification') at.layer.accept(received.notification);
    }
    expect(at.layer.sizes().peers).toBe(10_000);
    at.clock.advance(145_000 + 120_000 + 10_000);
    expect(at.layer.sizes().peers).toBe(0);
    expect(at.clock.timers.size).toBe(0);
  });

  test('under a flood of peers the oldest answered ones go, and the new one gets in', () => {
    const at = bench({ limits: { peers: 100 } });
    for (let id = 0; id < 1_000; id++) {
      const received = at.layer.receive(peerOf(id), POST);
      if (received.kind === 'request') at.layer.respond(received.request, { code: Code.CREATED });
    }
    expect(at.transport.take()).toHaveLength(1_000);
    expect(at.layer.sizes().peers).toBe(100);
  });

  test('does not hit the oldest peers while they are busy: the new one must come again', () => {
    const at = bench({ limits: { peers: 4 } });
    for (let id = 0; id < 4; id++) at.layer.receive(peerOf(id), POST);
    expect(at.layer.receive(peerOf(9), POST).kind).toBe('handled');
    expect(at.layer.counters.refused).toBe(1);
    expect(at.transport.take()).toEqual([]);
  });

  test('is not possible for messages that wait: a further one must come again', () => {
    const at = bench({ limits: { recentPerPeer: 8 } });
    const receive = (mid: number) =>
      at.layer.receive(PEER, datagramOf(CON, Code.CONTENT, { mid, token: TOKEN }));
    const first = receive(0);
    for (let mid = 1; mid < 8; mid++) receive(mid);
    expect(receive(8).kind).toBe('handled');
    if (first.kind === 'notification') at.layer.accept(first.notification);
    expect(receive(8).kind).toBe('notification');
  });
});
