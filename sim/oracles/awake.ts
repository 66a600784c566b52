// LwM2M Transport 1.1.1 s6.5: a device in queue mode is sent requests only while it listens. Judged
// is each request, first time or again, by the last datagram of the device that reached the server:
// it may leave until the window that the server is told of (a profile's, or 93 s) has passed since
// then. Answers and acknowledgements may leave at any time.

import { profileOf } from '../../actors/config.ts';
import type { Milliseconds } from '../../core/ports.ts';
import type { Passing } from '../passing.ts';
import type { World } from '../world.ts';
import { isDamaging } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';

/** MAX_TRANSMIT_WAIT, which s6.5 assumes of a device that nothing else is known of. */
const WINDOW_DEFAULT: Milliseconds = 93_000;

export class AwakeOracle extends Findings implements Oracle {
  readonly #world: World;
  /** By device. */
  readonly #heardAt: Milliseconds[] = [];

  constructor(world: World) {
    super('awake window');
    this.#world = world;
  }

  serverHeard({ at, device }: Passing): void {
    if (device.options.awake !== undefined) this.#heardAt[device.id] = at;
  }

  serverSent(passing: Passing): void {
    const { at, device } = passing;
    const { endpoint, awake } = device.options;
    if (awake === undefined || !passing.isRequest) return;
    // A damaged Register may have lost its Q.
    if (isDamaging(device)) return;
    const window = profileOf(this.#world.config, endpoint).awakeWindow ?? WINDOW_DEFAULT;
    const silence = at - (this.#heardAt[device.id] ?? -Infinity);
    if (silence > window) {
      this.report(at, `${endpoint} is sent a request ${silence} ms after it was last heard; `
        + `it listens for ${window} ms`);
    }
  }
}
