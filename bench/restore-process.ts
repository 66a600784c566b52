// A start of the server on the database of secured-restore.ts, in a process that knows nothing yet:
// the associations are there again, and each is heard. Its keys are opened, and numbers reserved on
// the disk, when it first speaks.

import { join } from 'node:path';
import type { ServerConfig } from '../actors/config.ts';
import { Lwm2mServer } from '../actors/server.ts';
import { FolderOfBodies } from '../core/io/body-files.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import { createLog } from '../core/io/log.ts';
import { SystemRandom } from '../core/io/random.ts';
import type { Milliseconds } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import { openDatabase } from '../core/store/database.ts';
import { DuckDbStore } from '../core/store/duckdb-store.ts';
import { VirtualClock } from '../sim/clock.ts';
import { SECRET_KEY } from '../sim/world.ts';

export interface RestoreOrder {
  readonly folder: string;
  /** Of devices. */
  readonly count: number;
  /** When they were heard last. */
  readonly now: Milliseconds;
  readonly config: ServerConfig;
}

/** Seconds from the folder to a server that hears everybody. */
async function restore({ folder, count, now, config }: RestoreOrder): Promise<number> {
  const begin = performance.now();
  const database = await openDatabase({ folder });
  const store = new DuckDbStore(database);
  const server = new Lwm2mServer({
    clock: new VirtualClock(now), random: new SystemRandom(), crypto: new NodeCrypto(),
    secretKey: SECRET_KEY, transport: { send: () => undefined }, store,
    bodies: new FolderOfBodies(join(folder, 'bodies')), log: createLog('warn'),
  }, config);
  await store.settled();
  const seconds = (performance.now() - begin) / 1_000;
  const { registration } = server.host.devices.values().next().value ?? {};
  assert(server.host.devices.size === count, 'all are back');
  assert(registration?.peer.security === 'psk' && server.host.byPeer.has(registration.peer.id),
    'and on their associations');
  await database.close();
  return seconds;
}

process.once('message', (order: RestoreOrder) => {
  void restore(order).then((seconds) => process.send?.(seconds, () => process.exit(0)));
});
