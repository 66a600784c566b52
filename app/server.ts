// Puts the server together: data folder, database, sockets, sessions, API, demo fleet. One of the
// places that build ports (the others are sim/world.ts and sim/drivers/).

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../actors/host.ts';
import { ServerManagement } from '../actors/management.ts';
import { Lwm2mServer } from '../actors/server.ts';
import { addFirstAdmin } from '../core/api/accounts.ts';
import { startApi, type Api, type ApiOptions } from '../core/api/start.ts';
import { FolderOfBodies } from '../core/io/body-files.ts';
import { SystemClock } from '../core/io/clock.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import { createLog } from '../core/io/log.ts';
import { ModelFiles } from '../core/io/model-files.ts';
import { SystemRandom } from '../core/io/random.ts';
import { UdpTransport } from '../core/io/udp.ts';
import type { Address, Clock, Log, Milliseconds } from '../core/ports.ts';
import { openDatabase, type Database } from '../core/store/database.ts';
import { DuckDbStore } from '../core/store/duckdb-store.ts';
import { deleteOldRows } from '../core/store/old-rows.ts';
import { Pruning } from '../core/store/pruning.ts';
import { Retention } from '../core/store/retention.ts';
import { reachable } from './address.ts';
import { DemoFleet } from './demo.ts';
import { ServerLab } from './lab/lab.ts';
import { runsAtOnce } from './lab/run-child.ts';
import { COAP, COAPS, listen, urisOf } from './listen.ts';
import { LogIntake } from './log-intake.ts';
import { openProofs, secretKeyOf } from './proofs.ts';
import type { Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';
import { PACKAGE_ROOT, VERSION } from './version.ts';

export interface RunningServer {
  readonly http: readonly string[];
  readonly coap: readonly string[];
  /** Of the compatible interface, if it is offered. */
  readonly compat: readonly string[];
  /** Empty when it is off. */
  readonly syslog: readonly string[];
  /** Set at the first start without FLOWNEXUS_ADMIN_PASSWORD. */
  readonly loginLink: string | undefined;
  /** Reads the certificates of DTLS again; undefined when there are none. */
  readonly reload: (() => void) | undefined;
  counters(): Host['counters'];
  stop(): Promise<void>;
}

export async function startServer(settings: Settings): Promise<RunningServer> {
  const log = createLog(settings.logLevel);
  const database = await openOrEnd(settings.data, log);
  const transport = new UdpTransport();
  const clock = new SystemClock();
  let server: Lwm2mServer | undefined;
  const demo = new DemoFleet(log);
  const lab = new ServerLab({ data: settings.data, clock, log, atOnce: runsAtOnce() });
  const retention = new Retention({ clock, log, database }, settings.retention);
  const pruning = pruneOldRows(settings.retention, database, clock, log);
  let api: Api | undefined;
  const store = new DuckDbStore(database);
  const logs = new LogIntake(database, clock, log, settings);
  const stop = async (): Promise<void> => {
    demo.stop();
    retention.stop();
    pruning?.stop();
    await api?.close();
    await lab.close();
    logs.stop();
    clock.stop();
    // What was accepted is acknowledged before the sockets close; what came meanwhile is kept.
    await store.flushed();
    transport.close();
    await store.settled();
    await database.close();
  };
  try {
    const secretKey = await secretKeyOf(settings);
    const proofs = await openProofs(settings, secretKey, log, clock);
    const models = await openModels(settings, log);
    const bound = await listenForDevices(transport, settings, log, () => server);
    const syslog = await logs.listen((_, host, port, datagram) => {
      server?.receiveLog(host, port, datagram);
    });
    server = new Lwm2mServer({
      clock, random: new SystemRandom(), crypto: new NodeCrypto(), secretKey, proofs, transport,
      store, bodies: new FolderOfBodies(join(settings.data, 'bodies')), log,
    }, settings.server, models.known);
    const coap = [...urisOf(COAP, bound.plain), ...urisOf(COAPS, bound.secured)];
    api = await startApi({
      management: new ServerManagement(server.host, {
        version: VERSION, startedAt: clock.now(), coap, syslog,
        registration: settings.server.registration,
      }, bound.plain.map(reachable)),
      models, lab, db: database, clock, log, dtlsFiles: proofs.dated, ...placesOf(settings),
    });
    demo.start(bound.plain[0], settings.demo);
    retention.start();
    pruning?.start();
    const { host: { counters } } = server;
    const [{ addresses: http, compat }, loginLink] = [api, await firstLogin(api)];
    const { reload } = proofs;
    return { http, compat, coap, syslog, loginLink, reload, counters: () => counters, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Bound {
  readonly plain: readonly Address[];
  readonly secured: readonly Address[];
}

/** `server` may not be there yet: what comes until then is lost like any datagram. */
async function listenForDevices(
  transport: UdpTransport, { coap, coaps }: Settings, log: Log,
  server: () => Lwm2mServer | undefined,
): Promise<Bound> {
  const plain = await listen(transport, COAP, coap, log, (listener, host, port, datagram) => {
    server()?.receive(listener, host, port, datagram);
  });
  const secured = await listen(transport, COAPS, coaps, log, (listener, host, port, datagram) => {
    server()?.receiveSecured(listener, host, port, datagram);
  });
  return { plain, secured };
}

function placesOf(
  { http, allowPlainHttp: allowPlain, tls, compatHttp: compat, data }: Settings,
): Pick<ApiOptions, 'http' | 'compat' | 'uiFolder' | 'controlSocket'> {
  return {
    http: { ...http, allowPlain, ...(tls && { tls }) }, compat,
    uiFolder: join(PACKAGE_ROOT, 'dist', 'public'), controlSocket: join(data, 'control.sock'),
  };
}

/** When the disk fails later, the process ends. */
function openOrEnd(folder: string, log: Log): Promise<Database> {
  return openDatabase({
    folder,
    onFailure: (error) => {
      log.error(error.message);
      process.exit(1);
    },
    onWarning: (sentence) => log.warn(sentence),
  });
}

/** Undefined when all is kept for ever. */
function pruneOldRows(
  keep: Milliseconds | undefined, database: Database, clock: Clock, log: Log,
): Pruning | undefined {
  return keep === undefined ? undefined : new Pruning({
    clock, log, what: 'events, operations and alerts older than --retention',
    step: (now) => deleteOldRows(database, now - keep),
  });
}

/** The folder of uploads is touched, so the data folder must be ours by then. */
async function openModels({ models, data }: Settings, log: Log): Promise<ModelFiles> {
  const opened = await ModelFiles.open({ folder: models, uploads: join(data, 'models'), log });
  if (opened.ok) return opened.value;
  throw new UsageError(`--models "${models}" ${opened.reason}`);
}

/** Somebody must be able to log in: a password from the environment, or a one-time link. */
async function firstLogin(api: Api): Promise<string | undefined> {
  if (api.accounts.users().length > 0) return undefined;
  const password = process.env.FLOWNEXUS_ADMIN_PASSWORD;
  if (password === undefined) return api.loginLink('admin');
  const added = await addFirstAdmin(api.accounts, password);
  if (!added.ok) throw new UsageError(`FLOWNEXUS_ADMIN_PASSWORD: ${added.reason}`);
  return undefined;
}

/** The socket of a running server on this data folder, if there is one. */
export function controlSocketOf(data: string): string | undefined {
  const path = join(data, 'control.sock');
  return existsSync(path) ? path : undefined;
}

export type { Database };
