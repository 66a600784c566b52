// Write (LwM2M Core 1.1.1 s6.3.3): all of it or nothing, and whoever observes it is told.

import { Code, type Message } from '../../core/coap/message.ts';
import { contentFormat } from '../../core/coap/options.ts';
import { ContentFormat, decodePayload } from '../../core/lwm2m/content-format.ts';
import { definedType } from '../../core/lwm2m/conversion.ts';
import { findResource } from '../../core/lwm2m/objects.ts';
import { formatPath, isWithin, type Path } from '../../core/lwm2m/path.ts';
import type { Entry } from '../../core/lwm2m/value.ts';
import type { SimulatedDevice } from '../device.ts';
import { reportChanged } from '../notifications.ts';
import { WRITINGS } from '../objects/all.ts';
import { refused, type Answer } from './answer.ts';
import { isThere } from './tree.ts';

/** What can be written in; 1541 to 1543 are of clients and servers before the registration. */
export const WRITABLE_FORMATS: ReadonlySet<number> = new Set([
  ContentFormat.TEXT, ContentFormat.OPAQUE, ContentFormat.CBOR, ContentFormat.SENML_JSON,
  ContentFormat.SENML_CBOR, ContentFormat.TLV, ContentFormat.OMA_JSON, ContentFormat.LWM2M_CBOR,
  1541, 1542, 1543,
]);

export function write(device: SimulatedDevice, message: Message, path: Path): Answer {
  const format = contentFormat(message);
  if (path.instance === undefined) return refused(Code.METHOD_NOT_ALLOWED);
  if (!isThere(device, path)) return refused(Code.NOT_FOUND);
  if (format !== undefined && !WRITABLE_FORMATS.has(format)) {
    return refused(Code.UNSUPPORTED_CONTENT_FORMAT);
  }
  const decoded = decodePayload(format, path, message.payload, device.now());
  if (!decoded.ok || decoded.value.length === 0) return refused(Code.BAD_REQUEST);
  if (decoded.value.some((entry) => !isWithin(entry.path, path))) return refused(Code.BAD_REQUEST);
  const replaces = message.code === Code.PUT && path.resource === undefined;
  return keepAll(device, decoded.value, replaces ? path : undefined);
}

/** All of it or nothing; what stood at or below `replaced` before goes with it. */
export function keepAll(
  device: SimulatedDevice, entries: readonly Entry[], replaced?: Path,
): Answer {
  for (const entry of entries) {
    const code = refusalOf(device, entry);
    if (code !== undefined) return refused(code);
  }
  return {
    response: { code: Code.CHANGED },
    then: () => {
      const changed = replaced === undefined ? [] : forgetWritten(device, replaced);
      for (const entry of entries) {
        keep(device, entry);
        if (WRITINGS[formatPath(entry.path)]?.reportsItself !== true) changed.push(entry.path);
      }
      // RFC 7641 s1.2: whoever observes a resource is told when it changes.
      reportChanged(device, changed);
    },
  };
}

function refusalOf(device: SimulatedDevice, entry: Entry): number | undefined {
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
  return device.resources.pathsWithin(path).filter((one) => {
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
