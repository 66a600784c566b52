// Create and Delete (LwM2M Core 1.1.1 s6.3.6, s6.3.7): instances come with the values they are
// given and go with all that was written to them; an Update tells the new object list.

import { Code, type Message, OptionNumber } from '../../core/coap/message.ts';
import { contentFormat, stringOptionOf } from '../../core/coap/options.ts';
import { ContentFormat, decodePayload } from '../../core/lwm2m/content-format.ts';
import { definedType } from '../../core/lwm2m/conversion.ts';
import { NO_INSTANCE } from '../../core/lwm2m/lwm2m-cbor.ts';
import { findObject } from '../../core/lwm2m/objects.ts';
import { formatPath, type Path } from '../../core/lwm2m/path.ts';
import type { Entry } from '../../core/lwm2m/value.ts';
import type { SimulatedDevice } from '../device.ts';
import { reportChanged } from '../notifications.ts';
import { hasState } from '../objects/all.ts';
import { update } from '../registration.ts';
import type { Resources, ValueAt } from '../resources.ts';
import { refused, type Answer } from './answer.ts';
import { inTree, isThere } from './tree.ts';
import { WRITABLE_FORMATS } from './write.ts';

/** Of one object, on one device. */
export const INSTANCES_MAX = 16;

export function create(device: SimulatedDevice, message: Message, { object }: Path): Answer {
  const { resources } = device;
  if (!resources.hasObject(object)) return refused(Code.NOT_FOUND);
  if (!comesAndGoes(object)) return refused(Code.METHOD_NOT_ALLOWED);
  const format = contentFormat(message);
  if (format !== undefined && !WRITABLE_FORMATS.has(format)) {
    return refused(Code.UNSUPPORTED_CONTENT_FORMAT);
  }
  const hasNoInstance = format === ContentFormat.TLV && !beginsWithInstance(message.payload);
  const base = hasNoInstance ? { object, instance: NO_INSTANCE } : { object };
  const decoded = decodePayload(format, base, message.payload, device.now());
  const entries = decoded.ok ? decoded.value : [];
  if (!isInstance(object, entries)) return refused(Code.BAD_REQUEST);
  const taken = new Set(resources.pathsWithin({ object }).map((path) => path.instance));
  const named = entries[0]?.path.instance;
  const instance = named === undefined || named === NO_INSTANCE ? firstFree(taken) : named;
  if (taken.has(instance)) return refused(Code.BAD_REQUEST);
  if (taken.size >= INSTANCES_MAX) return refused(Code.INTERNAL_SERVER_ERROR);
  const location = [object, instance].map((id) => (
    stringOptionOf(OptionNumber.LOCATION_PATH, String(id))));
  return {
    // The path is news only if it was the device that chose it.
    response: { code: Code.CREATED, options: named === instance ? [] : location },
    then: () => changeTree(
      device, resources.with(valuesOf(entries, instance)), { object, instance }),
  };
}

export function remove(device: SimulatedDevice, path: Path): Answer {
  if (path.instance === undefined || path.resource !== undefined) {
    return refused(Code.METHOD_NOT_ALLOWED);
  }
  if (!isThere(device, path)) return refused(Code.NOT_FOUND);
  if (!comesAndGoes(path.object)) return refused(Code.METHOD_NOT_ALLOWED);
  return {
    response: { code: Code.DELETED },
    then: () => {
      device.ownState().forgetWithin(path);
      changeTree(device, device.resources.without(path), path);
    },
  };
}

function changeTree(device: SimulatedDevice, resources: Resources, changed: Path): void {
  device.ownState().resources = resources;
  update(device);
  reportChanged(device, [changed]);
}

/** Of single-instance objects and of those with a state the device has what it was made with. */
function comesAndGoes(object: number): boolean {
  return findObject(object)?.multiple === true && !hasState(object);
}

function firstFree(taken: ReadonlySet<number | undefined>): number {
  let id = 0;
  while (taken.has(id)) id++;
  return id;
}

/** LwM2M Core s7.4.6: without the element of an instance, its id is the device's to choose. */
function beginsWithInstance([first = 0]: Uint8Array): boolean {
  return first >> 6 === 0;
}

/** One instance, in the types of its definition, with all that a server has to give. */
function isInstance(object: number, entries: readonly Entry[]): boolean {
  const given = new Set(entries.map(({ path }) => path.resource));
  const needed = [...findObject(object)?.resources.values() ?? []]
    .filter(({ mandatory, operations }) => mandatory && operations.includes('W'));
  return entries.length > 0 && needed.every(({ id }) => given.has(id))
    && entries.every(({ path, value }) => (
      path.instance === entries[0]?.path.instance && value.type === definedType(path)));
}

function valuesOf(entries: readonly Entry[], instance: number): Record<string, ValueAt> {
  return Object.fromEntries([...entries].sort((a, b) => inTree(a.path, b.path))
    .map(({ path, value }) => [formatPath({ ...path, instance }), () => value]));
}
