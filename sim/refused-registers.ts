// Counts the Registers that the server turned down, from the datagrams alone: a POST to /rd, and
// an answer of class 4 or 5 with its token.

import { Code } from '../core/coap/message.ts';
import type { SimulatedDevice } from './device.ts';
import { concernOf, tokenOf, type Passing } from './passing.ts';

const CLASS_CLIENT_ERROR = 4;
const CLASS_SERVER_ERROR = 5;

export class RefusedRegisters {
  count = 0;
  /** Each device's newest Register or Update, until it is answered. Few are refused: read then. */
  readonly #requests = new Map<SimulatedDevice, Uint8Array>();

  onRequest(passing: Passing): void {
    const { device, code, datagram } = passing;
    if (code !== Code.POST) return;
    // What comes while a Register waits for its answer takes its place only if it is another one.
    if (this.#requests.has(device) && passing.concern?.kind !== 'register') return;
    this.#requests.set(device, datagram);
  }

  onAnswer(passing: Passing): void {
    const { device } = passing;
    const answer = passing.code >> 5;
    // An acknowledgement alone, or a request of the server, answers nothing.
    const request = answer === 0 ? undefined : this.#requests.get(device);
    if (request === undefined || tokenOf(request) !== passing.token) return;
    // Answered again to a duplicate, it is still the same refusal.
    this.#requests.delete(device);
    const isRefusal = answer === CLASS_CLIENT_ERROR || answer === CLASS_SERVER_ERROR;
    if (isRefusal && concernOf(request)?.kind === 'register') this.count++;
  }
}
