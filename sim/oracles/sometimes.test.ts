// What a campaign is told that it reached: transfers in blocks that begin anew or whose device
// moves meanwhile, by the datagrams alone, and operations for which there is no room.

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../actors/config.ts';
import { blockOption } from '../../core/coap/block.ts';
import { ACK, Code, type Message, OptionNumber } from '../../core/coap/message.ts';
import { stringOptionOf } from '../../core/coap/options.ts';
import { CALM } from '../network-rules.ts';
import { runScenario } from '../run.ts';
import type { Fleet, TimedAction } from '../scenario/model.ts';
import { World } from '../world.ts';
import { type Sometimes, SometimesCounter } from './sometimes.ts';
import { ADDRESS, addSensor, Feed } from './testing.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const { BLOCK1, BLOCK2 } = OptionNumber;

type Block = readonly [num: number, more: boolean];

function watched() {
  const world = new World({ seed: 1, network: CALM, config: DEFAULT_CONFIG });
  const counter = new SometimesCounter(world);
  const device = addSensor(world, 'sensor');
  const feed = new Feed(counter, device);
  const elsewhere = new Feed(counter, device, { ...ADDRESS, port: 20_000, number: 1 });
  const times = (what: Sometimes) => counter.counts[what];
  return { counter, feed, elsewhere, times };
}

/** A question with or about a block; each has a Message ID and a token of its own. */
function asking(
  mid: number, number: typeof BLOCK1 | typeof BLOCK2, [num, more]: Block, path = '3',
): Partial<Message> {
  const code = number === BLOCK1 ? Code.PUT : Code.GET;
  const options = [
    stringOptionOf(OptionNumber.URI_PATH, path), blockOption(number, { num, more, szx: 5 }),
  ];
  return { mid, code, token: Uint8Array.of(mid), options };
}

function answering(mid: number, code: number, block?: Block): Partial<Message> {
  const options = block === undefined ? []
    : [blockOption(BLOCK2, { num: block[0], more: block[1], szx: 5 })];
  return { type: ACK, mid, code, token: Uint8Array.of(mid), options };
}

describe('a transfer in blocks', () => {
  const RESTARTED = 'block transfer restarted';
  const MOVED = 'device moved during a block transfer';

  it('of an answer is restarted by asking for its first block again, once in a message', () => {
    const { feed, times } = watched();
    feed.passed(0, 'down', asking(1, BLOCK2, [1, false]));
    feed.passed(1, 'up', answering(1, Code.CONTENT, [1, true]));
    feed.passed(2, 'down', asking(2, BLOCK2, [2, false]));
    feed.passed(3, 'down', asking(3, BLOCK2, [0, false], '4'));
    expect(times(RESTARTED)).toBe(0);
    feed.passed(4, 'down', asking(4, BLOCK2, [0, false]));
    feed.passed(5, 'down', asking(4, BLOCK2, [0, false]));
    expect(times(RESTARTED)).toBe(1);
  });

  it.for<[string, Partial<Message>, number]>([
    ['the last block', answering(1, Code.CONTENT, [1, false]), 0],
    ['an error', answering(1, Code.NOT_FOUND), 0],
    ['another block', answering(1, Code.CONTENT, [1, true]), 1],
  ])('begins after %s as it may', ([, answer, restarts]) => {
    const { feed, times } = watched();
    feed.passed(0, 'down', asking(1, BLOCK2, [1, false]));
    feed.passed(1, 'up', answer);
    feed.passed(2, 'down', asking(2, BLOCK2, [0, false]));
    expect(times(RESTARTED)).toBe(restarts);
  });

  it('of a question is restarted by sending its first block again', () => {
    const { feed, times } = watched();
    feed.passed(0, 'up', asking(1, BLOCK1, [0, true]));
    feed.passed(1, 'down', answering(1, Code.CONTINUE));
    feed.passed(2, 'up', asking(2, BLOCK1, [1, true]));
    feed.passed(3, 'down', answering(2, Code.REQUEST_ENTITY_INCOMPLETE));
    expect(times(RESTARTED)).toBe(0);
    feed.passed(4, 'up', asking(3, BLOCK1, [0, true]));
    expect(times(RESTARTED)).toBe(1);
  });

  it('that was given up is not restarted by the next one', () => {
    const { counter, feed, times } = watched();
    feed.passed(0, 'down', asking(1, BLOCK2, [1, false]));
    counter.judge(10 * MINUTE);
    feed.passed(10 * MINUTE, 'down', asking(2, BLOCK2, [0, false]));
    expect(times(RESTARTED)).toBe(0);
  });

  it('may see its device move, which counts once', () => {
    const { feed, elsewhere, times } = watched();
    feed.passed(0, 'up', { code: Code.POST, mid: 7 });
    elsewhere.passed(1, 'up', { code: Code.POST, mid: 8 });
    expect(times(MOVED)).toBe(0);
    elsewhere.passed(2, 'down', asking(1, BLOCK2, [1, false]));
    feed.passed(3, 'up', answering(1, Code.CONTENT, [1, true]));
    feed.passed(4, 'up', { code: Code.POST, mid: 9 });
    expect(times(MOVED)).toBe(1);
    expect(times('device sent from another address')).toBe(2);
  });
});

const meters: Fleet = {
  name: 'meters', count: 1, network: 'calm', driver: 'world', lifetime: 3600,
  queueMode: { awake: 10 * SECOND, closesAfterAck: false }, start: { at: 0, spread: 0 },
  report: { every: 60 * MINUTE, confirmable: true }, objects: {}, vices: {}, radio: undefined,
};

describe('an operation for which there is no room', () => {
  const flood = (count: number): TimedAction => ({
    at: 5 * MINUTE, repeat: { every: 100, until: 5 * MINUTE + (count - 1) * 100 },
    action: { kind: 'read', devices: { fleet: 'meters', count: undefined }, path: '/3/0' },
  });
  const kill: TimedAction = {
    at: 6 * MINUTE, repeat: undefined, action: { kind: 'kill server', down: MINUTE },
  };
  const late: TimedAction = { ...flood(1), at: 6.5 * MINUTE, repeat: undefined };

  it.for<[string, readonly TimedAction[], number]>([
    ['is counted', [flood(103)], 3], ['is none while all fit', [flood(100)], 0],
    ['is not refused by a server that is down', [flood(100), kill, late], 0],
  ])('%s', ([, timeline, refused]) => {
    const { sometimes } = runScenario({
      name: 'Test', why: 'To be run.', seed: 1, duration: 10 * MINUTE,
      server: { awakeWindow: undefined, registration: 'open', restart: undefined },
      networks: { calm: CALM }, fleets: [meters], observe: [], timeline, expect: [],
    });
    expect(sometimes['operation refused, too many waited']).toBe(refused);
  });
});
