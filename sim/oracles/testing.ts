// For tests of oracles: a small world that all oracles watch, and a feed of made-up datagrams for
// one of them. Nothing here is part of a run.

import { DEFAULT_CONFIG } from '../../actors/config.ts';
import type { ServerConfig } from '../../actors/config.ts';
import { encodeMessage } from '../../core/coap/codec.ts';
import { CON, NO_BYTES, type Message } from '../../core/coap/message.ts';
import type { Milliseconds } from '../../core/ports.ts';
import type { SimulatedDevice } from '../device.ts';
import { CALM, type NetworkRules } from '../network-rules.ts';
import { Observers, type Fate, type Observer } from '../observer.ts';
import { Passing, type LinkAddress } from '../passing.ts';
import { float, Resources, text } from '../resources.ts';
import type { Direction } from '../scenario/model.ts';
import { wave } from '../signals.ts';
import { EPOCH, World } from '../world.ts';
import { allOracles } from './all.ts';
import type { Oracle } from './oracle.ts';

const MINUTE = 60_000;
export const ADDRESS: LinkAddress = { host: '10.1.0.1', port: 5683, number: 0 };

export interface Watched {
  readonly world: World;
  readonly oracles: readonly Oracle[];
}

export function watchedWorld(
  seed: number, network: NetworkRules = CALM, config: ServerConfig = DEFAULT_CONFIG,
): Watched {
  const world = new World({ seed, network, config });
  const oracles = allOracles(world);
  for (const oracle of oracles) world.watch(oracle);
  return { world, oracles };
}

export function addSensor(
  world: World, endpoint: string, options: { lifetime?: number; awake?: Milliseconds } = {},
): SimulatedDevice {
  const resources = new Resources({
    '/3/0/0': text('Flownexus'), '/3303/0/5700': float(wave(21, 4, 60 * MINUTE)),
  });
  const { lifetime = 300, awake } = options;
  return world.addDevice({ endpoint, lifetime, resources, notifyEvery: MINUTE, awake });
}

/** What the oracles found, judged to the end. */
export function findings({ world, oracles }: Watched): string[] {
  for (const oracle of oracles) oracle.judge?.(world.clock.now());
  return oracles.flatMap(({ violations }) => violations.map(
    ({ oracle, at, what }) => `${at - EPOCH} ${oracle}: ${what}`,
  ));
}

/** Datagrams that never were, for one observer. */
export class Feed {
  readonly #told = new Observers();
  readonly #device: SimulatedDevice;
  readonly #address: LinkAddress;
  #nth = 0;

  constructor(observer: Observer, device: SimulatedDevice, address = ADDRESS) {
    this.#told.add(observer);
    this.#device = device;
    this.#address = address;
  }

  /** A datagram is sent at that time since the epoch of worlds. */
  sent(at: Milliseconds, direction: Direction, message: Partial<Message>): void {
    this.#told.sent(this.#passing(at, direction, message));
  }

  /** Sent, and at once at its end. */
  passed(
    at: Milliseconds, direction: Direction, message: Partial<Message>, fate: Fate = 'delivered',
  ): void {
    this.sent(at, direction, message);
    this.#told.ended(this.#passing(at, direction, message), fate);
  }

  #passing(at: Milliseconds, direction: Direction, message: Partial<Message>): Passing {
    const datagram = encodeMessage({
      type: CON, code: 0, mid: 0, token: NO_BYTES, options: [], payload: NO_BYTES, ...message,
    });
    const nth = ++this.#nth;
    return new Passing().set(EPOCH + at, this.#device, this.#address, direction, nth, datagram);
  }
}
