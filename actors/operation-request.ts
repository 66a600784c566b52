// The CoAP request of an operation (LwM2M Transport 1.1.1 s6.4.4): method, path, formats, payload.

import type { RequestContent } from '../core/coap/exchange.ts';
import { Code, NO_BYTES, OptionNumber, type Option } from '../core/coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../core/coap/options.ts';
import { formatAttributes } from '../core/lwm2m/attributes.ts';
import { ContentFormat, encodePaths, encodePayload } from '../core/lwm2m/content-format.ts';
import type { Operation } from '../core/lwm2m/operation.ts';
import { pathIds, pathOf, type Path } from '../core/lwm2m/path.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import { encodeUtf8 } from '../core/bytes.ts';
import { assert, ok, unreachable, type Result } from '../core/result.ts';
import type { Device, Registration } from './device.ts';
import { baseOf, type Target } from '../core/lwm2m/target.ts';

/** What several values are written in: the first that the device lists and has not refused. */
const PACKS = [
  ContentFormat.SENML_CBOR, ContentFormat.SENML_JSON, ContentFormat.LWM2M_CBOR,
  ContentFormat.TLV,
];
/** Composites name their paths inside, which TLV cannot. */
const COMPOSITES = [ContentFormat.SENML_CBOR, ContentFormat.SENML_JSON];

/** Fails when no format can carry the values. */
export function requestOf(
  operation: Operation, device: Device, registration: Registration,
): Result<RequestContent> {
  const { format } = operation;
  switch (operation.kind) {
    case 'read':
      return ok(readContent(device, registration, operation.path, [], format));
    case 'read-file':
      return ok(readContent(device, registration, operation.path, [], ContentFormat.OPAQUE));
    // Its body is added by who has the file.
    case 'write-file':
      return ok(bare(Code.PUT, [
        ...uriOf(registration, operation.path),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.OPAQUE),
      ]));
    case 'discover': {
      const link = uintOptionOf(OptionNumber.ACCEPT, ContentFormat.LINK);
      return ok(bare(Code.GET, [...uriOf(registration, operation.path), link]));
    }
    case 'delete':
      return ok(bare(Code.DELETE, uriOf(registration, operation.path)));
    case 'write-attributes':
      return ok(bare(Code.PUT, [
        ...uriOf(registration, operation.path),
        ...formatAttributes(operation.attributes)
          .map((query) => stringOptionOf(OptionNumber.URI_QUERY, query)),
      ]));
    case 'execute':
      return ok(executeContent(registration, operation.path, operation.arguments));
    case 'write': {
      const { path, mode, entries } = operation;
      const isUpdate = mode === 'update';
      return withPayload(isUpdate ? Code.POST : Code.PUT, registration, path, path,
        format ?? writeFormat(device, registration, path, entries), entries);
    }
    case 'create':
      return createContent(operation, device, registration);
    case 'read-composite':
      return readComposite(operation.paths, device, registration, format);
    case 'write-composite': {
      const chosen = format ?? packFormat(device, registration, COMPOSITES);
      return withPayload(Code.IPATCH, registration, undefined, undefined, chosen,
        operation.entries);
    }
    default:
      return unreachable(operation);
  }
}

/**
 * s6.3.8: the instance is said in the payload, or not at all, which only TLV can, so that it is
 * tried first. A device that does not take it is given the first instance that it has not.
 */
function createContent(
  { path, entries, format }: Extract<Operation, { readonly kind: 'create' }>,
  device: Device, registration: Registration,
): Result<RequestContent> {
  const of = pathOf([path.object]);
  const mayLeaveOut = path.instance === undefined && !device.unwritable.includes(ContentFormat.TLV);
  const chosen = format
    ?? (mayLeaveOut ? ContentFormat.TLV : packFormat(device, registration, PACKS));
  if (path.instance !== undefined) {
    return withPayload(Code.POST, registration, of, of, chosen, entries);
  }
  if (chosen === ContentFormat.TLV) {
    return withPayload(Code.POST, registration, of, pathOf([path.object, 0]), chosen, entries);
  }
  const instance = freeInstance(registration, path.object);
  const there = entries.map((entry) => ({ ...entry, path: { ...entry.path, instance } }));
  return withPayload(Code.POST, registration, of, of, chosen, there);
}

function freeInstance({ objects: { instances } }: Registration, object: number): number {
  const taken = new Set(instances.filter((one) => one.object === object)
    .map((one) => one.instance));
  let free = 0;
  while (taken.has(free)) free++;
  return free;
}

