// What a server may ask of a simulated device (LwM2M Core 1.1.1 s6.3): Read, Observe, Discover,
// Write and Execute. Create, Delete, Write-Attributes and composites are answered 4.05.

import { decodeUtf8, encodeUtf8, toHex } from '../core/bytes.ts';
import type { ResponseContent } from '../core/coap/exchange.ts';
import { Code, type Message, OptionNumber } from '../core/coap/message.ts';
import {
  accept, contentFormat, observe, uintOptionOf, uriPath, uriQuery,
} from '../core/coap/options.ts';
import { ContentFormat, decodePayload, encodePayload } from '../core/lwm2m/content-format.ts';
import { definedType } from '../core/lwm2m/conversion.ts';
import { findResource } from '../core/lwm2m/objects.ts';
import { formatPath, isWithin, parsePath, pathIds, pathOf, type Path } from '../core/lwm2m/path.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import type { SimulatedDevice } from './device.ts';
import { formatOption, reportChanged } from './notifications.ts';
import { deviceExecutions, deviceWritings } from './objects/device.ts';
import { eventLogExecutions, eventLogWritings } from './objects/event-log.ts';
import { firmwareExecutions, firmwareWritings } from './objects/firmware.ts';
import type { Executions, Writings } from './objects/object.ts';
import { serverExecutions, serverWritings } from './objects/server.ts';

export interface Answer {
  readonly response: ResponseContent;
  /** What the device does once its answer has left. */
  readonly then?: () => void;
}

const WRITINGS: Writings = {
  ...serverWritings, ...deviceWritings, ...firmwareWritings, ...eventLogWritings,
};
const EXECUTIONS: Executions = {
  ...serverExecutions, ...deviceExecutions, ...firmwareExecutions, ...eventLogExecutions,
};
/** Resources that are there and cannot be read. */
const UNREADABLE: readonly Path[] = ['/5/0/0', ...Object.keys(EXECUTIONS)].flatMap((text) => {
  const path = parsePath(text);
  return path.ok ? [path.value] : [];
});

/** What can be written in; 1541 to 1543 are of clients and servers before the registration. */
const READABLE: ReadonlySet<number> = new Set([
  ContentFormat.TEXT, ContentFormat.OPAQUE, ContentFormat.CBOR, ContentFormat.SENML_JSON,
  ContentFormat.SENML_CBOR, ContentFormat.TLV, ContentFormat.OMA_JSON, ContentFormat.LWM2M_CBOR,
  1541, 1542, 1543,
]);

/** LwM2M Core 1.1.1 s6.3.5: a digit, and after = in quotes what it is to mean. */
const ARGUMENT = /\d(='[!#-&(-[\]-~]*')?/.source;
const ARGUMENTS = new RegExp(`^${ARGUMENT}(,${ARGUMENT})*$`);

export function answerTo(device: SimulatedDevice, message: Message): Answer {
  const segments = uriPath(message);
  // The root: LwM2M has only composites there.
  if (segments.length === 0) return refused(Code.METHOD_NOT_ALLOWED);
  const parsed = parsePath(segments.join('/'));
  if (!parsed.ok) return refused(Code.NOT_FOUND);
  const path = parsed.value;
  switch (message.code) {
    case Code.GET:
      return accept(message) === ContentFormat.LINK
        ? discover(device, path) : read(device, message, path);
    case Code.PUT:
      return write(device, message, path);
    case Code.POST:
      return path.resource === undefined
        ? write(device, message, path) : execute(device, message, path);
    default:
      return refused(Code.METHOD_NOT_ALLOWED);
  }
}

function refused(code: number): Answer {
  return { response: { code } };
}

function read(device: SimulatedDevice, message: Message, path: Path): Answer {
  const entries = device.entriesAt(path);
  if (entries.length === 0) {
    return refused(isThere(device, path) ? Code.METHOD_NOT_ALLOWED : Code.NOT_FOUND);
  }
  const format = accept(message) ?? ContentFormat.TLV;
  const payload = encodePayload(format, path, entries);
  if (!payload.ok) return refused(Code.NOT_ACCEPTABLE);
  const options = [formatOption(format)];
  const token = toHex(message.token);
  const wish = observe(message);
  if (wish === 1) device.observed.delete(token);
  if (wish === 0) {
    device.observed.set(token, {
      path, format, token: message.token, sequence: 0, acknowledged: undefined,
    });
    options.unshift(uintOptionOf(OptionNumber.OBSERVE, 0));
  }
  device.say({ token: message.token, payload: payload.value, entries });
  return { response: { code: Code.CONTENT, options, payload: payload.value } };
}

/** Everything at or below a path, whether it can be read or not, in the order of the tree. */
function known(device: SimulatedDevice, path: Path): Path[] {
  const { resources } = device.options;
  const hidden = UNREADABLE.filter((one) => isWithin(one, path)
    && resources.pathsWithin({ object: one.object, instance: one.instance ?? 0 }).length > 0);
  return [...resources.pathsWithin(path), ...hidden].sort(inTree);
}

