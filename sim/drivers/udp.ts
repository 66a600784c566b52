// Simulated devices over real sockets: each has a socket of its own, as real ones do, and the
// system's clock. Against any server, ours or another.

import { SystemClock } from '../../core/io/clock.ts';
import { SystemRandom } from '../../core/io/random.ts';
import { UdpTransport } from '../../core/io/udp.ts';
import type { Address, Peer } from '../../core/ports.ts';
import { DeviceLayer } from '../device-layer.ts';
import { SimulatedDevice, type DeviceOptions } from '../device.ts';

export class UdpDevices {
  readonly #clock = new SystemClock();
  readonly #random = new SystemRandom();
  readonly #layer = new DeviceLayer(this.#clock, this.#random);
  readonly #transports: UdpTransport[] = [];
  readonly #server: Address;

  constructor(server: Address) {
    this.#server = server;
  }

  /** Opens a socket and powers the device on. Rejects with the system's error. */
  async start(options: DeviceOptions): Promise<SimulatedDevice> {
    const transport = new UdpTransport();
    const server: Peer = { id: 1, listener: 0, security: 'none', address: this.#server };
    const device = new SimulatedDevice({
      layer: this.#layer, random: this.#random,
      uplink: { send: (datagram) => transport.send(server, datagram) },
    }, options);
    const any = this.#server.host.includes(':') ? '::' : '0.0.0.0';
    await transport.listen({ host: any, port: 0 }, (_listener, host, port, datagram) => {
      // What does not come from the server is not for this device.
      if (host === this.#server.host && port === this.#server.port) device.receive(datagram);
    });
    this.#transports.push(transport);
    device.start();
    return device;
  }

  close(): void {
    for (const transport of this.#transports) transport.close();
    this.#clock.stop();
  }
}