/** The request to read a path, with Uri-Path, Accept and these options. */
export function readContent(
  device: Device, registration: Registration, path: Path, options: readonly Option[],
  format?: number,
): RequestContent {
  const accepted = format ?? (device.choosesFormat ? undefined
    : firstOf(PACKS, registration.objects.formats));
  return bare(Code.GET, [
    ...options,
    ...uriOf(registration, path),
    ...(accepted === undefined ? [] : [uintOptionOf(OptionNumber.ACCEPT, accepted)]),
  ]);
}

/** The request to observe a target with these options, or to read it once. */
export function targetContent(
  device: Device, registration: Registration, target: Target, options: readonly Option[],
): RequestContent {
  const path = baseOf(target);
  if (path !== undefined) return readContent(device, registration, path, options);
  const content = readComposite(target, device, registration, undefined);
  assert(content.ok, 'the names of a target have a form');
  return { ...content.value, options: [...options, ...content.value.options] };
}

function readComposite(
  paths: readonly Path[], device: Device, registration: Registration,
  format: number | undefined,
): Result<RequestContent> {
  const chosen = format ?? packFormat(device, registration, COMPOSITES);
  const payload = encodePaths(chosen, paths, registration.objects.rootPath);
  if (!payload.ok) return payload;
  return ok({
    code: Code.FETCH,
    options: [
      uintOptionOf(OptionNumber.CONTENT_FORMAT, chosen), uintOptionOf(OptionNumber.ACCEPT, chosen),
    ],
    payload: payload.value,
  });
}

/** `uri` is where it goes, `base` what the values are within; undefined is the root. */
function withPayload(
  code: number, registration: Registration, uri: Path | undefined, base: Path | undefined,
  format: number, entries: readonly Entry[],
): Result<RequestContent> {
  const { rootPath } = registration.objects;
  const payload = encodePayload(format, base, entries, base === undefined ? rootPath : '');
  if (!payload.ok) return payload;
  return ok({
    code,
    options: [
      ...(uri === undefined ? [] : uriOf(registration, uri)),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, format),
    ],
    payload: payload.value,
  });
}

function executeContent(
  registration: Registration, path: Path, argumentList: string,
): RequestContent {
  const options = uriOf(registration, path);
  if (argumentList === '') return bare(Code.POST, options);
  return {
    code: Code.POST,
    options: [...options, uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.TEXT)],
    payload: encodeUtf8(argumentList),
  };
}

function bare(code: number, options: readonly Option[]): RequestContent {
  return { code, options, payload: NO_BYTES };
}

function uriOf({ objects }: Registration, path: Path): Option[] {
  const root = objects.rootPath.split('/').filter((segment) => segment !== '');
  return [...root, ...pathIds(path)]
    .map((segment) => stringOptionOf(OptionNumber.URI_PATH, String(segment)));
}

/** One opaque value goes as its bytes, which is what devices take images in. */
function writeFormat(
  device: Device, registration: Registration, path: Path, entries: readonly Entry[],
): number {
  const isOpaque = path.resource !== undefined && entries.length === 1
    && entries[0]?.value.type === 'opaque'
    && entries[0].path.resourceInstance === path.resourceInstance
    && !device.unwritable.includes(ContentFormat.OPAQUE);
  if (isOpaque) return ContentFormat.OPAQUE;
  const isSingle = path.resource !== undefined && entries.length === 1
    && entries[0]?.path.resourceInstance === path.resourceInstance;
  return packFormat(device, registration, isSingle ? [...PACKS, ContentFormat.TEXT] : PACKS);
}

/** Of those that are listed, or else could be; when all were refused, the first once more. */
function packFormat(
  device: Device, { objects }: Registration, candidates: readonly number[],
): number {
  // Clients before 1.2 have not heard of LwM2M CBOR.
  const left = candidates.filter((format) => !device.unwritable.includes(format)
    && (format !== ContentFormat.LWM2M_CBOR || objects.formats.includes(format)));
  const [first = ContentFormat.TLV] = left.length > 0 ? left : candidates;
  return firstOf(left, objects.formats) ?? first;
}

function firstOf(candidates: readonly number[], listed: readonly number[]): number | undefined {
  return candidates.find((format) => listed.includes(format))
    ?? candidates.find((format) => format === ContentFormat.TLV);
}