function inTree(a: Path, b: Path): number {
  return a.object - b.object || (a.instance ?? 0) - (b.instance ?? 0)
    || (a.resource ?? 0) - (b.resource ?? 0)
    || (a.resourceInstance ?? 0) - (b.resourceInstance ?? 0);
}

function isThere(device: SimulatedDevice, path: Path): boolean {
  return known(device, path).length > 0;
}

/** LwM2M Core s6.3.2: the path, what is below it down to resources, and how often those occur. */
function discover(device: SimulatedDevice, path: Path): Answer {
  const paths = path.resourceInstance === undefined ? known(device, path) : [];
  if (paths.length === 0) return refused(Code.NOT_FOUND);
  const levels = pathIds(path).length;
  const links = new Map<string, number>();
  for (const one of paths) {
    const ids = pathIds(one);
    for (let level = levels; level <= 3; level++) {
      const text = formatPath(pathOf(ids.slice(0, level)));
      links.set(text, (links.get(text) ?? 0) + (level === 3 ? ids.length - 3 : 0));
    }
  }
  const body = [...links].map(([text, instances]) => (
    instances === 0 ? `<${text}>` : `<${text}>;dim=${instances}`)).join(',');
  return { response: {
    code: Code.CONTENT, options: [formatOption(ContentFormat.LINK)], payload: encodeUtf8(body),
  } };
}

function write(device: SimulatedDevice, message: Message, path: Path): Answer {
  const format = contentFormat(message);
  // A POST to an object creates an instance, a PUT with a query sets attributes.
  const isAttributes = format === undefined && uriQuery(message).length > 0;
  if (path.instance === undefined || isAttributes) return refused(Code.METHOD_NOT_ALLOWED);
  if (!isThere(device, path)) return refused(Code.NOT_FOUND);
  if (format !== undefined && !READABLE.has(format)) {
    return refused(Code.UNSUPPORTED_CONTENT_FORMAT);
  }
  const decoded = decodePayload(format, path, message.payload, device.now());
  if (!decoded.ok || decoded.value.length === 0) return refused(Code.BAD_REQUEST);
  // All of it or nothing.
  for (const entry of decoded.value) {
    const code = refusalOf(device, path, entry);
    if (code !== undefined) return refused(code);
  }
  const replaces = message.code === Code.PUT && path.resource === undefined;
  return {
    response: { code: Code.CHANGED },
    then: () => {
      const changed = replaces ? forgetWritten(device, path) : [];
      for (const entry of decoded.value) {
        keep(device, entry);
        if (WRITINGS[formatPath(entry.path)]?.reportsItself !== true) changed.push(entry.path);
      }
      // RFC 7641 s1.2: whoever observes a resource is told when it changes.
      reportChanged(device, changed);
    },
  };
}

function refusalOf(device: SimulatedDevice, path: Path, entry: Entry): number | undefined {
  if (!isWithin(entry.path, path)) return Code.BAD_REQUEST;
  if (!isThere(device, entry.path)) return Code.NOT_FOUND;
  const { object, resource = 0 } = entry.path;
  const operations = findResource(object, resource)?.operations ?? '';
  if (!operations.includes('W')) return Code.METHOD_NOT_ALLOWED;
  if (entry.value.type !== definedType(entry.path)) return Code.BAD_REQUEST;
  return WRITINGS[formatPath(entry.path)]?.refusal?.(device, entry.value);
}

/** What a replaced instance was told before and is not told now is as it was made; says what. */
function forgetWritten(device: SimulatedDevice, path: Path): Path[] {
  const { written } = device.ownState();
  return device.options.resources.pathsWithin(path).filter((one) => {
    const key = formatPath(one);
    return WRITINGS[key] === undefined && written.delete(key);
  });
}

function keep(device: SimulatedDevice, { path, value }: Entry): void {
  const key = formatPath(path);
  const writing = WRITINGS[key];
  if (writing === undefined) device.ownState().written.set(key, () => value);
  else writing.onWritten(device, value);
}

function execute(device: SimulatedDevice, { payload }: Message, path: Path): Answer {
  if (!isThere(device, path)) return refused(Code.NOT_FOUND);
  const execution = EXECUTIONS[formatPath(path)];
  if (execution === undefined) return refused(Code.METHOD_NOT_ALLOWED);
  if (payload.length > 0 && !isArgumentList(payload)) return refused(Code.BAD_REQUEST);
  const code = execution.refusal?.(device);
  if (code !== undefined) return refused(code);
  return { response: { code: Code.CHANGED }, then: () => execution.onExecuted(device) };
}

/** None of what can be executed here takes arguments, so that they are only read. */
function isArgumentList(payload: Uint8Array): boolean {
  const text = decodeUtf8(payload);
  if (text === undefined || !ARGUMENTS.test(text)) return false;
  const digits = text.replace(/='[^']*'/g, '').split(',');
  return new Set(digits).size === digits.length;
}
