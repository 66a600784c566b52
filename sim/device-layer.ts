// The message layer of many simulated devices at once: each device is a peer of it, with a random
// stream of its own. A layer for each would cost more memory than the device itself.

import { BLOCK_SIZE_DEFAULT } from '../core/coap/block.ts';
import { BlockwiseLayer } from '../core/coap/blockwise.ts';
import { BODY_BYTES_MAX } from '../core/coap/body.ts';
import { PAYLOAD_BYTES_MAX } from '../core/lwm2m/content-format.ts';
import type { Clock, Milliseconds, Peer, Random } from '../core/ports.ts';
import type { SimulatedDevice } from './device.ts';

const ACK_TIMEOUT: Milliseconds = 2000;
/** Devices hold whole bodies: a world is made to try servers, and what they send must be seen. */
const BLOCK_LIMITS = {
  bodyLength: BODY_BYTES_MAX, bytesPerPeer: 2 * BODY_BYTES_MAX + 2 ** 20, bytes: 8 * BODY_BYTES_MAX,
};

export class DeviceLayer {
  readonly clock: Clock;
  readonly messages: BlockwiseLayer;
  #devices = 0;

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.messages = new BlockwiseLayer({
      clock, random,
      randomOf: (peer) => deviceOf(peer).random,
      ackTimeout: () => ACK_TIMEOUT,
      blockSize: () => BLOCK_SIZE_DEFAULT,
      blockLimits: BLOCK_LIMITS,
      bodyLengthMax: (_, peer) => deviceOf(peer).options.bodyBytesMax ?? PAYLOAD_BYTES_MAX,
      messageIdSeed: random.uint32(),
      transport: { send: (peer, datagram) => deviceOf(peer).transmit(datagram) },
    });
  }

  nextId(): number {
    return ++this.#devices;
  }
}

/** Only devices are peers of this layer. */
function deviceOf(peer: Peer): SimulatedDevice {
  return peer as SimulatedDevice;
}
