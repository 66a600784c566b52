// What waits for one webhook: events are gathered into deliveries, which are sent one after the
// other in their order, each again after longer and longer pauses until it is given up. Knows the
// time only as it is told; sending and storing are the caller's.

import type { Milliseconds } from '../../ports.ts';
import type { Delivery } from '../../store/webhooks.ts';
import type { WebhookEvent } from './event.ts';

/** Events in one delivery. */
export const EVENTS_PER_DELIVERY_MAX = 100;
/** Deliveries that wait; what happens meanwhile is dropped and counted. */
export const DELIVERIES_WAITING_MAX = 100;
/** Characters of what waits; likewise. */
export const WAITING_LENGTH_MAX = 2 * 1024 * 1024;
/** With the pauses between them some three hours. */
export const ATTEMPTS_MAX = 12;
const PAUSE_FIRST: Milliseconds = 10_000;
const PAUSE_MAX: Milliseconds = 3_600_000;

export interface Attempt {
  readonly isDelivered: boolean;
  readonly outcome: string;
}

export class WebhookQueue {
  readonly #webhook: string;
  readonly #gathered: WebhookEvent[] = [];
  readonly #waiting: Delivery[];
  /** Of all bodies that wait. */
  #length: number;
  #dropped = 0;

  constructor(webhook: string, waiting: readonly Delivery[]) {
    this.#webhook = webhook;
    this.#waiting = [...waiting];
    this.#length = waiting.reduce((sum, { body }) => sum + body.length, 0);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Events that found no room since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  offer(event: WebhookEvent): void {
    const room = (DELIVERIES_WAITING_MAX - this.#waiting.length) * EVENTS_PER_DELIVERY_MAX;
    if (this.#gathered.length < room) this.#gathered.push(event);
    else this.#dropped++;
  }

  /** What was gathered as new deliveries, in their order. */
  gather(now: Milliseconds, nextId: () => number): readonly Delivery[] {
    const made: Delivery[] = [];
    while (this.#gathered.length > 0) {
      if (this.#length >= WAITING_LENGTH_MAX) {
        this.#dropped += this.#gathered.length;
        this.#gathered.length = 0;
        break;
      }
      const events = this.#gathered.splice(0, EVENTS_PER_DELIVERY_MAX);
      const id = nextId();
      const delivery: Delivery = {
        id, webhook: this.#webhook, state: 'waiting', events: events.length,
        body: JSON.stringify({ webhook: this.#webhook, delivery: id, events }),
        attempts: 0, outcome: '', createdAt: now, changedAt: now, nextAt: now,
      };
      made.push(delivery);
      this.#waiting.push(delivery);
      this.#length += delivery.body.length;
    }
    return made;
  }

  /** What is to be sent next, at its time. */
  next(): Delivery | undefined {
    return this.#waiting[0];
  }

  /** The first delivery as it is after an attempt; it leaves the queue at its end. */
  attempted({ isDelivered, outcome }: Attempt, now: Milliseconds): Delivery | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const attempts = first.attempts + 1;
    const state = isDelivered ? 'delivered' : attempts >= ATTEMPTS_MAX ? 'given up' : 'waiting';
    const nextAt = now + pauseAfter(attempts);
    const changed: Delivery = { ...first, state, attempts, outcome, changedAt: now, nextAt };
    if (state === 'waiting') this.#waiting[0] = changed;
    else {
      this.#waiting.shift();
      this.#length -= first.body.length;
    }
    return changed;
  }
}

export function pauseAfter(attempts: number): Milliseconds {
  return Math.min(PAUSE_FIRST * 2 ** (attempts - 1), PAUSE_MAX);
}
