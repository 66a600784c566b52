// What the server has for the logs of devices beside its sessions: the socket they come to, and the
// deletion of what is old.

import { UdpTransport, type OnDatagram } from '../core/io/udp.ts';
import type { Address, Clock, Log, Milliseconds } from '../core/ports.ts';
import type { Database } from '../core/store/database.ts';
import { DELETED_AT_ONCE_MAX, deleteOldLog } from '../core/store/device-log.ts';
import { Pruning } from '../core/store/pruning.ts';
import { listen, SYSLOG, urisOf } from './listen.ts';

export interface LogSettings {
  /** Where devices may log to; undefined: nowhere. */
  readonly syslog: Address | undefined;
  /** How long what they log is kept. */
  readonly logRetention: Milliseconds;
}

export class LogIntake {
  // Not the transport of CoAP: a registration of before may name a listener by the number that
  // this socket would have there.
  readonly #transport = new UdpTransport();
  readonly #pruning: Pruning;
  readonly #log: Log;
  readonly #addresses: readonly Address[];

  constructor(db: Database, clock: Clock, log: Log, { syslog, logRetention }: LogSettings) {
    this.#pruning = new Pruning({
      clock, log, what: 'old lines',
      step: async (now) => await deleteOldLog(db, now - logRetention) === DELETED_AT_ONCE_MAX,
    });
    this.#log = log;
    this.#addresses = syslog === undefined ? [] : [syslog];
  }

  /** Where it can be reached; nowhere when it is off. */
  async listen(onDatagram: OnDatagram): Promise<string[]> {
    this.#pruning.start();
    return urisOf(SYSLOG,
      await listen(this.#transport, SYSLOG, this.#addresses, this.#log, onDatagram));
  }

  stop(): void {
    this.#pruning.stop();
    this.#transport.close();
  }
}
