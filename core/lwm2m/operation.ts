// What a server may ask of a device (LwM2M Core 1.1.1 s6.3) in two forms: a wish is plain JSON, as
// people and scripts say it and the database keeps it; an operation is the wish in the types of the
// device's own object models, found possible by them. The device has the last word.

import { fail, ok, unreachable, type Result } from '../result.ts';
import { checkAttributes, type AttributeChanges, type Attributes } from './attributes.ts';
import { ContentFormat } from './content-format.ts';
import { convert } from './conversion.ts';
import { ARGUMENTS_LENGTH_MAX, isArgumentList } from './execute-arguments.ts';
import { findResource, type Models, type ResourceModel } from './objects.ts';
import { formatPath, isWithin, parsePath, pathIds, pathOf, type Path } from './path.ts';
import { lengthProblem, rangeProblem } from './range.ts';
import { isSecret } from './secrets.ts';
import type { Entry, Value, ValueType } from './value.ts';

/** A value as JSON has it; text in the forms of appendix C, opaque in base64. */
export interface WishedValue {
  readonly path: string;
  readonly value: string | number | boolean;
  /** For resources that no model defines; default: by the kind of the value. */
  readonly type?: ValueType | undefined;
}

interface Common {
  /** Content-Format of what is sent, or Accept of what is asked for; default: the device's own. */
  readonly format?: number | undefined;
}

interface Asked extends Common {
  /** Asked for even where a definition says it cannot be: the device's answer is wanted. */
  readonly isForced?: true;
}

export type Wish = Asked & (
  | { readonly kind: 'discover' | 'delete'; readonly path: string }
  /** Into a file: what an opaque resource holds, which may be longer than other values. */
  | { readonly kind: 'read'; readonly path: string; readonly into?: 'file' | undefined }
  /** `replace` drops what it does not name, `update` keeps it (s6.3.3). */
  | {
    readonly kind: 'write'; readonly path: string; readonly mode: 'replace' | 'update';
    readonly values: readonly WishedValue[];
  }
  /** Of an opaque resource, from a body on the disk (BodyFiles) of so many bytes. */
  | {
    readonly kind: 'write'; readonly path: string;
    readonly file: string; readonly length: number;
  }
  /** null takes an attribute away (s5.1.2). */
  | {
    readonly kind: 'write-attributes'; readonly path: string;
    readonly attributes: AttributeChanges;
  }
  | { readonly kind: 'execute'; readonly path: string; readonly arguments: string }
  /** Of `/3303` the device chooses the instance, of `/3303/1` it is said. */
  | { readonly kind: 'create'; readonly path: string; readonly values: readonly WishedValue[] }
  | { readonly kind: 'read-composite'; readonly paths: readonly string[] }
  | { readonly kind: 'write-composite'; readonly values: readonly WishedValue[] }
);

export type WishKind = Wish['kind'];

export type Operation = Common & (
  | { readonly kind: 'read' | 'discover' | 'delete'; readonly path: Path }
  | {
    readonly kind: 'write'; readonly path: Path; readonly mode: 'replace' | 'update';
    readonly entries: readonly Entry[];
  }
  | { readonly kind: 'read-file' | 'write-file'; readonly path: Path }
  | {
    readonly kind: 'write-attributes'; readonly path: Path;
    readonly attributes: AttributeChanges;
  }
  | { readonly kind: 'execute'; readonly path: Path; readonly arguments: string }
  | { readonly kind: 'create'; readonly path: Path; readonly entries: readonly Entry[] }
  | { readonly kind: 'read-composite'; readonly paths: readonly Path[] }
  | { readonly kind: 'write-composite'; readonly entries: readonly Entry[] }
);

/** Values or paths that one operation names. */
export const WISHED_MAX = 1_024;

/** What an operation is about, as one path: composites are about the root. */
export function wishPath(wish: Wish): string {
  return 'path' in wish ? wish.path : '/';
}

/** The rest of a wish as JSON; '' when kind and path say it all. */
export function wishParameters(wish: Wish): string {
  const text = JSON.stringify({ ...wish, kind: undefined, path: undefined });
  return text === '{}' ? '' : text;
}

/** The wish that was kept as these three. */
export function wishOf({ kind, path, parameters }: {
  readonly kind: WishKind; readonly path: string; readonly parameters: string;
}): Wish {
  const rest = parameters === '' ? {} : JSON.parse(parameters) as object;
  return { kind, path, ...rest } as Wish;
}

/** Of 1.1: several paths in one request. */
export function isComposite({ kind }: Wish): boolean {
  return kind === 'read-composite' || kind === 'write-composite';
}

