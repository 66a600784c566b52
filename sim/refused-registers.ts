// Counts the Registers that the server turned down, from the datagrams alone: a POST to /rd, and
// an answer of class 4 or 5 with its token.

import type { SimulatedDevice } from './device.ts';
import type { Passing } from './passing.ts';

const CLASS_CLIENT_ERROR = 4;
const CLASS_SERVER_ERROR = 5;

export class RefusedRegisters {
  count = 0;
  /** The token of each device's newest Register, until it is answered. */
  readonly #tokens = new Map<SimulatedDevice, string>();

  onRequest(passing: Passing): void {
    if (passing.concern?.kind === 'register') this.#tokens.set(passing.device, passing.token);
  }

  onAnswer(passing: Passing): void {
    const { device } = passing;
    const answer = passing.code >> 5;
    // An acknowledgement alone, or a request of the server, answers nothing.
    if (answer === 0 || this.#tokens.get(device) !== passing.token) return;
    // Answered again to a duplicate, it is still the same refusal.
    this.#tokens.delete(device);
    if (answer === CLASS_CLIENT_ERROR || answer === CLASS_SERVER_ERROR) this.count++;
  }
}
