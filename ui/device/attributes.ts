// Notification attributes as people edit them: which there are for a path, what is attached at each
// level above it and what is in effect (LwM2M Core 1.1.1 s5.1.2). Pure.

import type { Link, Operation } from '../wire.ts';
import type { ValueStore } from './device-state.ts';
import { levelsOf } from './resources.ts';

export type Attribute =
  'pmin' | 'pmax' | 'epmin' | 'epmax' | 'gt' | 'lt' | 'st' | 'edge' | 'con' | 'hqmax';

export const MEANINGS: Readonly<Record<Attribute, string>> = {
  pmin: 'told at most every, s', pmax: 'told at least every, s',
  epmin: 'measured at most every, s', epmax: 'measured at least every, s',
  gt: 'told when it crosses, above', lt: 'told when it crosses, below', st: 'told when it moved by',
  edge: 'told when it becomes 0 or 1', con: 'confirmed (1) or not (0)',
  hqmax: 'values kept while offline',
};

/** By path, as text: what a device said of itself at that level. */
export type Attached = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** One value of an attribute, and the path it is attached to. */
export interface Place {
  readonly at: string;
  readonly value: string;
}

/** Resources of the Server object that hold where nothing is attached. */
const DEFAULTS: Readonly<Partial<Record<Attribute, number>>> = { pmin: 2, pmax: 3 };

/** Which attributes a path may have; a resource that no definition knows may have all. */
export function attributesFor(path: string, type: string, version: string): Attribute[] {
  const isResource = levelsOf(path).length > 2;
  const isNumeric = ['integer', 'unsigned', 'float', 'unknown'].includes(type);
  const isOf12 = version !== '1.0' && version !== '1.1';
  return [
    'pmin', 'pmax', ...version === '1.0' ? [] : ['epmin', 'epmax'] as const,
    ...isResource && isNumeric ? ['gt', 'lt', 'st'] as const : [],
    ...isOf12 && isResource && ['boolean', 'unknown'].includes(type) ? ['edge'] as const : [],
    ...isOf12 ? ['con', 'hqmax'] as const : [],
  ];
}

/** Where an attribute of the path stands: what is nearest holds, and the server's default last. */
export function placesOf(
  name: Attribute, path: string, attached: Attached, values: ValueStore,
): Place[] {
  const places = levelsOf(path).reverse().flatMap((at) => {
    const value = attached.get(at)?.[name];
    return value === undefined ? [] : [{ at, value }];
  });
  const resource = DEFAULTS[name];
  const pattern = new RegExp(`^/1/\\d+/${resource}$`);
  // With several servers nobody here can say which one this is.
  const [at = '', ...others] = Object.keys(values).filter((one) => pattern.test(one));
  const value = others.length === 0 ? values[at]?.[0]?.value.value : undefined;
  return value === undefined ? places : [...places, { at, value: String(value) }];
}

/** What can be discovered of a path: a resource instance is in the links of its resource. */
export function discoverable(path: string): string[] {
  return levelsOf(path).slice(0, 3);
}

/** The last Discover of each level, unless attributes were written since. */
export function discoversOf(
  path: string, operations: readonly Operation[],
): ReadonlyMap<string, Operation> {
  const levels = levelsOf(path);
  const found = new Map<string, Operation>();
  // Newest first.
  for (const one of operations) {
    if (!levels.includes(one.path)) continue;
    if (one.kind === 'write-attributes' && one.status === 'CONFIRMED') break;
    if (one.kind === 'discover' && !found.has(one.path)) found.set(one.path, one);
  }
  return found;
}

/**
 * What is attached at each level, by the links of the Discover of each. Of a resource some devices
 * list what it inherits as well (1.1.1 s6.3.2): what agrees with the level above is of that one.
 */
export function attachedBy(path: string, links: ReadonlyMap<string, readonly Link[]>): Attached {
  const attached = new Map<string, Record<string, string>>();
  const inherited: Record<string, string> = {};
  for (const level of levelsOf(path)) {
    const said = links.get(level) ?? links.get(level.replace(/\/\d+$/, ''));
    const link = said?.find((one) => one.path === level);
    const own: Record<string, string> = {};
    for (const { name, value } of link?.attributes ?? []) {
      if (name in MEANINGS && value !== undefined && value !== inherited[name]) own[name] = value;
    }
    Object.assign(inherited, own);
    if (said !== undefined) attached.set(level, own);
  }
  return attached;
}

/** What has to be written so that the fields hold: null takes an attribute away. */
export function changesOf(
  fields: Readonly<Record<string, string>>, own: Readonly<Record<string, string>> = {},
): Record<string, number | null> {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, text]) => {
    const value = text.trim();
    return value === (own[name] ?? '') ? [] : [[name, value === '' ? null : Number(value)]];
  }));
}
