// A lossy datagram network between addresses, in virtual time: each datagram is lost, doubled or
// delayed by draws of its own random stream. Order is whatever the delays make of it.

import { toHex } from '../core/bytes.ts';
import type { Address, Clock, Milliseconds, Random } from '../core/ports.ts';
import type { Trace } from './trace.ts';

/** Probabilities are integer shares of 1,000, so that no engine rounds them differently. */
export interface NetworkRules {
  readonly lossPerMille: number;
  readonly duplicatePerMille: number;
  readonly delay: { readonly least: Milliseconds; readonly most: Milliseconds };
  /** One in a thousand is slow by up to this much: real links have a fat tail. */
  readonly tail: Milliseconds;
}

export const CALM: NetworkRules = {
  lossPerMille: 0, duplicatePerMille: 0, delay: { least: 5, most: 5 }, tail: 0,
};

export const LOSSY: NetworkRules = {
  lossPerMille: 50, duplicatePerMille: 20, delay: { least: 20, most: 400 }, tail: 5000,
};

export type Receive = (from: Address, datagram: Uint8Array) => void;

export class Network {
  rules: NetworkRules;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #nodes = new Map<string, Receive>();

  constructor(clock: Clock, random: Random, trace: Trace, rules: NetworkRules) {
    this.#clock = clock;
    this.#random = random;
    this.#trace = trace;
    this.rules = rules;
  }

  /** What arrives at the address goes to `receive`; undefined unplugs it. */
  plug(address: Address, receive: Receive | undefined): void {
    if (receive === undefined) this.#nodes.delete(keyOf(address));
    else this.#nodes.set(keyOf(address), receive);
  }

  send(from: Address, to: Address, datagram: Uint8Array): void {
    const { duplicatePerMille } = this.rules;
    const copies = this.#random.below(1000) < duplicatePerMille ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const due = this.#clock.now() + this.#delay();
      this.#clock.schedule(due, { onDue: (now) => this.#arrive(now, from, to, datagram) });
    }
  }

  /** Loss is decided at delivery: what is under way when the link gets worse suffers from it. */
  #arrive(now: Milliseconds, from: Address, to: Address, datagram: Uint8Array): void {
    const isLost = this.#random.below(1000) < this.rules.lossPerMille;
    const receive = this.#nodes.get(keyOf(to));
    const fate = isLost ? 'lost' : receive === undefined ? 'unheard' : 'delivered';
    this.#trace.note(now, `${keyOf(from)} > ${keyOf(to)} ${fate} ${toHex(datagram)}`);
    if (!isLost) receive?.(from, datagram);
  }

  #delay(): Milliseconds {
    const { delay: { least, most }, tail } = this.rules;
    const usual = least + this.#random.below(most - least + 1);
    return this.#random.below(1000) === 0 ? usual + this.#random.below(tail + 1) : usual;
  }
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}
