// What waits for devices: each request until its answer is told or its time is over. What was asked
// of a device that sleeps goes on after that, and its answer is told as an event.

import { randomUUID } from 'node:crypto';
import type { Wish } from '../../lwm2m/operation.ts';
import { formatPath } from '../../lwm2m/path.ts';
import { formatTarget } from '../../lwm2m/target.ts';
import type { Clock, Milliseconds, Timer } from '../../ports.ts';
import type { Result } from '../../result.ts';
import type { LiveEvent, Management } from '../management.ts';
import { PlainError, refuse, TIMEOUT } from './plain-error.ts';
import { responseJson, type Asked, type Said } from './response-json.ts';

/** Who asks, in the operations of a device and in the audit. */
export const REQUESTED_BY = '(compatible interface)';
/** Requests that wait for their answers, those included that go on after their time. */
export const WAITING_MAX = 1_000;
/** Of what was asked of a device that sleeps: its next contact may be a day away. */
export const DELAYED_LIFE: Milliseconds = 86_400_000;

/** What came after the request was answered with `delayed`. */
export interface Late {
  readonly ep: string;
  readonly path?: string;
  readonly requestId: string;
  readonly response: object;
  readonly delayed: true;
}

type AskedObservation = Asked & {
  readonly kind: 'observe' | 'cancel' | 'observe-composite' | 'cancel-composite';
};

interface Waiter {
  readonly key: string;
  readonly endpoint: string;
  readonly asked: Asked;
  readonly resolve: (answer: object) => void;
  readonly reject: (error: PlainError) => void;
  timer: Timer;
  /** Given when its time was over. */
  requestId: string | undefined;
}

export class Requests {
  readonly #management: Management;
  readonly #clock: Clock;
  readonly #onLate: (late: Late) => void;
  readonly #waiting = new Map<string, Waiter[]>();
  /** Observations that were begun here and are not in place yet, each with how it is undone. */
  readonly #begun = new Map<string, () => void>();
  #size = 0;
  #unsubscribe: (() => void) | undefined;

  constructor(management: Management, clock: Clock, onLate: (late: Late) => void) {
    this.#management = management;
    this.#clock = clock;
    this.#onLate = onLate;
  }

  get size(): number {
    return this.#size;
  }

