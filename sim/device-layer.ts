// The message layer of many simulated devices at once: each device is a peer of it, with a random
// stream of its own. A layer for each would cost more memory than the device itself.

import { BLOCK_SIZE_DEFAULT } from '../core/coap/block.ts';
import { BlockwiseLayer } from '../core/coap/blockwise.ts';
import type { Clock, Milliseconds, Peer, Random } from '../core/ports.ts';
import type { SimulatedDevice } from './device.ts';

const ACK_TIMEOUT: Milliseconds = 2000;

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
