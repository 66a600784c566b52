// Puts the server together: data folder, database, sockets, sessions, API, demo fleet. One of the
// places that build ports (the others are sim/world.ts and sim/drivers/).

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../actors/host.ts';
import { ServerManagement } from '../actors/management.ts';
import { Lwm2mServer } from '../actors/server.ts';
import { addFirstAdmin } from '../core/api/accounts.ts';
import { startApi, type Api } from '../core/api/start.ts';
import { SystemClock } from '../core/io/clock.ts';
import { createLog } from '../core/io/log.ts';
import { ModelFiles } from '../core/io/model-files.ts';
import { SystemRandom } from '../core/io/random.ts';
import { UdpTransport } from '../core/io/udp.ts';
import type { Address, Log } from '../core/ports.ts';
import { openDatabase, type Database } from '../core/store/database.ts';
import { DuckDbStore } from '../core/store/duckdb-store.ts';
import { reachable, uriOf } from './address.ts';
import { DemoFleet } from './demo.ts';
import { ServerLab } from './lab/lab.ts';
import { runsAtOnce } from './lab/run-child.ts';
import { listenError } from './listen-error.ts';
import type { Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';
import { PACKAGE_ROOT, VERSION } from './version.ts';

export interface RunningServer {
  readonly http: readonly string[];
  readonly coap: readonly string[];
  /** Of the compatible interface, if it is offered. */
  readonly compat: readonly string[];
  /** Set at the first start without FLOWNEXUS_ADMIN_PASSWORD. */
  readonly loginLink: string | undefined;
  counters(): Host['counters'];
  stop(): Promise<void>;
}

const RECEIVE_BUFFER_WARNING = 1024 * 1024;

export async function startServer(settings: Settings): Promise<RunningServer> {
  const log = createLog(settings.logLevel);
  const database = await openDatabase({
    folder: settings.data,
    onFailure: (error) => {
      log.error(error.message);
      process.exit(1);
    },
  });
  const transport = new UdpTransport();
  const clock = new SystemClock();
  let server: Lwm2mServer | undefined;
  const demo = new DemoFleet(log);
  const lab = new ServerLab({ data: settings.data, clock, log, atOnce: runsAtOnce() });
  let api: Api | undefined;
  const store = new DuckDbStore(database);
  const stop = async (): Promise<void> => {
    demo.stop();
    await api?.close();
    await lab.close();
    clock.stop();
    // What was accepted is acknowledged before the sockets close; what came meanwhile is kept.
    await store.flushed();
    transport.close();
    await store.flushed();
    await database.close();
  };
  try {
    const models = await openModels(settings, log);
    const bound = await listen(transport, settings.coap, log, (listener, host, port, datagram) => {
      server?.receive(listener, host, port, datagram);
    });
    const random = new SystemRandom();
    const ports = { clock, random, transport, store, log };
    server = new Lwm2mServer(ports, settings.server, models.known);
    const coap = bound.flatMap(reachable).map((address) => uriOf('coap', address));
    api = await startApi({
      management: new ServerManagement(server.host, {
        version: VERSION, startedAt: clock.now(), coap, registration: settings.server.registration,
      }),
      models, lab, db: database, clock, log,
      http: {
        ...settings.http, allowPlain: settings.allowPlainHttp,
        ...(settings.tls && { tls: settings.tls }),
      },
      compat: settings.compatHttp,
      uiFolder: join(PACKAGE_ROOT, 'dist', 'public'),
      controlSocket: join(settings.data, 'control.sock'),
    });
    const loginLink = await firstLogin(api);
    demo.start(bound[0], settings.demo);
    const { host } = server;
    const { addresses: http, compat } = api;
    return { http, compat, coap, loginLink, counters: () => host.counters, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The folder of uploads is touched, so the data folder must be ours by then. */
async function openModels({ models, data }: Settings, log: Log): Promise<ModelFiles> {
  const opened = await ModelFiles.open({ folder: models, uploads: join(data, 'models'), log });
  if (opened.ok) return opened.value;
  throw new UsageError(`--models "${models}" ${opened.reason}`);
}

async function listen(
  transport: UdpTransport, addresses: readonly Address[], log: Log,
  onDatagram: Parameters<UdpTransport['listen']>[1],
): Promise<Address[]> {
  const bound: Address[] = [];
  for (const address of addresses) {
    const wanted = uriOf('coap', address);
    try {
      const listener = await transport.listen(address, onDatagram);
      bound.push(listener.address);
      const bytes = listener.receiveBufferBytes;
      if (bytes < RECEIVE_BUFFER_WARNING) {
        log.warn('small receive buffer, bursts may be lost; raise net.core.rmem_max', { bytes });
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // An IPv6 wildcard on a machine without IPv6 means every address it has.
      if (code === 'EAFNOSUPPORT' && address.host === '::') {
        bound.push(...await listen(transport, [{ ...address, host: '0.0.0.0' }], log, onDatagram));
      } else throw listenError(error as NodeJS.ErrnoException, wanted);
    }
  }
  return bound;
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
