// The object tree of a simulated device: a value function for each resource, read at the moment
// it is asked for, and the link list that its Register carries.

import { formatPath, isWithin, parsePath, type Path } from '../core/lwm2m/path.ts';
import type { Entry, Value } from '../core/lwm2m/value.ts';
import type { Milliseconds } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import type { Signal } from './signals.ts';

/**
 * Devices of a fleet share their resources; `variant`, a number below 2^32, is what makes the
 * values of one differ from those of another.
 */
export type ValueAt = (now: Milliseconds, variant: number) => Value;

export class Resources {
  readonly #values: readonly { readonly path: Path; readonly at: ValueAt }[];

  /** Objects that are there without an instance. */
  readonly #empty: readonly number[];

  /** Keys are paths of resources, like `/3303/0/5700`, in the order of the tree. */
  constructor(values: Readonly<Record<string, ValueAt>>, objects: readonly number[] = []) {
    this.#values = Object.entries(values).map(([key, at]) => {
      const path = parsePath(key);
      assert(path.ok && path.value.resource !== undefined, `a path of a resource: ${key}`);
      return { path: path.value, at };
    });
    this.#empty = objects.filter((one) => this.pathsWithin({ object: one }).length === 0);
  }

  /** The same and these. */
  with(values: Readonly<Record<string, ValueAt>>): Resources {
    return new Resources({ ...this.#but(() => false), ...values }, this.#empty);
  }

  /** The same but what is at or below a path; its object stays. */
  without(path: Path): Resources {
    return new Resources(this.#but((one) => isWithin(one, path)), [...this.#empty, path.object]);
  }

  #but(isLeftOut: (path: Path) => boolean): Record<string, ValueAt> {
    return Object.fromEntries(this.#values.filter(({ path }) => !isLeftOut(path))
      .map(({ path, at }) => [formatPath(path), at]));
  }

  hasObject(object: number): boolean {
    return this.#empty.includes(object) || this.#values.some(({ path }) => path.object === object);
  }

  /** Everything at or below a path; empty when there is nothing. */
  read(path: Path, now: Milliseconds, variant = 0): Entry[] {
    const entries: Entry[] = [];
    for (const one of this.#values) {
      if (isWithin(one.path, path)) entries.push({ path: one.path, value: one.at(now, variant) });
    }
    return entries;
  }

  /** Of all resources at or below a path. */
  pathsWithin(path: Path): Path[] {
    return this.#values.map((one) => one.path).filter((one) => isWithin(one, path));
  }

  /** `</3/0>,</3303/0>`, with the root link that 1.1 clients put first. */
  links(formats: readonly number[]): string {
    const instances = new Set(this.#values.map(({ path }) => `</${path.object}/${path.instance}>`));
    const root = formats.length === 0 ? [] : [`</>;rt="oma.lwm2m";ct="${formats.join(' ')}"`];
    return [...root, ...instances, ...this.#empty.map((object) => `</${object}>`)].join(',');
  }
}

export function text(value: string): ValueAt {
  return () => ({ type: 'string', value });
}

export function float(signal: Signal): ValueAt {
  return (now, variant) => ({ type: 'float', value: signal(now, variant) });
}

export function integer(signal: Signal): ValueAt {
  return (now, variant) => ({
    type: 'integer', value: BigInt(Math.round(signal(now, variant))),
  });
}

export function flag(value: boolean): ValueAt {
  return () => ({ type: 'boolean', value });
}

export function opaque(value: Uint8Array): ValueAt {
  return () => ({ type: 'opaque', value });
}

/** The device's clock in seconds. */
export function clockTime(): ValueAt {
  return (now) => ({ type: 'time', value: Math.floor(now / 1000) });
}
