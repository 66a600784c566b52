// RFC 7641 s3.4, once more and on its own, so that the server is not judged by its own arithmetic.

import type { Milliseconds } from '../../core/ports.ts';

/** The newest notification so far: its 24-bit sequence number, and when it came. */
export interface Freshness {
  sequence: number;
  at: Milliseconds;
}

const HALF = 2 ** 23;
const REORDERING_SPAN: Milliseconds = 128_000;

/** Whether `next` is newer than `newest`. */
export function isNewer(newest: Freshness, next: Freshness): boolean {
  const { sequence: v1, at: t1 } = newest;
  const { sequence: v2, at: t2 } = next;
  return (v1 < v2 && v2 - v1 < HALF) || (v1 > v2 && v1 - v2 > HALF) || t2 > t1 + REORDERING_SPAN;
}
