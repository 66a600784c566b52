// A start of the server on what a hundred thousand devices with keys left in its database: their
// associations are there again, and each is heard. Its keys are opened, and numbers reserved on the
// disk, when it first speaks.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIG, type ServerConfig } from '../actors/config.ts';
import { Lwm2mServer } from '../actors/server.ts';
import { FolderOfBodies } from '../core/io/body-files.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import { createLog } from '../core/io/log.ts';
import { SystemRandom } from '../core/io/random.ts';
import type { Clock } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import type { Change } from '../core/store/changes.ts';
import { openDatabase } from '../core/store/database.ts';
import { DuckDbStore } from '../core/store/duckdb-store.ts';
import { CALM } from '../sim/network-rules.ts';
import { Resources, text } from '../sim/resources.ts';
import type { Disk } from '../sim/store.ts';
import { SECRET_KEY, World } from '../sim/world.ts';
import { figure, type Figure, type Options } from './result.ts';

const DEVICES = 100_000;
const CHANGES_AT_ONCE = 10_000;
const HOUR = 3_600_000;
const limits = { ...DEFAULT_CONFIG.limits, devicesPerSourceMax: DEVICES };
const config: ServerConfig = { ...DEFAULT_CONFIG, limits };

export async function dtlsRestore({ isQuick }: Options): Promise<Figure> {
  const count = isQuick ? DEVICES / 10 : DEVICES;
  const folder = mkdtempSync(join(tmpdir(), 'flownexus-bench-'));
  try {
    const { disk, clock } = registered(count);
    await write(folder, disk);
    const seconds = await restore(folder, count, clock);
    return figure('dtls.restore', seconds, 's', {
      notes: [`${count} associations, registrations and credentials, from their database`],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is on the disk of a server that so many devices have shaken hands with. */
function registered(count: number): World {
  const world = new World({ seed: 1, network: CALM, config });
  const resources = new Resources({ '/3/0/0': text('Flownexus') });
  for (let index = 0; index < count; index++) {
    const endpoint = `urn:imei:${352_656_104_000_000 + index}`;
    world.addDevice({
      endpoint, lifetime: 86_400, notifyEvery: HOUR, awake: 20_000, resources,
      security: { kind: 'psk', identity: endpoint, key: new Uint8Array(16).fill(7) },
    }).start();
    if (index % 1_000 === 999) world.run(30_000);
  }
  world.run(60_000);
  assert(world.disk.associations.size === count, 'all have shaken hands');
  return world;
}

async function write(folder: string, disk: Disk): Promise<void> {
  const database = await openDatabase({ folder });
  const store = new DuckDbStore(database);
  const changes: Change[] = [
    ...[...disk.credentials.values()].map((row): Change => ({ table: 'credential', row })),
    ...[...disk.associations.values()].map((row): Change => ({ table: 'association', row })),
    ...[...disk.associationStates.values()]
      .map((row): Change => ({ table: 'association_state', row })),
    ...[...disk.devices.values()].map((row): Change => ({ table: 'device', row })),
  ];
  for (let first = 0; first < changes.length; first += CHANGES_AT_ONCE) {
    store.commit(changes.slice(first, first + CHANGES_AT_ONCE));
    await store.flushed();
  }
  await store.settled();
  await database.close();
}

/** Seconds from the folder to a server that hears everybody; `clock` stands still. */
async function restore(folder: string, count: number, clock: Clock): Promise<number> {
  const begin = performance.now();
  const database = await openDatabase({ folder });
  const store = new DuckDbStore(database);
  const server = new Lwm2mServer({
    clock, random: new SystemRandom(), crypto: new NodeCrypto(), secretKey: SECRET_KEY,
    transport: { send: () => undefined }, store, bodies: new FolderOfBodies(join(folder, 'bodies')),
    log: createLog('warn'),
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
