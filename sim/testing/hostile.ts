// What nobody should send: bytes that were once good, and bytes that never were. Mutations are
// data, so that fast-check shrinks them; from a seeded random a flood of them costs little.

import fc from 'fast-check';
import type { Random } from '../../core/ports.ts';
import { bytes, datagram } from './messages.ts';

/** Places are taken modulo the length, so that every mutation fits every datagram. */
export type Mutation =
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'remove'; readonly at: number; readonly count: number }
  /** Goes on with the rest of another datagram. */
  | { readonly kind: 'splice'; readonly at: number; readonly from: number };

const PLACES = 65_536;
const RUN_MAX = 8;
const KINDS = 6;

/** A datagram that was well-formed before something happened to it, or is plain noise. */
export function hostileDatagram(): fc.Arbitrary<Uint8Array> {
  const mutations = fc.array(mutation(), { minLength: 1, maxLength: 4 });
  const mutilated = fc.tuple(datagram(), datagram(), mutations)
    .map(([source, other, each]) => mutated(source, each, other));
  // Random bytes hardly ever get past the header; with this begin they often do.
  const plausible = fc.tuple(
    fc.constantFrom(0x40, 0x41, 0x48, 0x50, 0x64, 0x70), fc.constantFrom(1, 2, 0x45, 0x84),
    fc.uint8Array({ minLength: 2, maxLength: 40 }),
  ).map(([head, code, rest]) => Uint8Array.of(head, code, ...rest));
  return fc.oneof({ weight: 4, arbitrary: mutilated }, plausible, bytes(60));
}

export function mutation(): fc.Arbitrary<Mutation> {
  const at = fc.nat({ max: PLACES - 1 });
  return fc.oneof(
    fc.record({ kind: fc.constant('cut'), at }),
    fc.record({ kind: fc.constant('flip'), at, bit: fc.nat({ max: 7 }) }),
    fc.record({ kind: fc.constant('set'), at, byte: fc.nat({ max: 255 }) }),
    fc.record({
      kind: fc.constant('insert'), at, bytes: fc.uint8Array({ minLength: 1, maxLength: RUN_MAX }),
    }),
    fc.record({ kind: fc.constant('remove'), at, count: fc.integer({ min: 1, max: RUN_MAX }) }),
    fc.record({ kind: fc.constant('splice'), at, from: at }),
  );
}

/** One mutation for a flood. */
export function drawMutation(random: Random): Mutation {
  const at = random.below(PLACES);
  switch (random.below(KINDS)) {
    case 0: return { kind: 'cut', at };
    case 1: return { kind: 'flip', at, bit: random.below(8) };
    case 2: return { kind: 'set', at, byte: random.below(256) };
    case 3: return { kind: 'insert', at, bytes: random.bytes(1 + random.below(RUN_MAX)) };
    case 4: return { kind: 'remove', at, count: 1 + random.below(RUN_MAX) };
    default: return { kind: 'splice', at, from: random.below(PLACES) };
  }
}

/** `other` is what a splice goes on with; by default the datagram repeats itself. */
export function mutated(
  source: Uint8Array, mutations: readonly Mutation[], other = source,
): Uint8Array {
  return mutations.reduce((before, each) => mutatedOnce(before, each, other), source);
}

function mutatedOnce(source: Uint8Array, each: Mutation, other: Uint8Array): Uint8Array {
  const at = each.at % (source.length + 1);
  switch (each.kind) {
    case 'cut': return source.slice(0, at);
    case 'flip': return withByte(source, at, (source[at] ?? 0) ^ (1 << each.bit));
    case 'set': return withByte(source, at, each.byte);
    case 'insert': return joined(source.subarray(0, at), each.bytes, source.subarray(at));
    case 'remove': return joined(source.subarray(0, at), source.subarray(at + each.count));
    default: {
      const from = each.from % (other.length + 1);
      return joined(source.subarray(0, at), other.subarray(from));
    }
  }
}

function withByte(source: Uint8Array, at: number, byte: number): Uint8Array {
  const changed = source.slice();
  if (at < changed.length) changed[at] = byte;
  return changed;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
