// The value of one resource, as a typed fact (LwM2M Core 1.1.1 appendix C). Formats decode into
// these and encode from them; nothing here knows a wire format.

import type { Milliseconds } from '../ports.ts';
import type { Path } from './path.ts';

export type Value =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'unsigned'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'opaque'; readonly value: Uint8Array }
  /** Whole seconds since the Unix epoch. */
  | { readonly type: 'time'; readonly value: number }
  | { readonly type: 'objlnk'; readonly object: number; readonly instance: number }
  | { readonly type: 'corelnk'; readonly value: string };

export type ValueType = Value['type'];

/** A change of one resource or resource instance; null is for an instance that shall go. */
export interface Patch {
  readonly path: Path;
  readonly value: Value | null;
}

/** A value with its full path: resource, or resource instance of a multiple resource. */
export interface Entry {
  readonly path: Path;
  readonly value: Value;
  /** When the device measured it, if the format carried a time. */
  readonly time?: Milliseconds;
}
