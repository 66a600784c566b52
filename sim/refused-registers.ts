// Counts the Registers that the server turned down, from the datagrams alone: a POST to /rd, and
// an answer of class 4 or 5 with its token.

import { toHex } from '../core/bytes.ts';
import { decodeMessage } from '../core/coap/codec.ts';
import { Code } from '../core/coap/message.ts';
import { uriPath } from '../core/coap/options.ts';
import type { SimulatedDevice } from './device.ts';

const CLASS_CLIENT_ERROR = 4;
const CLASS_SERVER_ERROR = 5;

export class RefusedRegisters {
  count = 0;
  /** The token of each device's newest Register, as hex. */
  readonly #tokens = new Map<SimulatedDevice, string>();

  onRequest(device: SimulatedDevice, datagram: Uint8Array): void {
    if (datagram[1] !== Code.POST) return;
    const message = decodeMessage(datagram);
    // An Update goes to /rd and a location: LwM2M Core 1.1.1 s6.2.
    if (!message.ok || uriPath(message.value).length !== 1) return;
    this.#tokens.set(device, toHex(message.value.token));
  }

  onAnswer(device: SimulatedDevice, datagram: Uint8Array): void {
    const answer = (datagram[1] ?? 0) >> 5;
    if (answer !== CLASS_CLIENT_ERROR && answer !== CLASS_SERVER_ERROR) return;
    const token = toHex(datagram.subarray(4, 4 + ((datagram[0] ?? 0) & 0x0f)));
    if (this.#tokens.get(device) !== token) return;
    // Answered again to a duplicate, it is still the same refusal.
    this.#tokens.delete(device);
    this.count++;
  }
}
