// Object models of several versions side by side: those this server brings and those people add,
// and which of them hold for one client (LwM2M Core 1.1.1 s7.2). Knows no files.

import type { ObjectList } from './object-list.ts';
import { OBJECTS, type Models, type ObjectModel } from './objects.ts';

export class ObjectModels {
  /** By object id, in ascending order of versions. */
  #versions: ReadonlyMap<number, readonly ObjectModel[]> = new Map();
  /** The newest version of each object: what holds where nothing says which. */
  #newest: ReadonlyMap<number, ObjectModel> = OBJECTS;
  #hasChoice = false;
  /** Registrations share lists, so what holds for a list is found out once. */
  #byList = new WeakMap<ObjectList, Models>();

  constructor(added: readonly ObjectModel[] = []) {
    this.add(added);
  }

  /**
   * Puts models beside those this server brings, in place of all added before. Of the same object
   * and version the last one holds: a person's definition beats ours.
   */
  add(added: readonly ObjectModel[]): void {
    const last = new Map([...OBJECTS.values(), ...added]
      .map((model) => [`${model.id} ${model.version}`, model]));
    const versions = new Map<number, ObjectModel[]>();
    for (const model of [...last.values()].sort(byVersion)) {
      const older = versions.get(model.id);
      if (older === undefined) versions.set(model.id, [model]);
      else older.push(model);
    }
    this.#versions = versions;
    this.#newest = added.length === 0 ? OBJECTS
      : new Map(Array.from(versions, ([id, models]) => [id, models.at(-1) as ObjectModel]));
    this.#hasChoice = last.size > versions.size;
    this.#byList = new WeakMap();
  }

  /** Every model, by object id and version. */
  all(): ObjectModel[] {
    return [...this.#versions].sort(([a], [b]) => a - b).flatMap(([, models]) => models);
  }

  /** What the objects of a client mean, by the versions it registered them with. */
  of(list: ObjectList): Models {
    if (!this.#hasChoice) return this.#newest;
    let models = this.#byList.get(list);
    if (models === undefined) this.#byList.set(list, models = this.#choose(list));
    return models;
  }

  /**
   * The model of that version, else the one that is nearest to it; undefined when there is none of
   * any version. Without a version, the newest.
   */
  find(object: number, version?: string): ObjectModel | undefined {
    if (version === undefined) return this.#newest.get(object);
    return nearest(this.#versions.get(object) ?? [], version);
  }

  /** The list of a client says nothing of most objects, so only what differs is kept for it. */
  #choose({ objects }: ObjectList): Models {
    const chosen = new Map<number, ObjectModel>();
    for (const { object, version } of objects) {
      const model = this.find(object, version);
      if (model !== undefined && model !== this.#newest.get(object)) chosen.set(object, model);
    }
    return chosen.size === 0 ? this.#newest : new ChosenModels(chosen, this.#newest);
  }
}

class ChosenModels implements Models {
  readonly #chosen: Models;
  readonly #others: Models;

  constructor(chosen: Models, others: Models) {
    this.#chosen = chosen;
    this.#others = others;
  }

  get(object: number): ObjectModel | undefined {
    return this.#chosen.get(object) ?? this.#others.get(object);
  }
}

/**
 * LwM2M Core 1.1.1 s7.2.1: a new minor version only adds to the one before, so the next newer of
 * the same major version says everything. An older one says a part of it; another major version
 * may mean something else by a resource, and is still better than a number without a name.
 */
function nearest(models: readonly ObjectModel[], version: string): ObjectModel | undefined {
  const wanted = numbersOf(version);
  const same = models.filter((model) => numbersOf(model.version)[0] === wanted[0]);
  return same.find((model) => numbersOf(model.version)[1] >= wanted[1])
    ?? same.at(-1) ?? models.at(-1);
}

function byVersion(a: ObjectModel, b: ObjectModel): number {
  const [major, minor] = numbersOf(a.version);
  const [otherMajor, otherMinor] = numbersOf(b.version);
  return major - otherMajor || minor - otherMinor;
}

function numbersOf(version: string): [major: number, minor: number] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
}
