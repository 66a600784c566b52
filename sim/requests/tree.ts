// What a device has at or below a path, whether it can be read or not.

import { Code } from '../../core/coap/message.ts';
import { isWithin, type Path } from '../../core/lwm2m/path.ts';
import type { SimulatedDevice } from '../device.ts';
import { UNREADABLE } from '../objects/all.ts';

/** Everything at or below a path, in the order of the tree. */
export function known(device: SimulatedDevice, path: Path): Path[] {
  const { resources } = device;
  const hidden = UNREADABLE.filter((one) => isWithin(one, path)
    && resources.pathsWithin({ object: one.object, instance: one.instance ?? 0 }).length > 0);
  return [...resources.pathsWithin(path), ...hidden].sort(inTree);
}

export function isThere(device: SimulatedDevice, path: Path): boolean {
  return known(device, path).length > 0;
}

/** An object whose instances were all deleted. */
export function isEmptyObject({ resources }: SimulatedDevice, path: Path): boolean {
  return path.instance === undefined && resources.hasObject(path.object)
    && resources.pathsWithin(path).length === 0;
}

/** Why there is nothing to read. */
export function absenceOf(device: SimulatedDevice, path: Path): number {
  return isThere(device, path) ? Code.METHOD_NOT_ALLOWED : Code.NOT_FOUND;
}

export function inTree(a: Path, b: Path): number {
  return a.object - b.object || (a.instance ?? 0) - (b.instance ?? 0)
    || (a.resource ?? 0) - (b.resource ?? 0)
    || (a.resourceInstance ?? 0) - (b.resourceInstance ?? 0);
}
