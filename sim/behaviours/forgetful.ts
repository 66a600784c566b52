// Reboots every few hours without a word, and with that forgets its registration and what was
// observed: a watchdog, or a weak battery.

import type { Clock, Milliseconds, Random } from '../../core/ports.ts';
import { Alarm } from '../alarm.ts';
import type { SimulatedDevice } from '../device.ts';
import type { Behaviour, Surroundings } from './behaviour.ts';

const MINUTE: Milliseconds = 60_000;
const LEAST: Milliseconds = 10 * MINUTE;
const MOST: Milliseconds = 240 * MINUTE;

export class Forgetful implements Behaviour {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #reboot: Alarm<SimulatedDevice>;

  constructor({ device, clock, random }: Surroundings) {
    this.#clock = clock;
    this.#random = random;
    this.#reboot = new Alarm(device, (owner) => {
      if (owner.isOn) owner.reboot();
    });
  }

  started(): void {
    this.#reboot.set(this.#clock, LEAST + this.#random.below(MOST - LEAST + 1));
  }
}
