// The attributes by which a server says when it wants to be notified (LwM2M Core 1.1.1 s5.1.2;
// edge, con and hqmax are of 1.2): as queries of a Write-Attributes and in the links of a Discover.
// What an observation does with them is decided elsewhere.

import { fail, ok, type Result } from '../result.ts';
import { convert, definedType, formatDecimal } from './conversion.ts';
import type { Link, LinkAttribute } from './link-format.ts';
import { OBJECTS, type Models } from './objects.ts';
import { formatPath, pathIds, pathOf, type Path } from './path.ts';

/** In the order in which they are written. */
export const ATTRIBUTE_NAMES = [
  'pmin', 'pmax', 'epmin', 'epmax', 'gt', 'lt', 'st', 'edge', 'con', 'hqmax',
] as const;
export type AttributeName = typeof ATTRIBUTE_NAMES[number];

/** pmin, pmax, epmin and epmax are seconds; edge and con 0 or 1. */
export type Attributes = Readonly<Partial<Record<AttributeName, number>>>;
/** What a Write-Attributes changes; null takes the attribute away. */
export type AttributeChanges =
  Readonly<Partial<Record<AttributeName, number | null | undefined>>>;

/** Characters of a number; a query has room for more, a small device's buffer has not. */
export const ATTRIBUTE_NUMBER_LENGTH_MAX = 40;
/** What fits the signed 32 bits that small devices keep seconds and counts in. */
export const ATTRIBUTE_WHOLE_MAX = 2 ** 31 - 1;

/** The changes that the queries of a Write-Attributes ask for: `pmin=10` sets, `pmin` unsets. */
export function parseAttributes(queries: readonly string[]): Result<AttributeChanges> {
  const changes: Partial<Record<AttributeName, number | null>> = {};
  for (const query of queries) {
    const [name = '', ...values] = query.split('=');
    if (!isAttributeName(name)) {
      return fail(`${JSON.stringify(query.slice(0, 40))} is no attribute`);
    }
    if (name in changes) return fail(`${name} is given twice`);
    const value = values.length === 0 ? null : numberOf(values.join('='));
    if (value === undefined) return fail(`${name} has a value that is no number`);
    changes[name] = value;
  }
  return ok(changes);
}

/** The queries of a Write-Attributes. */
export function formatAttributes(changes: AttributeChanges): string[] {
  return namesIn(changes).map((name) => {
    const value = changes[name] ?? null;
    return value === null ? name : `${name}=${numberText(value)}`;
  });
}

/** Attributes attached to one path, once they were changed. */
export function changeAttributes(attached: Attributes, changes: AttributeChanges): Attributes {
  const all: AttributeChanges = { ...attached, ...changes };
  const kept = namesIn(all).flatMap((name): [AttributeName, number][] => {
    const value = all[name] ?? null;
    return value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(kept);
}

/** What is wrong with attributes attached to a path, in a sentence; undefined when nothing is. */
export function checkAttributes(
  attributes: Attributes, path: Path, models: Models = OBJECTS,
): string | undefined {
  for (const name of namesIn(attributes)) {
    const problem = placeProblem(name, path, models)
      ?? numberProblem(name, attributes[name] ?? 0);
    if (problem !== undefined) return problem;
  }
  return orderProblem(attributes);
}

/**
 * What holds for a path, by what is attached to it and to those above it: what is nearer goes
 * before (s5.1.2: resource instance, resource, object instance, object, the server's defaults).
 */
export function mergeAttributes(
  path: Path, attached: ReadonlyMap<string, Attributes>, defaults: Attributes = {},
): Attributes {
  const ids = pathIds(path);
  const levels = ids.map((_, index) => attached.get(formatPath(pathOf(ids.slice(0, index + 1)))));
  return Object.assign({}, defaults, ...levels) as Attributes;
}

/** Of a link in a Discover answer. What cannot be read is passed over, like what is not known. */
export function attributesOf(link: Link): Attributes {
  const found = link.attributes.flatMap(({ name, value = '' }): [AttributeName, number][] => {
    const number = numberOf(value);
    return isAttributeName(name) && number !== undefined ? [[name, number]] : [];
  });
  return Object.fromEntries(found);
}

/** For a link in a Discover answer. */
export function linkAttributesOf(attributes: Attributes): LinkAttribute[] {
  return namesIn(attributes).map((name) => ({ name, value: numberText(attributes[name] ?? 0) }));
}

function isAttributeName(name: string): name is AttributeName {
  return (ATTRIBUTE_NAMES as readonly string[]).includes(name);
}

function namesIn(attributes: AttributeChanges): AttributeName[] {
  return ATTRIBUTE_NAMES.filter((name) => attributes[name] !== undefined);
}

function numberOf(text: string): number | undefined {
  if (text.length > ATTRIBUTE_NUMBER_LENGTH_MAX) return undefined;
  const number = convert({ type: 'string', value: text }, 'float');
  return number.type === 'float' ? number.value : undefined;
}

/** Decimal, and without a fraction of nothing: devices read `pmin=10` and not `pmin=10.0`. */
function numberText(value: number): string {
  return formatDecimal(value).replace(/\.0$/, '');
}

/** Which level has which, and which types (s5.1.2; 1.2 s7.3.2). */
function placeProblem(name: AttributeName, path: Path, models: Models): string | undefined {
  const isNumeric = name === 'gt' || name === 'lt' || name === 'st';
  if (!isNumeric && name !== 'edge') return undefined;
  const kind = isNumeric ? 'numeric' : 'boolean';
  if (path.resource === undefined) {
    return `${name} is for a ${kind} resource, and ${formatPath(path)} is none`;
  }
  // Of a resource without a definition only the device knows.
  const type = definedType(path, models);
  const isOfKind = type === undefined || (isNumeric
    ? type === 'integer' || type === 'unsigned' || type === 'float' : type === 'boolean');
  return isOfKind ? undefined
    : `${name} is for a ${kind} resource, and ${formatPath(path)} has the type ${type}`;
}

function numberProblem(name: AttributeName, value: number): string | undefined {
  switch (name) {
    case 'gt':
    case 'lt':
    case 'st':
      if (name === 'st' && value < 0) return 'st is a step of 0 or more';
      return Number.isFinite(value) && numberText(value).length <= ATTRIBUTE_NUMBER_LENGTH_MAX
        ? undefined : `${name} has more than ${ATTRIBUTE_NUMBER_LENGTH_MAX} digits`;
    case 'edge':
    case 'con':
      return value === 0 || value === 1 ? undefined : `${name} is 0 or 1`;
    default:
      return Number.isInteger(value) && value >= 0 && value <= ATTRIBUTE_WHOLE_MAX
        ? undefined : `${name} is a whole number from 0 to ${ATTRIBUTE_WHOLE_MAX}`;
  }
}

/** Attributes that contradict each other (s5.1.2), in a sentence; undefined when none do. */
export function orderProblem(attributes: Attributes): string | undefined {
  const { pmin = 0, pmax = 0, epmin, epmax, gt, lt, st = 0 } = attributes;
  // A pmax of 0 is none.
  if (pmax !== 0 && pmin > pmax) return `pmin ${pmin} is more than pmax ${pmax}`;
  if (epmin !== undefined && epmax !== undefined && epmin >= epmax) {
    return `epmin ${epmin} is not less than epmax ${epmax}`;
  }
  if (gt === undefined || lt === undefined || lt + 2 * st < gt) return undefined;
  return st === 0 ? `lt ${lt} is not less than gt ${gt}`
    : `lt ${lt} and twice st ${st} are not less than gt ${gt}`;
}
