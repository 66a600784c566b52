// What one observation is about: one path (Observe), or several that the device reports together
// (Observe-Composite, LwM2M Core 1.1.1 s6.4.2). Written `/3/0/9+/4/0/2`.

import { formatPath, parsePath, type Path } from './path.ts';
import { fail, ok, type Result } from '../result.ts';

export type Target = readonly Path[];

/** Paths of one composite observation: their names fit one block. */
export const TARGET_PATHS_MAX = 32;

const SEPARATOR = '+';

export function formatTarget(target: Target): string {
  return target.map(formatPath).join(SEPARATOR);
}

export function parseTarget(text: string): Result<Target> {
  const texts = text.split(SEPARATOR);
  if (texts.length > TARGET_PATHS_MAX) {
    return fail(`at most ${TARGET_PATHS_MAX} paths are observed together`);
  }
  const target: Path[] = [];
  for (const one of texts) {
    const path = parsePath(one);
    if (!path.ok) return path;
    target.push(path.value);
  }
  return ok(target);
}

/** What its payloads are within: the path, or the root for several. */
export function baseOf(target: Target): Path | undefined {
  return target.length === 1 ? target[0] : undefined;
}
