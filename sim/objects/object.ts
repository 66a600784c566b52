// What a device does when a server writes or executes one of its resources, beyond keeping a value:
// the modules beside this one say it for the objects that have a state of their own.

import type { Value } from '../../core/lwm2m/value.ts';
import type { SimulatedDevice } from '../device.ts';

export interface Writing {
  /** Observers are told of all that the write led to, and not of the write once more. */
  readonly reportsItself?: true;
  /** The code it is refused with at this moment; undefined: it is taken. */
  refusal?(device: SimulatedDevice, value: Value): number | undefined;
  /** After the answer has left. */
  onWritten(device: SimulatedDevice, value: Value): void;
}

export interface Execution {
  refusal?(device: SimulatedDevice): number | undefined;
  /** After the answer has left; the arguments are a list that is well formed. */
  onExecuted(device: SimulatedDevice, parameters: string): void;
}

/** By path. */
export type Writings = Readonly<Record<string, Writing>>;
export type Executions = Readonly<Record<string, Execution>>;
