// Which of a resource's values holds now, for the server and in SQL. What a device kept and sends
// late does not, and a clock that is ahead makes nothing newer than its receipt.

import type { Milliseconds } from '../ports.ts';
import type { TelemetryRow } from './changes.ts';

type Times = Pick<TelemetryRow, 'deviceTime' | 'receiveTime'>;

export function holdsFrom({ deviceTime, receiveTime }: Times): Milliseconds {
  return Math.min(deviceTime, receiveTime);
}

/** Whether it holds rather than the other value of the same resource. */
export function isNewer(
  one: Times & Pick<TelemetryRow, 'sequence'>, other: typeof one,
): boolean {
  const difference = holdsFrom(one) - holdsFrom(other);
  return difference > 0 || difference === 0 && one.sequence > other.sequence;
}

/** The same order as a number of columns of `resource`: the greatest of a resource holds. */
export const RANK = `(epoch_ms(least(device_time, receive_time))::HUGEINT
  * ${2n ** 63n}::HUGEINT + sequence)`;