/** The operation a device is to be asked for, or the one sentence why it cannot be. */
export function resolveWish(wish: Wish, models: Models): Result<Operation> {
  const { kind, format } = wish;
  if (kind === 'read-composite') {
    const paths = all(wish.paths, parsePath);
    return paths.ok ? ok({ kind, format, paths: paths.value }) : paths;
  }
  if (kind === 'write-composite') {
    const needed = wish.isForced === true ? undefined : NEEDED.write;
    const entries = all(wish.values, (value) => entryOf(value, undefined, models, needed));
    return entries.ok ? ok({ kind, format, entries: entries.value }) : entries;
  }
  const parsed = parsePath(wish.path);
  if (!parsed.ok) return parsed;
  const path = parsed.value;
  const isForced = wish.isForced === true;
  const obstacle = obstacleTo(kind, path, isForced ? NO_MODELS : models);
  if (obstacle !== undefined) return fail(`${formatPath(path)} ${obstacle}`);
  switch (kind) {
    case 'read':
      return wish.into === undefined ? ok({ kind, format, path })
        : fileOperation('read-file', wish, path, models);
    case 'discover': case 'delete':
      return ok({ kind, format, path });
    case 'execute':
      return isArgumentList(wish.arguments) ? ok({ kind, format, path, arguments: wish.arguments })
        : fail(`arguments are like 0='on',5 with at most ${ARGUMENTS_LENGTH_MAX} characters`);
    case 'write-attributes': {
      const problem = attributesProblem(wish.attributes, path, models, isForced);
      return problem === undefined ? ok({ kind, format, path, attributes: wish.attributes })
        : fail(problem);
    }
    case 'write': {
      if ('file' in wish) return fileOperation('write-file', wish, path, models);
      if (wish.mode === 'update' && path.resource !== undefined) {
        return fail('an update names an instance; a resource is replaced');
      }
      const needed = isForced ? undefined : NEEDED.write;
      const entries = all(wish.values, (value) => entryOf(value, path, models, needed));
      return entries.ok ? ok({ kind, format, path, mode: wish.mode, entries: entries.value })
        : entries;
    }
    case 'create': {
      // What has no instance yet names its resources as if it were the first.
      const base = path.instance === undefined ? pathOf([path.object, 0]) : path;
      // A new instance is also given what only the device can change later.
      const entries = all(wish.values, (value) => entryOf(value, base, models, undefined), 0);
      return entries.ok ? ok({ kind, format, path, entries: entries.value }) : entries;
    }
    default:
      return unreachable(wish);
  }
}

/** Nobody decodes a file, so it holds the value as opaque has it. */
function fileOperation(
  kind: 'read-file' | 'write-file', wish: Wish, path: Path, models: Models,
): Result<Operation> {
  const text = formatPath(path);
  const { format = ContentFormat.OPAQUE, isForced } = wish;
  const model = isForced === true ? undefined : modelOf(path, models);
  if (path.resource === undefined) return fail(`${text} is no resource, so it has no value`);
  if (isSecret(path)) return fail(secretText(text));
  if (format !== ContentFormat.OPAQUE) return fail('a file holds bytes as they are, in no format');
  if (model !== undefined && model.type !== 'opaque') {
    return fail(`${text} (${model.name}) does not hold bytes, which a file is for`);
  }
  if (model?.multiple === true && path.resourceInstance === undefined) {
    return fail(`${text} (${model.name}) may have several instances: name one of them`);
  }
  const problem = model && 'length' in wish ? lengthProblem(wish.length, model.range) : undefined;
  return problem === undefined ? ok({ kind, format, path }) : fail(`${text} is ${problem}`);
}

function secretText(path: string): string {
  return `${path} may be a key, which is for the bootstrap server alone`;
}

/** Each item made, or the first reason; an operation that names nothing asks for nothing. */
function all<Item, Made>(
  items: readonly Item[], make: (item: Item) => Result<Made>, least = 1,
): Result<Made[]> {
  if (items.length < least) return fail('names neither a value nor a path');
  if (items.length > WISHED_MAX) return fail(`names more than ${WISHED_MAX} values or paths`);
  const made: Made[] = [];
  for (const item of items) {
    const one = make(item);
    if (!one.ok) return one;
    made.push(one.value);
  }
  return ok(made);
}

/** The attributes that stay unchanged are not known here, so what is set is judged by itself. */
function attributesProblem(
  changes: AttributeChanges, path: Path, models: Models, isForced: boolean,
): string | undefined {
  const set = Object.entries(changes).filter(([, value]) => value !== null);
  if (Object.keys(changes).length === 0) return 'names no attribute';
  if (isForced) return undefined;
  return checkAttributes(Object.fromEntries(set) as Attributes, path, models);
}

