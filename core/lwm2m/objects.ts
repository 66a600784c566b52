// The definitions of objects and resources this server knows (LwM2M Core 1.1.1 appendices D, E;
// IPSO Smart Objects). An object it does not know is kept and shown without names, never refused.

import {
  CORE_OBJECTS, IPSO_OBJECTS, REUSABLE_MULTIPLE, REUSABLE_RESOURCES, type Operations,
} from './object-table.ts';
import type { ValueType } from './value.ts';

export interface ResourceModel {
  readonly id: number;
  readonly name: string;
  /** `none` for what can only be executed. */
  readonly type: ValueType | 'none';
  /** What a server may do; '' is for the bootstrap server alone. */
  readonly operations: Operations;
  readonly multiple: boolean;
  readonly mandatory: boolean;
  /** As people read it, like `%` or `dBm`; '' when it has none or another resource says it. */
  readonly unit: string;
}

export interface ObjectModel {
  readonly id: number;
  readonly name: string;
  readonly multiple: boolean;
  readonly mandatory: boolean;
  readonly resources: ReadonlyMap<number, ResourceModel>;
}

/** Every object with a definition, by id. */
export const OBJECTS: ReadonlyMap<number, ObjectModel> = new Map(
  [...coreObjects(), ...ipsoObjects()].map((model) => [model.id, model]),
);

export function findObject(object: number): ObjectModel | undefined {
  return OBJECTS.get(object);
}

export function findResource(object: number, resource: number): ResourceModel | undefined {
  return OBJECTS.get(object)?.resources.get(resource);
}

function coreObjects(): ObjectModel[] {
  return CORE_OBJECTS.map(([id, name, instances, presence, facts]) => ({
    id, name, multiple: instances === 'multiple', mandatory: presence === 'mandatory',
    resources: byId(facts.map(([resource, title, operations, type, occurs, unit = '']) => ({
      id: resource, name: title, type, operations,
      multiple: occurs === '+' || occurs === '*', mandatory: occurs === '1' || occurs === '+', unit,
    }))),
  }));
}

function ipsoObjects(): ObjectModel[] {
  const reusable = byId(REUSABLE_RESOURCES.map(([id, name, operations, type, unit = '']) => ({
    id, name, type, operations, multiple: REUSABLE_MULTIPLE.includes(id), mandatory: false, unit,
  })));
  const pick = (ids: readonly number[]) => ids.flatMap((id) => reusable.get(id) ?? []);
  return IPSO_OBJECTS.map(([id, name, mandatory, optional]) => ({
    id, name, multiple: true, mandatory: false,
    resources: byId([
      ...pick(mandatory).map((resource) => ({ ...resource, mandatory: true })),
      ...pick(optional),
    ]),
  }));
}

function byId(resources: readonly ResourceModel[]): ReadonlyMap<number, ResourceModel> {
  const ordered = [...resources].sort((a, b) => a.id - b.id);
  return new Map(ordered.map((resource) => [resource.id, resource]));
}
