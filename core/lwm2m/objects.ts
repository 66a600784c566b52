// What an object model is (LwM2M Core 1.1.1 appendix D), and those this server brings (appendix E;
// IPSO Smart Objects). Models that people add are in models.ts. An object without a model is kept
// and shown without names, never refused.

import {
  CORE_OBJECTS, IPSO_OBJECTS, REUSABLE_MULTIPLE, REUSABLE_RESOURCES, VERSIONS, type Operations,
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
  /** What values are possible, in the words of the definition, like `0..100`; '' when unsaid. */
  readonly range: string;
  /** Sentences of the definition; '' when there are none. */
  readonly description: string;
}

export interface ObjectModel {
  readonly id: number;
  /** Of the object, like `1.1`; not of LwM2M. */
  readonly version: string;
  readonly name: string;
  readonly description: string;
  readonly multiple: boolean;
  readonly mandatory: boolean;
  readonly resources: ReadonlyMap<number, ResourceModel>;
}

/** Models by object id: those that hold for one client, or for nobody in particular. */
export type Models = Pick<ReadonlyMap<number, ObjectModel>, 'get'>;

/** The objects this server brings, by id. */
export const OBJECTS: ReadonlyMap<number, ObjectModel> = new Map(
  [...coreObjects(), ...ipsoObjects()].map((model) => [model.id, model]),
);

export function findObject(object: number): ObjectModel | undefined {
  return OBJECTS.get(object);
}

export function findResource(
  object: number, resource: number, models: Models = OBJECTS,
): ResourceModel | undefined {
  return models.get(object)?.resources.get(resource);
}

function coreObjects(): ObjectModel[] {
  return CORE_OBJECTS.map(([id, name, instances, presence, facts]) => ({
    id, version: versionOf(id), name, description: '',
    multiple: instances === 'multiple', mandatory: presence === 'mandatory',
    resources: byId(facts.map(([resource, title, operations, type, occurs, unit = '']) => ({
      id: resource, name: title, type, operations,
      multiple: occurs === '+' || occurs === '*', mandatory: occurs === '1' || occurs === '+', unit,
      range: '', description: '',
    }))),
  }));
}

function ipsoObjects(): ObjectModel[] {
  const reusable = byId(REUSABLE_RESOURCES.map(([id, name, operations, type, unit = '']) => ({
    id, name, type, operations, multiple: REUSABLE_MULTIPLE.includes(id), mandatory: false, unit,
    range: '', description: '',
  })));
  const pick = (ids: readonly number[]) => ids.flatMap((id) => reusable.get(id) ?? []);
  return IPSO_OBJECTS.map(([id, name, mandatory, optional]) => ({
    id, version: versionOf(id), name, description: '', multiple: true, mandatory: false,
    resources: byId([
      ...pick(mandatory).map((resource) => ({ ...resource, mandatory: true })),
      ...pick(optional),
    ]),
  }));
}

function versionOf(object: number): string {
  return VERSIONS[object] ?? '1.1';
}

/** In ascending order. */
export function byId(resources: readonly ResourceModel[]): ReadonlyMap<number, ResourceModel> {
  const ordered = [...resources].sort((a, b) => a.id - b.id);
  return new Map(ordered.map((resource) => [resource.id, resource]));
}
