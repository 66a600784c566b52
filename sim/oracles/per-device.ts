// What an oracle knows of each device, found by the device that speaks and by the number that rows
// on the disk have for it.

import type { SimulatedDevice } from '../device.ts';
import type { World } from '../world.ts';

export class PerDevice<Known> {
  readonly #world: World;
  readonly #make: (device: SimulatedDevice) => Known;
  /** By device. */
  readonly #known: (Known | undefined)[] = [];
  /** By the number that the running server gave each. */
  #devices: (SimulatedDevice | undefined)[] = [];

  constructor(world: World, make: (device: SimulatedDevice) => Known) {
    this.#world = world;
    this.#make = make;
  }

  get(device: SimulatedDevice): Known | undefined {
    return this.#known[device.id];
  }

  getOrMake(device: SimulatedDevice): Known {
    let known = this.#known[device.id];
    if (known === undefined) {
      known = this.#make(device);
      this.#known[device.id] = known;
    }
    return known;
  }

  /** What was known of the device is over. */
  forget(device: SimulatedDevice): void {
    this.#known[device.id] = undefined;
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