const NO_MODELS: Models = new Map<number, never>();

type PathKind = Exclude<WishKind, 'read-composite' | 'write-composite'>;

/** The levels of the tree each operation may name, as numbers of ids (s6.3, table). */
const LEVELS: Readonly<Record<PathKind, readonly number[]>> = {
  read: [1, 2, 3, 4], discover: [1, 2, 3], write: [2, 3, 4], 'write-attributes': [1, 2, 3, 4],
  execute: [3], create: [1, 2],
  // Of 1.2; before, a device answers 4.05.
  delete: [2, 4],
};
const LEVEL_NAMES = ['', 'an object', 'an instance', 'a resource', 'a resource instance'];

/** What speaks against it, as the end of a sentence that begins with the path. */
function obstacleTo(kind: PathKind, path: Path, models: Models): string | undefined {
  const level = pathIds(path).length;
  if (!LEVELS[kind].includes(level)) {
    return `is ${LEVEL_NAMES[level]}, and there is no ${kind} of one`;
  }
  const model = modelOf(path, models);
  return model && obstacleOf(model, path, NEEDED[kind]);
}

/** What a definition must allow; undefined: that is no matter of the resource's. */
type Needed = 'R' | 'W' | 'E' | undefined;

const NEEDED: Readonly<Partial<Record<PathKind, Needed>>> = {
  read: 'R', write: 'W', execute: 'E',
};

function obstacleOf(
  model: ResourceModel, path: Path, needed: Needed,
): string | undefined {
  if (path.resourceInstance !== undefined && !model.multiple) return 'is of a single resource';
  if (needed === undefined || model.operations.includes(needed)) return undefined;
  return `(${model.name}) ${operationsText(model)}`;
}

function modelOf({ object, resource }: Path, models: Models): ResourceModel | undefined {
  return resource === undefined ? undefined : findResource(object, resource, models);
}

function operationsText({ operations }: ResourceModel): string {
  switch (operations) {
    case 'R': return 'can only be read';
    case 'W': return 'can only be written';
    case 'E': return 'can only be executed';
    case 'RW': return 'can only be read and written';
    default: return 'is for the bootstrap server alone';
  }
}

/** The value in its type, at a path at or below `base`; undefined is the root. */
function entryOf(
  wished: WishedValue, base: Path | undefined, models: Models, needed: Needed,
): Result<Entry> {
  const parsed = parsePath(wished.path);
  if (!parsed.ok) return parsed;
  const path = parsed.value;
  const text = formatPath(path);
  if (path.resource === undefined) return fail(`${text} is no resource, so it has no value`);
  // It would be kept and shown with the operation.
  if (isSecret(path)) return fail(secretText(text));
  if (base !== undefined && !isWithin(path, base)) {
    return fail(`${text} is not within ${formatPath(base)}`);
  }
  const model = modelOf(path, models);
  const obstacle = model && obstacleOf(model, path, needed);
  if (obstacle !== undefined) return fail(`${text} ${obstacle}`);
  return typed(wished, path, model);
}

function typed(
  wished: WishedValue, path: Path, model: ResourceModel | undefined,
): Result<Entry> {
  const text = formatPath(path);
  if (model?.type === 'none') return fail(`${text} (${model.name}) has no value`);
  const type = model?.type ?? wished.type;
  const given = jsonValue(wished.value);
  const value = type === undefined ? given : convert(given, type);
  if (type !== undefined && value.type !== type) {
    return fail(`${text} is ${TYPE_NAMES[type]}, which "${shorten(wished.value)}" is not`);
  }
  const problem = model && rangeProblem(value, model.range);
  return problem === undefined ? ok({ path, value }) : fail(`${text} is ${problem}`);
}

/** As a decoder of JSON would: appendix C has text forms for the rest. */
function jsonValue(value: string | number | boolean): Value {
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'boolean') return { type: 'boolean', value };
  return Number.isSafeInteger(value) ? { type: 'integer', value: BigInt(value) }
    : { type: 'float', value };
}

const TYPE_NAMES: Readonly<Record<ValueType, string>> = {
  string: 'a text', integer: 'an integer', unsigned: 'an integer from 0 on', float: 'a number',
  boolean: 'a boolean (true or false)', opaque: 'bytes (in base64)',
  time: 'a time (seconds since 1970, or like 2030-01-31T12:00:00Z)',
  objlnk: 'an object link (like 3303:0)', corelnk: 'a link',
};

function shorten(value: string | number | boolean): string {
  const text = String(value);
  return text.length <= 40 ? text : `${text.slice(0, 40)}...`;
}
