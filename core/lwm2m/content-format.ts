// The content formats of LwM2M payloads (LwM2M Core 1.1.1 s7.4): their numbers, and the one place
// that chooses a codec by number. What the bytes of a format mean is in that format's own file.

import type { Milliseconds } from '../ports.ts';
import { fail, type Result } from '../result.ts';
import type { Path } from './path.ts';
import type { Entry } from './value.ts';

/** CoAP Content-Format numbers (IANA core-parameters; OMA's own from 11542 on). */
export const ContentFormat = {
  TEXT: 0, LINK: 40, OPAQUE: 42, CBOR: 60, SENML_JSON: 110, SENML_CBOR: 112,
  TLV: 11_542, OMA_JSON: 11_543,
} as const;

/**
 * Decodes what a device sent for `base`, the path it was asked for; undefined is the root, whose
 * payload names its paths itself (Send, composite operations). Entries have full paths.
 * `now` is what relative times of SenML count from.
 */
export function decodePayload(
  format: number | undefined, base: Path | undefined, payload: Uint8Array, now: Milliseconds,
): Result<Entry[]> {
  return fail(`content format ${format} is not decoded yet (${base}, ${payload.length}, ${now})`);
}

/**
 * Encodes entries at or below `base`, in their order; the entries of an instance and of a multiple
 * resource must stand together. Formats without times leave them out.
 */
export function encodePayload(
  format: number, base: Path | undefined, entries: readonly Entry[],
): Result<Uint8Array> {
  return fail(`content format ${format} is not encoded yet (${base}, ${entries.length})`);
}
