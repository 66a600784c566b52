// Everything has a limit: what the server holds stays within the limits of its configuration and
// of RFC 7252's parameters, however long it runs. Sizes are the one thing that only it can tell.

import type { Milliseconds } from '../../core/ports.ts';
import type { World } from '../world.ts';
import { Findings, type Oracle } from './oracle.ts';

/** Messages remembered of one peer; queued, outstanding, open and revocable ones to one. */
const RECENT_PER_PEER_MAX = 64;
const OUTBOUND_PER_PEER_MAX = 64 + 1 + 8 + 8;
/** Those of the server and those that peers leave with it. */
const TRANSFERS_PER_PEER_MAX = 8 + 8;
const BLOCK_BYTES_MAX = 2 * 32 * 2 ** 20;
const ENDED_OPERATIONS_MAX = 200;
const OBSERVATION_SLOTS_PER_OBSERVATION = 4;

export class BoundsOracle extends Findings implements Oracle {
  readonly #world: World;

  constructor(world: World) {
    super('bounds');
    this.#world = world;
  }

  judge(at: Milliseconds): void {
    if (!this.#world.isServerUp) return;
    const { host } = this.#world.server;
    const { limits } = host.config;
    const { peers, recent, outbound, transfers, blockBytes } = host.layer.sizes();
    this.#within(at, 'devices', host.devices.size, limits.devicesMax);
    this.#within(at, 'peers with a device', host.byPeer.size, host.devices.size);
    this.#within(at, 'messages remembered', recent, RECENT_PER_PEER_MAX * peers);
    this.#within(at, 'messages under way', outbound, OUTBOUND_PER_PEER_MAX * peers);
    this.#within(at, 'ended operations', host.endedOperations.length, ENDED_OPERATIONS_MAX);
    this.#within(at, 'bodies in blocks', transfers, TRANSFERS_PER_PEER_MAX * peers);
    this.#within(at, 'bytes of bodies in blocks', blockBytes, BLOCK_BYTES_MAX);
    const { bodyBytes } = host.bodies.sizes();
    this.#within(at, 'bytes of bodies on the disk', bodyBytes, limits.bodiesBytesMax);
    const slots = OBSERVATION_SLOTS_PER_OBSERVATION * limits.observationsMax;
    for (const { endpoint, operations, observations } of host.devices.values()) {
      this.#within(at, 'operations', operations.length, limits.operationsMax, endpoint);
      this.#within(at, 'observations', observations.length, slots, endpoint);
    }
  }

  #within(at: Milliseconds, what: string, size: number, most: number, of?: string): void {
    if (size <= most) return;
    this.report(at, `${size} ${what}${of === undefined ? '' : ` of ${of}`}, more than ${most}`);
  }
}
