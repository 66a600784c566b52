// Every oracle there is, for one world. Let each watch the world before anything happens in it.

import type { World } from '../world.ts';
import { MessageIdOracle } from './message-ids.ts';
import type { Oracle } from './oracle.ts';
import { RetransmissionOracle } from './retransmission.ts';

export function allOracles(world: World): Oracle[] {
  return [new MessageIdOracle(), new RetransmissionOracle(world)];
}
