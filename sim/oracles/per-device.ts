// What an oracle knows of each device, found by the device that speaks and by the number that rows
// on the disk have for it.

import type { SimulatedDevice } from '../device.ts';
import type { World } from '../world.ts';

export class PerDevice<Known> {
  readonly #world: World;
  readonly #make: (device: SimulatedDevice) => Known;
  readonly #quiet: Known | undefined;
  /** By device. */
  readonly #known: (Known | undefined)[] = [];
  /** By the number that the running server gave each. */
  #devices: (SimulatedDevice | undefined)[] = [];

  /** `quiet` stands for all devices of which nothing is left to know: it is not to be changed. */
  constructor(world: World, make: (device: SimulatedDevice) => Known, quiet?: Known) {
    this.#world = world;
    this.#make = make;
    this.#quiet = quiet;
  }

  get(device: SimulatedDevice): Known | undefined {
    return this.#known[device.id];
  }

  getOrMake(device: SimulatedDevice): Known {
    let known = this.#known[device.id];
    if (known === undefined || known === this.#quiet) {
      known = this.#make(device);
      this.#known[device.id] = known;
    }
    return known;
  }

  /** Lets go of what is over. */
  hush(isOver: (known: Known) => boolean): void {
    for (const [id, known] of this.#known.entries()) {
      if (known === undefined || known === this.#quiet || !isOver(known)) continue;
      this.#known[id] = this.#quiet;
    }
  }

  ofRow(row: number): Known | undefined {
    const device = this.#devices[row] ?? this.#learn(row);
    return device && this.get(device);
  }

  /** A crash may lose the row that gave a number, and the next process gives it to another. */
  forgetRows(): void {
    this.#devices = [];
  }

  *all(): Iterable<Known> {
    for (const known of this.#known) if (known !== undefined) yield known;
  }

  #learn(row: number): SimulatedDevice | undefined {
    const endpoint = this.#world.disk.devices.get(row)?.endpoint;
    const device = endpoint === undefined ? undefined : this.#world.deviceNamed(endpoint);
    this.#devices[row] = device;
    return device;
  }
}
