// What a network does to datagrams, as data. Shares are integers per 100,000, so that no engine
// rounds them differently.

import type { Milliseconds } from '../core/ports.ts';

export const SHARE_WHOLE = 100_000;

export interface NetworkRules {
  /** One-way. Half are faster than `typical`, one in a hundred is slower than `p99`. */
  readonly latency: { readonly typical: Milliseconds; readonly p99: Milliseconds };
  readonly loss: number;
  readonly duplicate: number;
  /** A datagram that is held back for up to ten times the typical latency. */
  readonly reorder: number;
  /** Larger datagrams vanish; 0: any size passes. */
  readonly mtu: number;
  /** The NAT gives a device another port when it sent nothing for this long; 0: never. */
  readonly natRebindAfter: Milliseconds;
}

export const CALM: NetworkRules = {
  latency: { typical: 5, p99: 5 }, loss: 0, duplicate: 0, reorder: 0, mtu: 0, natRebindAfter: 0,
};

export const LOSSY: NetworkRules = {
  latency: { typical: 100, p99: 2000 }, loss: 5000, duplicate: 2000, reorder: 1000, mtu: 1280,
  natRebindAfter: 0,
};
