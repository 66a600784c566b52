// The definitions of a client's objects, in the versions it registered, as the compatible interface
// says them.

import { parseObjectList } from '../../lwm2m/object-list.ts';
import type { ObjectModel, ResourceModel } from '../../lwm2m/objects.ts';
import { TYPE_NAMES } from './node-json.ts';
import type { Compat, Target } from './target.ts';

export function objectSpecs({ models }: Compat, { detail }: Target): object[] {
  const { registration } = detail.row;
  if (registration === undefined) return [];
  const version = registration.lwm2mVersion === '1.0' ? '1.0' : '1.1';
  const list = parseObjectList(registration.links, version);
  if (!list.ok) return [];
  return list.value.objects
    .flatMap(({ object, version: of }) => models.known.find(object, of) ?? [])
    .sort((a, b) => a.id - b.id)
    .map(objectSpec);
}

function objectSpec(model: ObjectModel): object {
  const { id, name, multiple, mandatory, version, description } = model;
  return {
    id, name, instancetype: multiple ? 'multiple' : 'single', mandatory, urn: urnOf(model),
    version, lwm2mversion: version === '1.0' ? '1.0' : '1.1', description, description2: '',
    resourcedefs: [...model.resources.values()].map(resourceSpec),
  };
}

function resourceSpec(model: ResourceModel): object {
  const { id, name, operations, multiple, mandatory, type, range, unit, description } = model;
  return {
    id, name, operations: operations === '' ? 'NONE' : operations,
    instancetype: multiple ? 'multiple' : 'single', mandatory,
    type: TYPE_NAMES[type].toLowerCase(), range, units: unit, description,
  };
}

/** Where OMNA's ranges of object ids begin: the standard's, other bodies', companies'. */
const EXTERNAL_MIN = 2_048;
const COMPANIES_MIN = 10_241;

function urnOf({ id, version }: ObjectModel): string {
  const owner = id < EXTERNAL_MIN ? 'oma' : id < COMPANIES_MIN ? 'ext' : 'x';
  // The first version is not said.
  return `urn:oma:lwm2m:${owner}:${id}${version === '1.0' ? '' : `:${version}`}`;
}
