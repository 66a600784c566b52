// The Block1 and Block2 options (RFC 7959 s2.1, s2.2): which part of a body a message holds. What
// makes bodies of the parts is in block1-*.ts and block2-*.ts.

import { assert } from '../result.ts';
import { type Message, type Option, OptionNumber } from './message.ts';
import { inOrder, type OptionsHolder, uintOption, uintOptionOf } from './options.ts';

export interface Block {
  /** Counts from 0, in blocks of this size. */
  readonly num: number;
  /** Whether further blocks follow. */
  readonly more: boolean;
  /** The size is 2^(SZX + 4) bytes; SZX is 0 to 6. */
  readonly szx: number;
}

/** 20 bits. */
export const NUM_MAX = 2 ** 20 - 1;
export const SZX_MAX = 6;
/** RFC 7959 s2.2: 7 is reserved, and a request that has it is a bad one. */
const SZX_RESERVED = 7;
export const BLOCK_SIZE_MIN = 16;
export const BLOCK_SIZE_MAX = 1_024;
/** Of devices no more is known: larger ones overrun receive buffers of some. */
export const BLOCK_SIZE_DEFAULT = 512;

/** Options are in order, and nothing that is sent often has one from Block2 on. */
export function mayHaveBlock({ options }: OptionsHolder): boolean {
  return options.length > 0
    && (options[options.length - 1] as Option).number >= OptionNumber.BLOCK2;
}

/** Undefined without the option; what has a reserved size is no block. */
export function blockOf(
  message: OptionsHolder, number: typeof OptionNumber.BLOCK1 | typeof OptionNumber.BLOCK2,
): Block | 'reserved' | undefined {
  const value = uintOption(message, number);
  if (value === undefined) return undefined;
  const szx = value & 7;
  if (szx === SZX_RESERVED) return 'reserved';
  return { num: value >>> 4, more: (value & 8) !== 0, szx };
}

export function blockOption(
  number: typeof OptionNumber.BLOCK1 | typeof OptionNumber.BLOCK2, { num, more, szx }: Block,
): Option {
  assert(num >= 0 && num <= NUM_MAX && szx >= 0 && szx <= SZX_MAX, 'a block fits its option');
  return uintOptionOf(number, num * 16 + (more ? 8 : 0) + szx);
}

/** In bytes. */
export function sizeOf(szx: number): number {
  return 2 ** (szx + 4);
}

/** The SZX of the largest block that is not longer than `size`; there is none below 16 bytes. */
export function szxOf(size: number): number {
  let szx = SZX_MAX;
  while (szx > 0 && sizeOf(szx) > size) szx--;
  return szx;
}

/** Where the block begins in its body, in bytes. */
export function offsetOf({ num, szx }: Block): number {
  return num * sizeOf(szx);
}

/** True for a response that alone is not the whole representation. */
export function isPart(message: Message): boolean {
  if (!mayHaveBlock(message)) return false;
  const block = blockOf(message, OptionNumber.BLOCK2);
  return block === 'reserved' || (block !== undefined && (block.more || block.num > 0));
}

/** The options with these among them and without those of the given numbers. */
export function withOptions(
  options: readonly Option[], without: readonly number[], added: readonly Option[],
): readonly Option[] {
  return inOrder([...options.filter(({ number }) => !without.includes(number)), ...added]);
}
