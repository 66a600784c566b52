// What an oracle knows of each device, found by the device that speaks and by the number that rows
// on the disk have for it.

import type { SimulatedDevice } from '../device.ts';
import type { World } from '../world.ts';

export class PerDevice<Known> {
  readonly #world: World;
  readonly #make: (device: SimulatedDevice) => Known;
  /** By device. */
  readonly #known: (Known | undefined)[] = [];
  readonly #byEndpoint = new Map<string, Known>();
  /** By the number that the running server gave the device. */
  #byRow: (Known | undefined)[] = [];

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
      this.#byEndpoint.set(device.options.endpoint, known);
    }
    return known;
  }

  ofRow(row: number): Known | undefined {
    return this.#byRow[row] ?? this.#learn(row);
  }

  /** A crash may lose the row that gave a number, and the next process gives it to another. */
  forgetRows(): void {
    this.#byRow = [];
  }

  *all(): Iterable<Known> {
    for (const known of this.#known) if (known !== undefined) yield known;
  }

  #learn(row: number): Known | undefined {
    const endpoint = this.#world.disk.devices.get(row)?.endpoint;
    const known = endpoint === undefined ? undefined : this.#byEndpoint.get(endpoint);
    if (known !== undefined) this.#byRow[row] = known;
    return known;
  }
}
