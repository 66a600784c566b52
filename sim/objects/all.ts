// All that can be written or executed with more effect than a value that is kept.

import { parsePath, type Path } from '../../core/lwm2m/path.ts';
import { deviceExecutions, deviceWritings } from './device.ts';
import { eventLogExecutions, eventLogWritings } from './event-log.ts';
import { firmwareExecutions, firmwareWritings } from './firmware.ts';
import type { Executions, Writings } from './object.ts';
import { serverExecutions, serverWritings } from './server.ts';

export const WRITINGS: Writings = {
  ...serverWritings, ...deviceWritings, ...firmwareWritings, ...eventLogWritings,
};
export const EXECUTIONS: Executions = {
  ...serverExecutions, ...deviceExecutions, ...firmwareExecutions, ...eventLogExecutions,
};

const STATEFUL: ReadonlySet<number> = new Set(
  Object.keys({ ...WRITINGS, ...EXECUTIONS }).map((path) => Number(path.split('/')[1])));

/** Whether the device does more for an object than keep its values. */
export function hasState(object: number): boolean {
  return STATEFUL.has(object);
}

/** Resources that are there and cannot be read. */
export const UNREADABLE: readonly Path[] = ['/5/0/0', ...Object.keys(EXECUTIONS)]
  .flatMap((text) => {
    const path = parsePath(text);
    return path.ok ? [path.value] : [];
  });
