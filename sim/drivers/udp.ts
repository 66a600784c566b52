// Simulated devices over real sockets without a scenario: each has a socket of its own, as real
// ones do, and the system's clock. Against any server, ours or another.

import { SystemClock } from '../../core/io/clock.ts';
import { SystemRandom } from '../../core/io/random.ts';
import type { Address } from '../../core/ports.ts';
import { DeviceLayer } from '../device-layer.ts';
import { SimulatedDevice, type DeviceOptions } from '../device.ts';
import { DeviceSocket } from './device-socket.ts';

export class UdpDevices {
  readonly #clock = new SystemClock();
  readonly #random = new SystemRandom();
  readonly #layer = new DeviceLayer(this.#clock, this.#random);
  readonly #sockets: DeviceSocket[] = [];
  readonly #server: Address;

  constructor(server: Address) {
    this.#server = server;
  }

  /** Opens a socket and powers the device on. Rejects with the system's error. */
  async start(options: DeviceOptions): Promise<SimulatedDevice> {
    const socket = new DeviceSocket(this.#server);
    const device = new SimulatedDevice({
      layer: this.#layer, random: this.#random, uplink: socket,
    }, options);
    socket.hear = (datagram) => device.receive(datagram);
    await socket.open();
    this.#sockets.push(socket);
    device.start();
    return device;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
    this.#clock.stop();
  }
}
