// What pages say of models. Pure.

import type { Model, ModelResource } from '../wire.ts';

export const ORIGINS: Readonly<Record<Model['origin'], string>> = {
  uploaded: 'uploaded', folder: 'folder', 'built-in': 'built in',
};

export function modelAddress({ object, version }: Pick<Model, 'object' | 'version'>): string {
  return `/models/${object}/${version}`;
}

/** The object and version of an address; undefined when it is none of a model. */
export function modelOfAddress(path: string): Pick<Model, 'object' | 'version'> | undefined {
  const found = /^\/models\/(\d{1,5})\/(\d{1,3}\.\d{1,3})$/.exec(path);
  return found === null ? undefined : { object: Number(found[1]), version: found[2] ?? '' };
}

/** Every word must be in the number, the name, the version or the origin. */
export function matchesWords({ object, version, name, origin }: Model, words: string): boolean {
  const text = `${object} ${name} ${version} ${ORIGINS[origin]}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

const OPERATIONS: Readonly<Record<ModelResource['operations'], string>> = {
  R: 'read', W: 'write', RW: 'read, write', E: 'execute', '': 'bootstrap only',
};

export function operationsOf({ operations }: ModelResource): string {
  return OPERATIONS[operations];
}

export function typeOf({ type, multiple }: ModelResource): string {
  if (type === 'none') return '—';
  return multiple ? `${type}, several` : type;
}
