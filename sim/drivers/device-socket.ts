// The UDP socket of one simulated device. It hears its server and nobody else.

import { UdpTransport } from '../../core/io/udp.ts';
import type { Address, Place } from '../../core/ports.ts';

/** Of sockets that open at the same time. */
const OPENING_MAX = 100;

export class DeviceSocket {
  /** Takes what the server sends. */
  hear: (datagram: Uint8Array) => void = () => undefined;
  readonly #server: Place;
  readonly #host: string;
  #transport = new UdpTransport();
  #isOpening = false;

  /** `host` is the address of this machine that it speaks from; left out, the system chooses. */
  constructor(server: Address, host = server.host.includes(':') ? '::' : '0.0.0.0') {
    this.#server = { listener: 0, address: server };
    this.#host = host;
  }

  /** Gives the address it has; rejects with the system's error. */
  async open(): Promise<Address> {
    const { host, port } = this.#server.address;
    const { address } = await this.#transport.listen(
      { host: this.#host, port: 0 },
      (_, fromHost, fromPort, datagram) => {
        if (fromHost === host && fromPort === port) this.hear(datagram);
      },
    );
    return address;
  }

  /**
   * Another socket takes its place; what is sent from now on leaves from that one. Nothing happens
   * when that is under way already.
   */
  reopen(done: (address: Address) => void, failed: (error: Error) => void): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    this.#transport.close();
    this.#transport = new UdpTransport();
    this.open().then((address) => {
      this.#isOpening = false;
      done(address);
    }, failed);
  }

  send(datagram: Uint8Array): void {
    this.#transport.send(this.#server, datagram);
  }

  close(): void {
    this.#transport.close();
  }
}

export interface Socketed {
  readonly socket: DeviceSocket;
  readonly address: Address;
}

/** Opens as many at once as is good for it; when one fails, none stays open. */
export async function openPlaces(
  count: number, server: Address, host?: string,
): Promise<Socketed[]> {
  const sockets = Array.from({ length: count }, () => new DeviceSocket(server, host));
  const places: Socketed[] = [];
  try {
    for (let first = 0; first < count; first += OPENING_MAX) {
      places.push(...await Promise.all(sockets.slice(first, first + OPENING_MAX).map(
        async (socket) => ({ socket, address: await socket.open() }),
      )));
    }
    return places;
  } catch (error) {
    for (const socket of sockets) socket.close();
    throw error;
  }
}
