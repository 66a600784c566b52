// What of a row of answers no real client meets often: the ends of Block2's own numbers.

import { expect, test } from 'vitest';
import { blockOption, NUM_MAX } from './block.ts';
import { Body, BODY_BYTES_MAX } from './body.ts';
import { Block2Receiver } from './block2-receiver.ts';
import { ACK, Code, type Message, NO_BYTES, OptionNumber } from './message.ts';

const LARGEST = 6;
const SMALLEST = 0;

function answer(num: number, szx: number, more: boolean): Message {
  return {
    type: ACK, code: Code.CONTENT, mid: 1, token: NO_BYTES,
    options: [blockOption(OptionNumber.BLOCK2, { num, more, szx })],
    payload: new Uint8Array(2 ** (szx + 4)),
  };
}

test('a body whose next block has no number ends, it does not stop the program', () => {
  const receiver = new Block2Receiver(5, new Body(BODY_BYTES_MAX));
  for (let num = 0; num < 16_383; num++) receiver.take(answer(num, LARGEST, true));
  for (let num = 16_383 * 64; num < NUM_MAX; num++) {
    expect(receiver.take(answer(num, SMALLEST, true)).kind).toBe('next');
  }
  expect(receiver.take(answer(NUM_MAX, SMALLEST, true))).toEqual({
    kind: 'broken', reason: 'the peer has more blocks than can be asked for',
  });
});

test('a body that ends with the last number is whole', () => {
  const receiver = new Block2Receiver(5, new Body(BODY_BYTES_MAX));
  for (let num = 0; num < 16_383; num++) receiver.take(answer(num, LARGEST, true));
  for (let num = 16_383 * 64; num < NUM_MAX; num++) receiver.take(answer(num, SMALLEST, true));
  const taken = receiver.take(answer(NUM_MAX, SMALLEST, false));
  expect(taken.kind === 'whole' && taken.message.payload.length).toBe(16 * 2 ** 20);
});
