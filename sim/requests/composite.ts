// Composite operations (LwM2M Core 1.1.1 s6.3.8, s6.3.9, s6.4.4): many paths at once, named in the
// payload. What is not there is left out of what is read; what is written is all or nothing.

import { Code, type Message } from '../../core/coap/message.ts';
import { accept, contentFormat } from '../../core/coap/options.ts';
import { ContentFormat, decodePaths, decodePayload } from '../../core/lwm2m/content-format.ts';
import { isWithin, type Path } from '../../core/lwm2m/path.ts';
import type { SimulatedDevice } from '../device.ts';
import { entriesOf } from '../notifications.ts';
import { refused, type Answer } from './answer.ts';
import { tell } from './read.ts';
import { isThere } from './tree.ts';
import { keepAll } from './write.ts';

/** Of one Read- or Observe-Composite. */
export const PATHS_MAX = 64;

/** What paths come in, and what their values are told in unless Accept says it. */
const LISTS: ReadonlyMap<number | undefined, number> = new Map([
  [ContentFormat.SENML_JSON, ContentFormat.SENML_JSON],
  [ContentFormat.SENML_CBOR, ContentFormat.SENML_CBOR],
  [ContentFormat.SENML_ETCH_JSON, ContentFormat.SENML_JSON],
  [ContentFormat.SENML_ETCH_CBOR, ContentFormat.SENML_CBOR],
]);
const WRITABLE: ReadonlySet<number | undefined> = new Set([
  ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR, ContentFormat.LWM2M_CBOR,
]);

/** Read and Observe. */
export function readComposite(device: SimulatedDevice, message: Message): Answer {
  const format = LISTS.get(contentFormat(message));
  if (format === undefined) return refused(Code.UNSUPPORTED_CONTENT_FORMAT);
  const named = decodePaths(contentFormat(message), message.payload);
  if (!named.ok || named.value.length === 0) return refused(Code.BAD_REQUEST);
  if (named.value.length > PATHS_MAX) return refused(Code.REQUEST_ENTITY_TOO_LARGE);
  const paths = named.value.filter(isOutermost);
  const entries = entriesOf(device, { paths });
  if (entries.length === 0) {
    const isKnown = paths.some((path) => isThere(device, path));
    return refused(isKnown ? Code.METHOD_NOT_ALLOWED : Code.NOT_FOUND);
  }
  return tell(device, message, { paths }, accept(message) ?? format, entries);
}

export function writeComposite(device: SimulatedDevice, message: Message): Answer {
  const format = contentFormat(message);
  if (!WRITABLE.has(format)) return refused(Code.UNSUPPORTED_CONTENT_FORMAT);
  const decoded = decodePayload(format, undefined, message.payload, device.now());
  if (!decoded.ok || decoded.value.length === 0) return refused(Code.BAD_REQUEST);
  return keepAll(device, decoded.value);
}

/** No other says it as well: each value is told once. */
function isOutermost(path: Path, index: number, paths: readonly Path[]): boolean {
  return !paths.some((other, at) => at !== index && isWithin(path, other)
    && (at < index || !isWithin(other, path)));
}
