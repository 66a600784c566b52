// What a device answers to a request, and what it does once its answer has left.

import type { ResponseContent } from '../../core/coap/exchange.ts';

export interface Answer {
  readonly response: ResponseContent;
  /** What the device does once its answer has left. */
  readonly then?: () => void;
}

export function refused(code: number): Answer {
  return { response: { code } };
}
