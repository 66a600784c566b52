// Every oracle there is, for one world. Let each watch the world before anything happens in it.

import type { World } from '../world.ts';
import { AgreementOracle } from './agreement.ts';
import { AwakeOracle } from './awake.ts';
import { BoundsOracle } from './bounds.ts';
import { DuplicateOracle } from './duplicates.ts';
import { ExpiryOracle } from './expiry.ts';
import { MessageIdOracle } from './message-ids.ts';
import { NotificationOracle } from './notifications.ts';
import { OperationOracle } from './operations.ts';
import type { Oracle } from './oracle.ts';
import { RegistrationOracle } from './registrations.ts';
import { RetransmissionOracle } from './retransmission.ts';
import { SequenceOracle } from './sequences.ts';
import { TokenOracle } from './tokens.ts';
import { ValueOracle } from './values.ts';

export function allOracles(world: World): Oracle[] {
  return [
    new MessageIdOracle(), new RetransmissionOracle(world), new TokenOracle(),
    new DuplicateOracle(world), new RegistrationOracle(), new NotificationOracle(world),
    new OperationOracle(world), new AwakeOracle(world), new ExpiryOracle(world),
    new BoundsOracle(world), new SequenceOracle(), new ValueOracle(world),
    new AgreementOracle(world),
  ];
}
