// Which values the form of a write or a create begins with, and what is asked in the end. Pure.

import type { DeviceObject, ResourceFacts } from '../wire.ts';
import type { Wish } from './actions.ts';
import type { DialogAbout, ValueStore } from './device-state.ts';
import { draftOf, wishedOf, type Draft } from './drafts.ts';
import { allows } from './operation-words.ts';
import { idsOf, resourceAt } from './resources.ts';

export interface Plan {
  readonly title: string;
  readonly drafts: readonly Draft[];
  /** Values may be left out and added. */
  readonly isList: boolean;
  /** What all values are within; '' is the root. */
  readonly base: string;
  /** What was picked and is known not to be writable. */
  readonly leftOut: readonly string[];
}

interface Known {
  readonly objects: readonly DeviceObject[];
  readonly values: ValueStore;
  readonly picked: readonly string[];
}

export function planOf({ form, path }: DialogAbout, known: Known): Plan {
  if (form === 'write together') {
    const isFixed = (one: string): boolean => {
      const facts = resourceAt(known.objects, one);
      return idsOf(one).length < 2 || facts !== undefined && !allows(facts, 'W');
    };
    const drafts = known.picked.filter((one) => !isFixed(one))
      .flatMap((one) => draftsAt(one, known, true));
    const leftOut = known.picked.filter(isFixed);
    return { title: 'Write together', drafts, isList: true, base: '', leftOut };
  }
  const [object, instance, resource, resourceInstance] = idsOf(path);
  const of = known.objects.find(({ id }) => id === object);
  if (form === 'create') {
    // The device chooses the instance unless it is said; until then it is as if it were the first.
    const base = `/${object}/${instance ?? 0}`;
    const drafts = (of?.resources ?? []).filter(isOfNewInstance)
      .map((facts) => draftOf(firstPath(`${base}/${facts.id}`, facts), facts, undefined,
        facts.mandatory));
    const title = `New instance of ${of?.name ?? `/${object}`}`;
    return { title, drafts, isList: true, base, leftOut: [] };
  }
  const facts = resourceAt(known.objects, path);
  const isList = resource === undefined
    || resourceInstance === undefined && facts?.multiple === true;
  const title = facts === undefined ? `Write ${path}` : `Write ${facts.name}`;
  const drafts = draftsAt(path, known, resource !== undefined);
  return { title, drafts, isList, base: path, leftOut: [] };
}

/** One for each value that can be written at or below a path, as it was last told. */
function draftsAt(
  path: string, { objects, values }: Pick<Known, 'objects' | 'values'>, isChosen: boolean,
): Draft[] {
  const [object, instance, resource, resourceInstance] = idsOf(path);
  const at = `/${object}/${instance}`;
  if (resource !== undefined) {
    const of = `${at}/${resource}`;
    const facts = resourceAt(objects, path);
    const told = values[of] ?? [];
    if (resourceInstance !== undefined || facts?.multiple !== true) {
      const value = told.find((one) => one.resourceInstance === (resourceInstance ?? null));
      return [draftOf(path, facts, value?.value, isChosen)];
    }
    return told.length === 0 ? [draftOf(firstPath(of, facts), facts, undefined, isChosen)]
      : told.map((one) => draftOf(
        `${of}/${one.resourceInstance ?? 0}`, facts, one.value, isChosen));
  }
  const found = objects.find(({ id }) => id === object)?.instances
    .find(({ id }) => id === instance);
  return (found?.resources ?? []).filter((facts) => allows(facts, 'W'))
    .flatMap(({ id }) => draftsAt(`${at}/${id}`, { objects, values }, isChosen));
}

function firstPath(path: string, { multiple }: ResourceFacts): string {
  return multiple ? `${path}/0` : path;
}

/** A new instance is also given what only the device can change later. */
function isOfNewInstance(facts: ResourceFacts): boolean {
  return facts.type !== 'none' && (allows(facts, 'W') || allows(facts, 'R') && facts.mandatory);
}

/** What is asked; `mode` is that of a whole instance. */
export function wishOf(
  { form, path }: DialogAbout, chosen: readonly Draft[], mode: 'update' | 'replace',
): Wish {
  const values = chosen.map(wishedOf);
  if (form === 'create') return { kind: 'create', path, values };
  if (form === 'write together') return { kind: 'write-composite', values };
  return { kind: 'write', path, mode: idsOf(path).length === 2 ? mode : 'replace', values };
}

/** The form and its values, once a new instance is given a number. */
export function numbered(
  about: DialogAbout, { base }: Plan, drafts: readonly Draft[], instance: string,
): [DialogAbout, readonly Draft[]] {
  if (instance === '') return [about, drafts];
  const path = `${about.path}/${instance}`;
  return [
    { ...about, path },
    drafts.map((draft) => ({ ...draft, path: path + draft.path.slice(base.length) })),
  ];
}

/** Where a value may be added next, or the beginning of it. */
export function nextPath(base: string, drafts: readonly Draft[]): string {
  if (idsOf(base).length < 3) return `${base}/`;
  const used = drafts.map(({ path }) => idsOf(path)[3] ?? 0);
  return `${base}/${Math.max(-1, ...used) + 1}`;
}
