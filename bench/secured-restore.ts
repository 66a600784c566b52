// What a hundred thousand devices with keys left in a server's database, for restore-process.ts to
// start on.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIG, type ServerConfig } from '../actors/config.ts';
import { assert } from '../core/result.ts';
import type { Change } from '../core/store/changes.ts';
import { openDatabase } from '../core/store/database.ts';
import { DuckDbStore } from '../core/store/duckdb-store.ts';
import { CALM } from '../sim/network-rules.ts';
import { Resources, text } from '../sim/resources.ts';
import type { Disk } from '../sim/store.ts';
import { World } from '../sim/world.ts';
import { answerOf, startProcess } from './as-started.ts';
import type { RestoreOrder } from './restore-process.ts';
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
    const child = startProcess('restore-process');
    child.send({ folder, count, now: clock.now(), config } satisfies RestoreOrder);
    const seconds = await answerOf<number>(child);
    return figure('dtls.restore', seconds, 's', {
      notes: [`${count} associations, registrations, credentials and `
        + `${disk.dtlsSessions.size} sessions, from their database`],
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
    ...[...disk.dtlsSessions.values()].map((row): Change => ({ table: 'dtls_session', row })),
    ...[...disk.devices.values()].map((row): Change => ({ table: 'device', row })),
  ];
  for (let first = 0; first < changes.length; first += CHANGES_AT_ONCE) {
    store.commit(changes.slice(first, first + CHANGES_AT_ONCE));
    await store.flushed();
  }
  await store.settled();
  await database.close();
}
