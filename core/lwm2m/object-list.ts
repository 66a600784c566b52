// The objects and instances a device registers with (LwM2M Core 1.1.1 s6.2.1): the links of a
// Register or Update body read as facts. Says nothing about objects this server has no model of.

import { encodeUtf8 } from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';
import { attributeOf, parseLinks, type Link } from './link-format.ts';
import { parsePath, type Path } from './path.ts';

export const LWM2M_VERSIONS = ['1.0', '1.1', '1.2'] as const;
export type Lwm2mVersion = typeof LWM2M_VERSIONS[number];

/** What a Register or Update body says. `source` is kept as received; interned by the caller. */
export interface ObjectList {
  readonly source: string;
  /** '' or the alternate path, like `/lwm2m`, that every path to the device begins with. */
  readonly rootPath: string;
  /** Content formats the device says it speaks (`ct` of the root link); often empty. */
  readonly formats: readonly number[];
  /** In the order of the list, each once. */
  readonly instances: readonly { readonly object: number; readonly instance: number }[];
  /** Every object named, with or without instances. */
  readonly objects: readonly { readonly object: number; readonly version: string }[];
}

/**
 * The versions of objects that a device need not spell out; all others are 1.0 (LwM2M Core 1.1.1
 * s7.2.3; Core 1.2.2 table E-1, whose appendix E.6 describes version 1.2 of object 5 as well).
 */
const OBJECT_VERSIONS: ReadonlyMap<Lwm2mVersion, ReadonlyMap<number, string>> = new Map([
  ['1.1', new Map([[0, '1.1'], [1, '1.1'], [3, '1.1'], [4, '1.2']])],
  ['1.2', new Map([
    [0, '1.2'], [1, '1.2'], [2, '1.1'], [3, '1.2'], [4, '1.3'], [5, '1.1'], [21, '2.0'],
  ])],
]);

const ROOT_PATH_BYTES_MAX = 160;

/** LwM2M Core 1.1.1 s6.2.1: Security, OSCORE and COSE are never registered. */
const NEVER_REGISTERED: ReadonlySet<number> = new Set([0, 21, 23]);

/** Also used at restart, on the stored source. */
export function parseObjectList(source: string, lwm2mVersion: Lwm2mVersion): Result<ObjectList> {
  const links = parseLinks(source);
  if (!links.ok) return fail(`object list is not link format: ${links.reason}`);
  const root = links.value.find((link) => tokens(link, 'rt').includes('oma.lwm2m'));
  const rootPath = root === undefined ? '' : root.target.replace(/\/$/, '');
  if (!isRootPath(rootPath)) return fail('root link is no path of at most four short segments');
  const objects = new Map<number, string>();
  const instances = new Map<number, { object: number; instance: number }>();
  for (const link of links.value) {
    const path = pathBelow(link.target, rootPath);
    if (path === undefined) continue;
    if (!path.ok) return path;
    const { object, instance } = path.value;
    if (NEVER_REGISTERED.has(object)) continue;
    const version = versionOf(link) ?? objects.get(object);
    objects.set(object, version ?? defaultVersion(object, lwm2mVersion));
    if (instance !== undefined) instances.set(object * 65_536 + instance, { object, instance });
  }
  return ok({
    source, rootPath, formats: formatsOf(links.value, rootPath),
    instances: [...instances.values()],
    objects: Array.from(objects, ([object, version]) => ({ object, version })),
  });
}

/** Every request to the device begins with it, so it must stay sendable. */
const ROOT_PATH = /^(\/(?!\.{1,2}(\/|$))[^/?#]{1,40}){0,4}$/;

function isRootPath(path: string): boolean {
  return ROOT_PATH.test(path) && encodeUtf8(path).length <= ROOT_PATH_BYTES_MAX;
}

/** Of an object that is registered without a version. */
export function defaultVersion(object: number, lwm2mVersion: Lwm2mVersion): string {
  return OBJECT_VERSIONS.get(lwm2mVersion)?.get(object) ?? '1.0';
}

/** The object path in a link; undefined for links that have nothing to do with LwM2M. */
function pathBelow(target: string, rootPath: string): Result<Path> | undefined {
  if (!target.startsWith(`${rootPath}/`)) return undefined;
  const path = target.slice(rootPath.length);
  return /^(\/\d+)+$/.test(path) ? parsePath(path) : undefined;
}

/** LwM2M Core 1.1.1 s7.2.2: on the object link or, if it has one instance, on that. */
function versionOf(link: Link): string | undefined {
  const version = attributeOf(link, 'ver');
  return version !== undefined && /^\d{1,3}\.\d{1,3}$/.test(version) ? version : undefined;
}

function formatsOf(links: readonly Link[], rootPath: string): number[] {
  // Zephyr's root link has `ct` but no `rt`, so it is found by its path.
  const root = links.find(({ target }) => target === rootPath || target === `${rootPath}/`);
  const formats = root === undefined ? [] : tokens(root, 'ct');
  return formats.filter((text) => /^\d{1,5}$/.test(text)).map(Number);
}

/** The words of an attribute's value; RFC 6690 s3.1 separates them by spaces. */
function tokens(link: Link, name: string): string[] {
  return attributeOf(link, name)?.split(' ').filter((word) => word !== '') ?? [];
}
