// What people read of operations, and what follows from one. Pure.

import type { Operation, Resource } from '../wire.ts';
import type { Wish } from './actions.ts';

export const TITLES: Readonly<Record<Operation['kind'], string>> = {
  read: 'Read', discover: 'Discover', write: 'Write', execute: 'Execute', create: 'Create',
  delete: 'Delete', 'write-attributes': 'Attributes', 'read-composite': 'Read together',
  'write-composite': 'Write together',
};

type Subject = Pick<Operation, 'kind' | 'path'>;

/** `Write of /3/0/14`; composites are about no path. */
export function subjectOf({ kind, path }: Subject): string {
  return path === '/' ? TITLES[kind] : `${TITLES[kind]} of ${path}`;
}

export function isOpen({ status }: Pick<Operation, 'status'>): boolean {
  return status === 'QUEUED' || status === 'SENDING';
}

/** Whether the definition, if there is one, lets a server do it. */
export function allows(facts: Pick<Resource, 'operations'>, what: 'R' | 'W' | 'E'): boolean {
  return facts.operations.includes(what);
}

/**
 * What is read once the device confirmed a change, so that its own word is shown; `answer` is the
 * path of a new instance.
 */
export function readAfter(
  wish: Wish, answer: string, isReadable: (path: string) => boolean,
): Wish | undefined {
  switch (wish.kind) {
    case 'create': return { kind: 'read', path: answer };
    case 'write': return isReadable(wish.path) ? { kind: 'read', path: wish.path } : undefined;
    case 'write-composite': {
      const paths = wish.values.map(({ path }) => path).filter(isReadable);
      return paths.length === 0 ? undefined : { kind: 'read-composite', paths };
    }
    default: return undefined;
  }
}
