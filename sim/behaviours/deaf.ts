// Hears no request of the server, only the answers to its own messages: a firewall, or firmware
// whose server thread has died.

import type { Behaviour, Pass } from './behaviour.ts';
import { isRequest } from './datagram.ts';

export class Deaf implements Behaviour {
  incoming(datagram: Uint8Array, pass: Pass): void {
    if (!isRequest(datagram)) pass(datagram);
  }
}
