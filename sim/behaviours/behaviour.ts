// What a device does beside what it should, as small objects in front of it: between its message
// layer and the network, between its resources and what it says, between its clock and time,
// between what it is asked and what it answers.

import type { Entry } from '../../core/lwm2m/value.ts';
import type { Clock, Milliseconds, Random } from '../../core/ports.ts';
import { unreachable } from '../../core/result.ts';
import type { DeviceOptions, SimulatedDevice } from '../device.ts';
import type { Operation } from '../requests/operation.ts';
import type { Vice } from '../scenario/model.ts';
import { ClockSkew } from './clock-skew.ts';
import { Deaf } from './deaf.ts';
import { DuplicateSender } from './duplicate-sender.ts';
import { Forgetful } from './forgetful.ts';
import { Liar } from './liar.ts';
import { Malformed } from './malformed.ts';
import { Refusing } from './refusing.ts';
import { Slow } from './slow.ts';

/** Hands a datagram on, now or later, changed or not, once or more often. */
export type Pass = (datagram: Uint8Array) => void;

export interface Behaviour {
  /** A datagram wants to leave. */
  outgoing?(datagram: Uint8Array, pass: Pass): void;
  /** A datagram was heard. */
  incoming?(datagram: Uint8Array, pass: Pass): void;
  /** What the device says instead of what is so. */
  said?(entries: Entry[]): Entry[];
  /** The code it answers with instead of doing what it is asked. */
  refusal?(operation: Operation): number | undefined;
  /** What the device's clock shows. */
  clock?(now: Milliseconds): Milliseconds;
  /** How long a span takes by the device's clock. */
  span?(span: Milliseconds): Milliseconds;
  started?(): void;
}

export interface Surroundings {
  readonly device: SimulatedDevice;
  readonly clock: Clock;
  /** For this device's vices alone. */
  readonly random: Random;
}

export function behavioursOf(
  { vices = [], refuses }: Pick<DeviceOptions, 'vices' | 'refuses'>, around: Surroundings,
): Behaviour[] {
  const behaviours = vices.map((vice) => {
    const random = around.random.fork(vice);
    return behaviourOf(vice, { ...around, random });
  });
  return refuses === undefined ? behaviours : [...behaviours, new Refusing(refuses)];
}

function behaviourOf(vice: Vice, around: Surroundings): Behaviour {
  switch (vice) {
    case 'slow': return new Slow(around);
    case 'forgetful': return new Forgetful(around);
    case 'deaf': return new Deaf();
    case 'liar': return new Liar(around);
    case 'malformed': return new Malformed(around);
    case 'duplicateSender': return new DuplicateSender(around);
    case 'clockSkew': return new ClockSkew(around);
    default: return unreachable(vice);
  }
}