  /** The answer as JSON. A definition that says no is not asked: the device has the last word. */
  operation(
    endpoint: string, wish: Wish, asked: Asked, timeout: Milliseconds,
  ): Promise<object> {
    const isAsleep = this.#begin(endpoint);
    const expiresAt = this.#clock.now() + (isAsleep ? DELAYED_LIFE : timeout);
    const forced = { ...wish, isForced: true as const };
    const { operation } = this.#accepted(
      this.#management.request(endpoint, forced, REQUESTED_BY, expiresAt),
    );
    return this.#wait(`operation ${operation.id}`, endpoint, asked, timeout, isAsleep);
  }

  /** Begins or ends an observation, and waits for what the device says to that. */
  observation(
    endpoint: string, asked: AskedObservation, timeout: Milliseconds,
  ): Promise<object> {
    const isAsleep = this.#begin(endpoint);
    const what = asked.kind.startsWith('observe') ? 'observe' : 'cancel';
    const path = 'path' in asked ? formatPath(asked.path) : formatTarget(asked.paths);
    const isWanted = this.#management.device(endpoint)?.notObserving
      .some((one) => one.path === path);
    this.#accepted(this.#management.setObserved(endpoint, path, what === 'observe'));
    const key = observationKey(endpoint, path, what);
    if (what === 'observe' && isWanted !== true) {
      this.#begun.set(key, () => void this.#management.setObserved(endpoint, path, false));
    }
    return this.#wait(key, endpoint, asked, timeout, isAsleep);
  }

  close(): void {
    for (const waiter of [...this.#waiting.values()].flat()) {
      this.#forget(waiter);
      waiter.reject(new PlainError(503, 'The server is stopping'));
    }
  }

  #begin(endpoint: string): boolean {
    if (this.#size >= WAITING_MAX) refuse(503, 'Too many requests are waiting');
    return this.#management.device(endpoint)?.state === 'asleep';
  }

  #accepted<Value>(result: Result<Value>): Value {
    return result.ok ? result.value : refuse(400, `Invalid request: ${result.reason}`);
  }

  #wait(
    key: string, endpoint: string, asked: Asked, timeout: Milliseconds, isAsleep: boolean,
  ): Promise<object> {
    return new Promise((resolve, reject) => {
      const due = this.#clock.now() + timeout;
      const onDue = (): void => this.#onTimeOver(waiter, isAsleep);
      const timer = this.#clock.schedule(due, { onDue });
      const waiter: Waiter = { key, endpoint, asked, resolve, reject, timer, requestId: undefined };
      this.#waiting.set(key, [...this.#waiting.get(key) ?? [], waiter]);
      this.#size++;
      this.#unsubscribe ??= this.#management.subscribe((event) => this.#onEvent(event), true);
    });
  }

  #onTimeOver(waiter: Waiter, isAsleep: boolean): void {
    // Once more after its whole life: nothing will come.
    if (!isAsleep || waiter.requestId !== undefined) {
      this.#forget(waiter);
      if (!this.#waiting.has(waiter.key)) this.#giveUp(waiter.key);
      return waiter.reject(TIMEOUT);
    }
    const { endpoint, asked } = waiter;
    waiter.requestId = randomUUID();
    waiter.resolve({ ...about(endpoint, asked), requestId: waiter.requestId, delayed: true });
    const due = this.#clock.now() + DELAYED_LIFE;
    waiter.timer = this.#clock.schedule(due, { onDue: () => this.#onTimeOver(waiter, isAsleep) });
  }

  #onEvent(event: LiveEvent): void {
    if (event.kind === 'operation') {
      const { ending, entries, row: { id, answer } } = event;
      this.#tell(`operation ${id}`, { ending, entries, answer });
    } else if (event.kind === 'observation') {
      const { endpoint, path, what, ending, entries } = event;
      this.#tell(observationKey(endpoint, path, what), { ending, entries, answer: '' });
    }
  }

  /** Nobody else wants it: a device that refuses is not to be asked again when it registers. */
  #giveUp(key: string): void {
    const undo = this.#begun.get(key);
    this.#begun.delete(key);
    undo?.();
  }

  #tell(key: string, said: Said): void {
    if (isDone(said)) this.#begun.delete(key);
    else this.#giveUp(key);
    for (const waiter of this.#waiting.get(key) ?? []) {
      this.#forget(waiter);
      try {
        const response = responseJson(waiter.asked, said);
        const { endpoint, asked, requestId } = waiter;
        if (requestId === undefined) waiter.resolve(response);
        else this.#onLate({ ...about(endpoint, asked), requestId, response, delayed: true });
      } catch (error) {
        // Of what is late nobody hears: an event is only told of an answer.
        waiter.reject(error as PlainError);
      }
    }
  }

  #forget(waiter: Waiter): void {
    this.#clock.cancel(waiter.timer);
    const left = (this.#waiting.get(waiter.key) ?? []).filter((other) => other !== waiter);
    if (left.length === 0) this.#waiting.delete(waiter.key);
    else this.#waiting.set(waiter.key, left);
    this.#size--;
    if (this.#size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}

function isDone({ ending }: Said): boolean {
  return ending.kind === 'answered' && ending.code >> 5 === 2;
}

function about(ep: string, asked: Asked): { readonly ep: string; readonly path?: string } {
  return 'path' in asked ? { ep, path: formatPath(asked.path) } : { ep };
}

function observationKey(endpoint: string, path: string, what: 'observe' | 'cancel'): string {
  return `${what} ${path} ${endpoint}`;
}
