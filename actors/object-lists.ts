// Object lists shared by all registrations that sent the same text: a fleet of one firmware has
// one list in memory. A list leaves with its last registration.

import { ok, type Result } from '../core/result.ts';
import { parseObjectList, type ObjectList, type Lwm2mVersion } from '../core/lwm2m/registration.ts';

export class ObjectLists {
  readonly #known = new Map<string, { readonly list: ObjectList; holders: number }>();
  readonly #keys = new Map<ObjectList, string>();
  #characters = 0;

  /** The shared form of a list that was just parsed. */
  share(list: ObjectList, version: Lwm2mVersion): ObjectList {
    const key = `${version} ${list.source}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      known.holders++;
      return known.list;
    }
    this.#known.set(key, { list, holders: 1 });
    this.#keys.set(list, key);
    this.#characters += list.source.length;
    return list;
  }

  /** The shared list of a stored text, parsed only if no one holds it yet. */
  restore(source: string, version: Lwm2mVersion): Result<ObjectList> {
    const known = this.#known.get(`${version} ${source}`);
    if (known !== undefined) {
      known.holders++;
      return ok(known.list);
    }
    const parsed = parseObjectList(source, version);
    return parsed.ok ? ok(this.share(parsed.value, version)) : parsed;
  }

  release(list: ObjectList): void {
    const key = this.#keys.get(list);
    const known = key === undefined ? undefined : this.#known.get(key);
    if (key === undefined || known === undefined || --known.holders > 0) return;
    this.#known.delete(key);
    this.#keys.delete(list);
    this.#characters -= list.source.length;
  }

  /** Whether one more registration with this list stays within the limit. */
  fits(list: ObjectList, version: Lwm2mVersion, charactersMax: number): boolean {
    return this.#known.has(`${version} ${list.source}`)
      || this.#characters + list.source.length <= charactersMax;
  }

  get size(): number {
    return this.#known.size;
  }
}
