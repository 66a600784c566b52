// What the model commands know of the world without looking at it: who is there, whether it is on,
// until when something is disturbed; and what of it the server must know by now (LwM2M Core 1.1.1
// s6.2: who is on is registered, who was silent for its lifetime is not).

import type { Milliseconds } from '../../core/ports.ts';
import { cycleOf, RETRY_SPAN } from '../oracles/rest.ts';
import type { Action, Fleet, QueueMode, SignalPlan } from '../scenario/model.ts';

/** The one network of the commands. */
export const NETWORK = 'field';
const DEVICES_MAX = 5;
const SECOND: Milliseconds = 1000;
/** MAX_LATENCY: so long may the last word of a device be under way (RFC 7252 s4.8.2). */
const LATENCY_MAX: Milliseconds = 100 * SECOND;
/** After its lifetime a registration is kept for 93 s, and its end must come to the disk. */
const GRACE: Milliseconds = 93 * SECOND;
const COMMIT_SPAN: Milliseconds = 60 * SECOND;

export interface Kind {
  readonly name: string;
  readonly queueMode: QueueMode | undefined;
  readonly objects: Readonly<Record<string, SignalPlan>>;
}

const SENSOR: Kind['objects'] = {
  '/3303/0/5700': { signal: 'sine', mean: 21, amplitude: 4, period: 3_600_000, noise: 0 },
};

/** Kinds of devices; a device of a kind is a fleet of one, called by the kind and a number. */
export const KINDS: readonly Kind[] = [
  { name: 'mains', queueMode: undefined, objects: SENSOR },
  { name: 'sleepy', queueMode: { awake: 25 * SECOND, closesAfterAck: false }, objects: SENSOR },
  { name: 'nap', queueMode: { awake: 10 * SECOND, closesAfterAck: true }, objects: SENSOR },
];

/** One thing that happens. */
export type Step =
  | { readonly kind: 'add'; readonly fleet: Fleet }
  | { readonly kind: 'wait'; readonly span: Milliseconds }
  | { readonly kind: 'act'; readonly action: Action };

/** How long a step takes: no two things happen at the same time. */
export function spanOf(step: Step): Milliseconds {
  return step.kind === 'wait' ? step.span : 1;
}

/** What devices of a kind do differently. */
export type Habits = Pick<Fleet, 'lifetime' | 'report'>;

interface ModelDevice {
  readonly fleet: Fleet;
  /** Undefined while it depends on what the network did to its good-bye. */
  isOn: boolean | undefined;
  changedAt: Milliseconds;
}

export class WorldModel {
  /** When the next thing happens, since the start; all that is due before has happened. */
  now: Milliseconds = 0;
  readonly #devices = new Map<string, ModelDevice>();
  #serverUpAt: Milliseconds = 0;
  /** When the last fault ends that is known of. */
  #calmAt: Milliseconds = 0;
  /** When somebody last wanted something, of whatever device. */
  #disturbedAt: Milliseconds = 0;

  get isServerUp(): boolean {
    return this.#serverUpAt <= this.now;
  }

  /** One more device; undefined when there are enough. */
  newcomer({ name, queueMode, objects }: Kind, habits: Habits): Step | undefined {
    const number = this.#devices.size;
    if (number >= DEVICES_MAX) return undefined;
    return {
      kind: 'add', fleet: {
        ...habits, name: `${name}-${number}`, count: 1, network: NETWORK, driver: 'world',
        queueMode, start: { at: this.now, spread: 0 }, objects, vices: {}, radio: undefined,
      },
    };
  }

  /** The name of one of the devices; undefined when there is none. */
  deviceAt(number: number): string | undefined {
    return [...this.#devices.keys()][number % Math.max(1, this.#devices.size)];
  }

  take(step: Step): void {
    if (step.kind === 'act') this.#act(step.action);
    else if (step.kind === 'add') {
      this.#devices.set(step.fleet.name, { fleet: step.fleet, isOn: true, changedAt: this.now });
      this.#disturbedAt = this.now;
    }
    this.now += spanOf(step);
  }

  #act(action: Action): void {
    this.#disturbedAt = this.now;
    const span = action.kind === 'kill server' ? action.down
      : 'span' in action ? action.span ?? 0 : 0;
    this.#calmAt = Math.max(this.#calmAt, this.now + span);
    if (action.kind === 'kill server') this.#serverUpAt = this.now + span;
    const device = 'devices' in action ? this.#devices.get(action.devices.fleet) : undefined;
    if (device === undefined) return;
    device.changedAt = this.now;
    if (action.kind === 'reboot') device.isOn = true;
    else if (action.kind === 'stop') device.isOn = false;
    else if (action.kind === 'deregister') device.isOn = device.isOn === false ? false : undefined;
    // What is about to say good-bye may be switched off by that later.
    else if (action.kind === 'start' && device.isOn === false) device.isOn = true;
  }

  /** Long enough for everything to come to rest. */
  untilRest(): Step {
    return { kind: 'wait', span: Math.max(SECOND, this.#restAt() + 1 - this.now) };
  }

  get isAtRest(): boolean {
    return this.now > this.#restAt();
  }

  #restAt(): Milliseconds {
    const cycles = [...this.#devices.values()].map(({ fleet }) => cycleOf(fleet));
    const since = Math.max(this.#disturbedAt, this.#calmAt);
    return since + Math.max(0, ...cycles) + RETRY_SPAN;
  }

  /** The endpoints that must be registered by now, and those that must not be any more. */
  expected(): { readonly known: readonly string[]; readonly gone: readonly string[] } {
    const known: string[] = [];
    const gone: string[] = [];
    for (const { fleet, isOn, changedAt } of this.#devices.values()) {
      const since = Math.max(changedAt, this.#calmAt);
      const endpoint = `${fleet.name}-0`;
      const over = since + LATENCY_MAX + fleet.lifetime * SECOND + GRACE + COMMIT_SPAN;
      if (isOn === true && this.now >= since + cycleOf(fleet) + RETRY_SPAN) known.push(endpoint);
      if (isOn === false && this.isServerUp && this.now >= over) gone.push(endpoint);
    }
    return { known, gone };
  }
}
