// The object tree of a device: what it says it has, what we know of that, and what it last said.
// Objects nobody knows are shown with what they sent.

import type { ObjectModels } from '../lwm2m/models.ts';
import type { ObjectModel, ResourceModel } from '../lwm2m/objects.ts';
import { parseChoices, parseRange } from '../lwm2m/range.ts';
import { parseObjectList, type Lwm2mVersion } from '../lwm2m/registration.ts';
import type { StoredValue } from '../store/history.ts';
import type { DeviceDetail } from './management.ts';
import { resourceValue } from './present.ts';
import type { InstanceView, ObjectView, ResourceFacts, ResourceView } from './views.ts';

/** Values by object, instance and resource. */
type Stored = Map<number, Map<number, Map<number, StoredValue[]>>>;

export function objectTree(
  detail: DeviceDetail, values: readonly StoredValue[], models: ObjectModels,
): ObjectView[] {
  const stored = sorted(values);
  const versions = new Map<number, string>();
  const listed = new Set<string>();
  for (const { object, instance } of registeredInstances(detail, versions)) {
    child(child(stored, object), instance);
    listed.add(`/${object}/${instance}`);
  }
  for (const object of versions.keys()) child(stored, object);
  const observed = new Set(detail.observing.flatMap((target) => target.split('+')));
  return ascending(stored).map(([id, instances]) => {
    const model = models.find(id, versions.get(id));
    return {
      id,
      name: model?.name ?? `Object ${id}`,
      known: model !== undefined,
      version: versions.get(id) ?? '',
      modelVersion: model?.version ?? '',
      multiple: model?.multiple ?? true,
      resources: [...model?.resources.values() ?? []].map((one) => resourceFacts(one.id, one)),
      instances: ascending(instances).map(([instance, resources]) => ({
        id: instance,
        isListed: listed.has(`/${id}/${instance}`),
        resources: resourceViews(`/${id}`, `/${id}/${instance}`, model, resources, observed),
      })),
    };
  });
}

function resourceViews(
  object: string, instance: string, model: ObjectModel | undefined,
  stored: ReadonlyMap<number, StoredValue[]>, observed: ReadonlySet<string>,
): InstanceView['resources'] {
  const models = model?.resources ?? new Map<number, ResourceModel>();
  const ids = [...new Set([...models.keys(), ...stored.keys()])].sort((a, b) => a - b);
  const isObservedWhole = observed.has(object) || observed.has(instance);
  return ids.map((id) => {
    const isObserved = isObservedWhole || observed.has(`${instance}/${id}`);
    return resourceView(id, models.get(id), stored.get(id) ?? [], isObserved);
  });
}

function resourceView(
  id: number, model: ResourceModel | undefined, values: readonly StoredValue[],
  isObserved: boolean,
): ResourceView {
  const facts = resourceFacts(id, model, values);
  return {
    ...facts,
    values: values.map(resourceValue),
    source: isObserved ? 'observed' : values.length > 0 ? 'read' : 'never',
    numeric: facts.type === 'integer' || facts.type === 'unsigned' || facts.type === 'float',
  };
}

function resourceFacts(
  id: number, model: ResourceModel | undefined, values: readonly StoredValue[] = [],
): ResourceFacts {
  const range = model?.range ?? '';
  return {
    id,
    name: model?.name ?? `Resource ${id}`,
    unit: model?.unit ?? '',
    type: model?.type ?? values[0]?.value.type ?? 'unknown',
    // Only the device knows, and may say no.
    operations: model?.operations ?? 'RW',
    multiple: model?.multiple ?? values.some(({ resourceInstance }) => resourceInstance !== -1),
    mandatory: model?.mandatory ?? false,
    range,
    limits: parseRange(range) ?? null,
    choices: parseChoices(range),
  };
}

/** What the registration lists; fills in the objects' versions. */
function registeredInstances(
  { row: { registration } }: DeviceDetail, versions: Map<number, string>,
): readonly { readonly object: number; readonly instance: number }[] {
  if (registration === undefined) return [];
  const list = parseObjectList(registration.links, registration.lwm2mVersion as Lwm2mVersion);
  if (!list.ok) return [];
  for (const { object, version: of } of list.value.objects) versions.set(object, of);
  return list.value.instances;
}

function sorted(values: readonly StoredValue[]): Stored {
  const stored: Stored = new Map();
  for (const value of values) {
    const resources = child(child(stored, value.object), value.instance);
    const same = resources.get(value.resource);
    if (same === undefined) resources.set(value.resource, [value]);
    else same.push(value);
  }
  return stored;
}

function child<Value>(
  parent: Map<number, Map<number, Value>>, id: number,
): Map<number, Value> {
  let found = parent.get(id);
  if (found === undefined) parent.set(id, found = new Map<number, Value>());
  return found;
}

function ascending<Value>(map: ReadonlyMap<number, Value>): [number, Value][] {
  return [...map].sort(([a], [b]) => a - b);
}
