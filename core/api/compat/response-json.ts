// What a device answered, as the compatible interface says it: a status with its name, whether the
// standard allows it for the operation, and what it brought.

import type { WishKind } from '../../lwm2m/operation.ts';
import { parseLinks } from '../../lwm2m/link-format.ts';
import { formatPath, parsePath, type Path } from '../../lwm2m/path.ts';
import type { Entry } from '../../lwm2m/value.ts';
import type { Ending } from '../management.ts';
import { linkJson } from './registration-json.ts';
import { nodeAt, nodeOf } from './node-json.ts';
import { errorOf } from './plain-error.ts';

/** What was asked for: of one path, or of several. */
export type Asked = {
  readonly kind: Exclude<WishKind, Composite> | 'observe' | 'cancel'; readonly path: Path;
} | {
  readonly kind: Composite; readonly paths: readonly Path[];
  /** The paths are all there is. */
  readonly isRoot?: boolean;
};
type Composite =
  | 'read-composite' | 'write-composite' | 'observe-composite' | 'cancel-composite';

/** What the device said to it. */
export interface Said {
  readonly ending: Ending;
  readonly entries: readonly Entry[];
  /** Links of a Discover, the path of a Create; else ''. */
  readonly answer: string;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [201, 'CREATED'], [202, 'DELETED'], [204, 'CHANGED'], [205, 'CONTENT'], [400, 'BAD_REQUEST'],
  [401, 'UNAUTHORIZED'], [403, 'FORBIDDEN'], [404, 'NOT_FOUND'], [405, 'METHOD_NOT_ALLOWED'],
  [406, 'NOT_ACCEPTABLE'], [408, 'REQUEST_ENTITY_INCOMPLETE'], [412, 'PRECONDITION_FAILED'],
  [413, 'REQUEST_ENTITY_TOO_LARGE'], [415, 'UNSUPPORTED_CONTENT_FORMAT'],
  [500, 'INTERNAL_SERVER_ERROR'],
]);

/** The errors of every operation (LwM2M Transport 1.1.1 s6.4), and those that some add. */
const COMMON_ERRORS: readonly number[] = [400, 401, 404, 405, 500];
const MORE_ERRORS: Readonly<Partial<Record<Asked['kind'], readonly number[]>>> = {
  read: [406], observe: [406], cancel: [406], 'read-composite': [406, 415],
  'observe-composite': [415], 'cancel-composite': [415], 'write-composite': [406],
  write: [408, 413, 415], create: [415],
};

/** Throws what is told as an error instead. */
export function responseJson(asked: Asked, { ending, entries, answer }: Said): object {
  if (ending.kind !== 'answered') throw errorOf(ending);
  const code = 100 * (ending.code >> 5) + (ending.code & 0x1f);
  const isSuccess = ending.code >> 5 === 2;
  const isValid = isSuccess || COMMON_ERRORS.includes(code)
    || (MORE_ERRORS[asked.kind]?.includes(code) ?? false);
  return {
    status: `${NAMES.get(code) ?? 'UNKNOWN'}(${code})`,
    valid: isValid, success: isSuccess, failure: !isSuccess,
    ...(ending.words !== '' && { errormessage: ending.words }),
    ...(isSuccess && broughtBy(asked, entries, answer)),
  };
}

function broughtBy(asked: Asked, entries: readonly Entry[], answer: string): object {
  switch (asked.kind) {
    case 'read':
    case 'observe':
    case 'cancel':
      return { content: nodeOf(asked.path, entries) };
    case 'read-composite':
    case 'observe-composite':
    case 'cancel-composite':
      return { content: compositeContent(asked, entries) };
    case 'discover': {
      const links = parseLinks(answer);
      return { objectLinks: links.ok ? links.value.map(linkJson) : [] };
    }
    case 'create':
      // A device may leave out which instance it made; the object's path says nothing.
      return isInstance(answer) ? { location: answer } : {};
    default:
      return {};
  }
}

function compositeContent(
  { paths, isRoot }: Extract<Asked, { readonly kind: Composite }>, entries: readonly Entry[],
): object {
  const content = contentAt(paths, entries);
  return isRoot === true ? { '/': { kind: 'root', objects: Object.values(content) } } : content;
}

/** Each path that has something, with it. */
export function contentAt(paths: readonly Path[], entries: readonly Entry[]): object {
  return Object.fromEntries(paths.flatMap((path) => {
    const node = nodeAt(path, entries);
    return node === undefined ? [] : [[formatPath(path), node]];
  }));
}

function isInstance(text: string): boolean {
  const path = parsePath(text);
  return path.ok && path.value.instance !== undefined;
}
