// A run over sockets against a server elsewhere, whoever made it: the networks of the scenario and
// those who watch lie between each device and its socket. Of the server nothing is known but what
// it sends.

import type { Address, Milliseconds } from '../../core/ports.ts';
import type { Connected, Driver } from '../driver.ts';
import type { Joining, Network } from '../network.ts';
import { openPlaces, type DeviceSocket, type Socketed } from './device-socket.ts';
import type { Pace } from './pace.ts';

/** A Register is sent again after 2 to 3 s and 6 to 9 s (RFC 7252 s4.2): three were in vain. */
const SILENCE_MAX: Milliseconds = 10_000;

export class ServerElsewhere implements Driver {
  readonly clock: Driver['clock'];
  readonly ground = undefined;
  readonly address: Address;
  /** Told once that nothing came from there since devices began to send. */
  onSilence: () => void = () => undefined;
  /** Told that something did come. */
  onAnswered: () => void = () => undefined;
  readonly #pace: Pace;
  readonly #places: readonly Socketed[];
  /** By port: they share their host. One that got another port is found by the old one too. */
  readonly #sockets = new Map<number, DeviceSocket>();
  #network: Network | undefined;
  #connected = 0;
  #state: 'not asked' | 'asked' | 'silent' | 'answered' = 'not asked';

  private constructor(pace: Pace, address: Address, places: readonly Socketed[]) {
    this.clock = pace.clock;
    this.address = address;
    this.#pace = pace;
    this.#places = places;
  }

  /** Opens a socket for each device; rejects with the system's error. */
  static async open(pace: Pace, server: Address, devices: number): Promise<ServerElsewhere> {
    return new ServerElsewhere(pace, server, await openPlaces(devices, server));
  }

  begin(network: Network): void {
    this.#network = network;
    network.serve(({ port }, datagram) => {
      if (this.#state === 'not asked') this.#ask();
      this.#sockets.get(port)?.send(datagram);
    });
  }

  #ask(): void {
    this.#state = 'asked';
    this.clock.schedule(this.clock.now() + SILENCE_MAX, { onDue: () => this.tellSilence() });
  }

  /** After a while, or when no more will come. */
  tellSilence(): void {
    if (this.#state !== 'asked') return;
    this.#state = 'silent';
    this.onSilence();
  }

  #hear(): void {
    if (this.#state === 'answered') return;
    this.#state = 'answered';
    this.onAnswered();
  }

  connect(joining: Omit<Joining, 'address'>): Connected {
    const network = this.#network as Network;
    const { socket, address } = this.#places[this.#connected++] as Socketed;
    const link = network.join({
      ...joining, address,
      rebind: () => socket.reopen((moved) => {
        network.move(link, moved.port);
        this.#sockets.set(moved.port, socket);
      }, (error) => this.#pace.fail(error)),
    });
    this.#sockets.set(address.port, socket);
    socket.hear = (datagram) => this.#pace.enter(() => {
      this.#hear();
      network.sendDownLink(link, datagram);
    });
    return { link, send: undefined };
  }

  async close(): Promise<void> {
    for (const { socket } of this.#places) socket.close();
  }
}
