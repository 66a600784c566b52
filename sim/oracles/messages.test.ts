// Each oracle of the message layer fires on a feed that breaks its rule, and only then.

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../actors/config.ts';
import { ACK, Code } from '../../core/coap/message.ts';
import { CALM } from '../network-rules.ts';
import { World } from '../world.ts';
import { MessageIdOracle } from './message-ids.ts';
import type { Oracle } from './oracle.ts';
import { RetransmissionOracle } from './retransmission.ts';
import { addSensor, Feed } from './testing.ts';

const SECOND = 1000;

function watch(oracleOf: (world: World) => Oracle) {
  const world = new World({ seed: 1, network: CALM, config: DEFAULT_CONFIG });
  const oracle = oracleOf(world);
  const feed = new Feed(oracle, addSensor(world, 'sensor'));
  return { feed, oracle, what: () => oracle.violations.map(({ what }) => what) };
}

const request = { code: Code.GET, mid: 0x1234, token: Uint8Array.of(1) };

describe('message ids', () => {
  it('may come again 247 s after their first use, not before', () => {
    const { feed, what } = watch(() => new MessageIdOracle());
    feed.sent(0, 'down', request);
    feed.sent(2 * SECOND, 'down', request);
    feed.sent(247 * SECOND, 'down', { ...request, token: Uint8Array.of(2) });
    expect(what()).toEqual([]);
    feed.sent(300 * SECOND, 'down', { ...request, token: Uint8Array.of(3) });
    expect(what()).toEqual([
      'sensor is sent another message with the Message ID 0x1234 within 247 s',
    ]);
  });

  it('count across a restart of the server', () => {
    const { feed, oracle, what } = watch(() => new MessageIdOracle());
    feed.sent(0, 'down', request);
    oracle.server?.(SECOND, 'killed');
    feed.sent(2 * SECOND, 'down', { ...request, token: Uint8Array.of(2) });
    expect(what()).toHaveLength(1);
  });
});

describe('retransmission', () => {
  const retransmitted = (times: readonly number[]) => {
    const watched = watch((world) => new RetransmissionOracle(world));
    for (const at of times) watched.feed.sent(at * SECOND, 'down', request);
    return watched.what();
  };

  it('doubles its gaps, four times at most', () => {
    expect(retransmitted([0, 2.5, 7.5, 17.5, 37.5])).toEqual([]);
    expect(retransmitted([0, 2.5, 7.5, 17.5, 37.5, 77.5]))
      .toEqual(['sensor: message 0x1234 is retransmitted 5 times']);
  });

  it.each([
    ['too early', [0, 1.9], 'sensor: message 0x1234 is first retransmitted after 1900 ms'],
    ['too late', [0, 3.1], 'sensor: message 0x1234 is first retransmitted after 3100 ms'],
    ['without doubling', [0, 2, 4],
      'sensor: message 0x1234 is retransmitted 2000 ms after a gap of 2000 ms'],
  ])('fires when it is %s', (_, times, sentence) => {
    expect(retransmitted(times)).toEqual([sentence]);
  });

  it('ends with the acknowledgement', () => {
    const { feed, what } = watch((world) => new RetransmissionOracle(world));
    feed.sent(0, 'down', request);
    feed.passed(SECOND, 'up', { type: ACK, mid: 0x1234 });
    feed.sent(2 * SECOND, 'down', request);
    expect(what()).toEqual(['sensor: message 0x1234 is retransmitted after its acknowledgement']);
  });
});
