// When a simulated device reports what is observed once a server attached attributes to it (LwM2M
// Core 1.1.1 s5.1.2): no sooner than pmin after the last time, no later than pmax, and in between
// when the value has changed enough. Observations without attributes keep the fleet's rhythm.

import { mergeAttributes, type Attributes } from '../core/lwm2m/attributes.ts';
import { formatPath, isWithin, pathOf, type Path } from '../core/lwm2m/path.ts';
import type { Entry, Value } from '../core/lwm2m/value.ts';
import type { Milliseconds, Seconds } from '../core/ports.ts';
import { Alarm } from './alarm.ts';
import type { SimulatedDevice } from './device.ts';
import { entriesOf, notify, pathsOf, type Observed } from './notifications.ts';

/** How often a value is measured unless epmin and epmax say it. */
const MEASURE_EVERY: Seconds = 10;
const DEFAULT_PMIN = pathOf([1, 0, 2]);
const DEFAULT_PMAX = pathOf([1, 0, 3]);

/** The attributes of one device, until it is switched off, and what is reported by them. */
export class Pacing {
  /** By path. */
  readonly attached = new Map<string, Attributes>();
  readonly #device: SimulatedDevice;
  readonly #paces = new Map<Observed, Pace>();

  constructor(device: SimulatedDevice) {
    this.#device = device;
  }

  /** In place of what was attached there. */
  attach(path: Path, attributes: Attributes): void {
    const key = formatPath(path);
    if (Object.keys(attributes).length > 0) this.attached.set(key, attributes);
    else this.attached.delete(key);
    for (const observed of this.#device.observed) this.follow(observed);
  }

  /** An observation began, or its attributes changed. */
  follow(observed: Observed): void {
    for (const [one, pace] of this.#paces) {
      if (!pace.isObserved) this.#paces.delete(one);
    }
    const isPaced = pathsOf(observed).some((path) => (
      Object.keys(mergeAttributes(path, this.attached)).length > 0));
    const pace = this.#paces.get(observed);
    if (isPaced && pace === undefined) {
      this.#paces.set(observed, new Pace(this.#device, observed, this.attached));
    } else if (isPaced) pace?.judge();
    else if (pace !== undefined) {
      pace.end();
      this.#paces.delete(observed);
    }
  }

  /** Of an observation with attributes, by which it is reported. */
  paceOf(observed: Observed): Pace | undefined {
    return this.#paces.get(observed);
  }
}

export class Pace {
  readonly #device: SimulatedDevice;
  readonly #observed: Observed;
  readonly #attached: ReadonlyMap<string, Attributes>;
  readonly #alarm = new Alarm<Pace>(this, (pace) => pace.judge());
  #saidAt: Milliseconds;
  #said: readonly Entry[];

  constructor(
    device: SimulatedDevice, observed: Observed, attached: ReadonlyMap<string, Attributes>,
  ) {
    this.#device = device;
    this.#observed = observed;
    this.#attached = attached;
    this.#saidAt = device.now();
    this.#said = entriesOf(device, observed);
    this.#arm();
  }

  get isObserved(): boolean {
    return this.#device.isObserved(this.#observed);
  }

  /** Reports what has to be said now; of what is over it is the end. */
  judge(): void {
    if (!this.isObserved) return;
    const entries = entriesOf(this.#device, this.#observed);
    const elapsed = this.#device.now() - this.#saidAt;
    // What is no more is told without delay.
    const isDue = entries.length === 0 || pathsOf(this.#observed).some((path) => {
      const isAt = (entry: Entry) => isWithin(entry.path, path);
      return hasToSay(this.#attributesOf(path), elapsed, this.#said.filter(isAt),
        entries.filter(isAt));
    });
    if (isDue) {
      this.#saidAt = this.#device.now();
      this.#said = entries;
      notify(this.#device, this.#observed, entries);
    }
    this.#arm();
  }

  end(): void {
    this.#device.clearAlarm(this.#alarm);
  }

  #arm(): void {
    const elapsed = this.#device.now() - this.#saidAt;
    const delays = pathsOf(this.#observed).map((path) => (
      untilNext(this.#attributesOf(path), elapsed)));
    this.#device.setAlarm(this.#alarm, Math.min(...delays));
  }

  #attributesOf(path: Path): Attributes {
    const pmin = secondsAt(this.#device, DEFAULT_PMIN);
    const pmax = secondsAt(this.#device, DEFAULT_PMAX);
    return mergeAttributes(path, this.#attached, { pmin, pmax });
  }
}

/** What the server object has by default; 0 when it does not say. */
function secondsAt(device: SimulatedDevice, path: Path): Seconds {
  const [entry] = device.entriesAt(path);
  return entry === undefined ? 0 : numberOf(entry.value) ?? 0;
}

/** A pmax of 0 is none, and so is one that is less than pmin, as two levels may give it. */
function mostOf({ pmin = 0, pmax = 0 }: Attributes): Milliseconds {
  return pmax === 0 || pmax < pmin ? Infinity : pmax * 1000;
}

function hasToSay(
  attributes: Attributes, elapsed: Milliseconds, before: readonly Entry[], now: readonly Entry[],
): boolean {
  if (elapsed >= mostOf(attributes)) return true;
  if (elapsed < (attributes.pmin ?? 0) * 1000) return false;
  return before.length !== now.length
    || now.some(({ value }, index) => hasMoved(attributes, before[index]?.value, value));
}

function untilNext(attributes: Attributes, elapsed: Milliseconds): Milliseconds {
  const { epmin, epmax = MEASURE_EVERY } = attributes;
  const least = (attributes.pmin ?? 0) * 1000 - elapsed;
  const measured = Math.max(1, epmin ?? Math.min(MEASURE_EVERY, epmax)) * 1000;
  return Math.min(mostOf(attributes) - elapsed, least > 0 ? least : measured);
}

/** gt and lt speak of the way up and the way down, whichever it takes. */
function hasMoved({ gt, lt, st }: Attributes, before: Value | undefined, now: Value): boolean {
  if (before === undefined || wordsOf(before) === wordsOf(now)) return before === undefined;
  const [from, to] = [numberOf(before), numberOf(now)];
  const isWatched = gt !== undefined || lt !== undefined || st !== undefined;
  if (!isWatched || from === undefined || to === undefined) return true;
  return (gt !== undefined && (from > gt) !== (to > gt))
    || (lt !== undefined && (from < lt) !== (to < lt))
    || (st !== undefined && Math.abs(to - from) >= st);
}

function numberOf(value: Value): number | undefined {
  return value.type === 'integer' || value.type === 'unsigned' || value.type === 'float'
    ? Number(value.value) : undefined;
}

function wordsOf(value: Value): string {
  return 'value' in value ? String(value.value) : `${value.object}:${value.instance}`;
}
