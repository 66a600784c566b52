// Paths of a device and what is known of them. Pure.

import type { DeviceObject, ResourceFacts } from '../wire.ts';

/** The ids of a path, from the object's on. */
export function idsOf(path: string): number[] {
  return path.split('/').slice(1).map(Number);
}

/** `/3303`, `/3303/0`, `/3303/0/5700`: a path and all above it, the highest first. */
export function levelsOf(path: string): string[] {
  const ids = idsOf(path);
  return ids.map((_, index) => `/${ids.slice(0, index + 1).join('/')}`);
}

/** What is known of a resource, or of the one a resource instance is of. */
export function resourceAt(
  objects: readonly DeviceObject[], path: string,
): ResourceFacts | undefined {
  const [of, at, id] = idsOf(path);
  if (id === undefined) return undefined;
  const object = objects.find((one) => one.id === of);
  const instance = object?.instances.find((one) => one.id === at);
  return [...instance?.resources ?? [], ...object?.resources ?? []].find((one) => one.id === id);
}

/** Of a resource that no definition knows: the device decides what it may be. */
export function unknownResource(id: number): ResourceFacts {
  return {
    id, name: `Resource ${id}`, unit: '', type: 'unknown', operations: 'RW', multiple: false,
    mandatory: false, range: '', limits: null, choices: [],
  };
}

/** Whether people typed one of an object or something below it. */
export function isPath(text: string): boolean {
  return /^(\/\d{1,5}){1,4}$/.test(text);
}
