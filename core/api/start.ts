// Starts the API: the HTTP or HTTPS listener and the control socket over one set of services.
// Resolves when everything listens; what cannot be is an ApiStartError of one sentence.

import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { Accounts } from './accounts.ts';
import { LoginBackOff } from './back-off.ts';
import { buildCompat } from './compat/http.ts';
import type { Services } from './context.ts';
import { listenOnControlSocket } from './control.ts';
import { Endings } from './endings.ts';
import { buildHttp } from './http.ts';
import type { Lab } from './lab.ts';
import { LiveStreams } from './live.ts';
import { LoginLinks } from './login-links.ts';
import { httpPost } from '../io/http-post.ts';
import type { Clock, Log } from '../ports.ts';
import type { Database } from '../store/database.ts';
import { Exports } from '../store/exports.ts';
import type { Management } from './management.ts';
import type { ModelShelf } from './models.ts';
import { Tokens } from './tokens.ts';
import type { DatedFile } from './validity.ts';
import { Webhooks, type Post } from './webhooks/webhooks.ts';

export interface Listener {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface ApiOptions {
  readonly management: Management;
  readonly models: ModelShelf;
  readonly lab: Lab;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly http: Listener & {
    readonly tls?: { readonly certFile: string; readonly keyFile: string };
    /** Allows plain HTTP beyond loopback, where passwords can be read on the way; of both. */
    readonly allowPlain?: boolean;
  };
  /** The interface of the reference server; undefined: not offered. It has no login. */
  readonly compat?: Listener | undefined;
  /** The built dashboard, `dist/public`. */
  readonly uiFolder: string;
  readonly controlSocket?: string;
  /** What is in the files of DTLS now; left out: there are none. */
  readonly dtlsFiles?: () => readonly DatedFile[];
  /** How webhooks are sent, if not over the network. */
  readonly post?: Post;
}

export interface Api {
  /** The bound addresses as URLs, like `http://127.0.0.1:8080`. */
  readonly addresses: readonly string[];
  /** Those of the compatible interface. */
  readonly compat: readonly string[];
  readonly accounts: Accounts;
  readonly endings: Endings;
  /** A one-time URL that logs the user in; for a first start, `admin`. */
  loginLink(name: string): string;
  /** Ends open streams and connections at once. */
  close(): Promise<void>;
}

export class ApiStartError extends Error {}

export async function startApi(options: ApiOptions): Promise<Api> {
  const { management, models, lab, db, clock, log, http } = options;
  refuseOutsiders(options);
  const tls = http.tls && await readTls(http.tls);
  const accounts = await Accounts.open(db, clock);
  const tokens = await Tokens.open(db, clock, accounts);
  const addresses: string[] = [];
  const compatible: string[] = [];
  const services: Services = {
    management, models, lab, db, accounts, tokens, clock, log,
    dtlsFiles: options.dtlsFiles ?? (() => []),
    backOff: new LoginBackOff(),
    links: new LoginLinks(clock),
    endings: new Endings(management, clock),
    exports: new Exports(db),
    webhooks: await Webhooks.open({ management, db, clock, log, post: options.post ?? httpPost }),
    live: new LiveStreams({
      management, lab, db, clock,
      isOpen: (identity) => identity.session === '' || (identity.isToken
        ? tokens.isOpen(identity) : accounts.identify(identity.session) !== undefined),
    }),
    addresses: () => addresses,
  };
  const app = await buildHttp(services, { tls, uiFolder: options.uiFolder });
  const faces: FastifyInstance[] = [app];
  try {
    if (options.controlSocket !== undefined) {
      const control = await listenOnControlSocket(services, options.controlSocket);
      if (control !== undefined) faces.push(control);
    }
    await listen(app, http, '--http');
    if (options.compat !== undefined) {
      const compat = await buildCompat(services);
      faces.push(compat);
      await listen(compat, options.compat, '--compat-http');
      compatible.push(...urlsOf(compat, 'http'));
    }
  } catch (error) {
    await Promise.all(faces.map((face) => face.close()));
    throw error;
  }
  addresses.push(...urlsOf(app, tls === undefined ? 'http' : 'https'));
  return {
    addresses, compat: compatible, accounts, endings: services.endings,
    loginLink: (name) => `${addresses[0]}${services.links.make(name).path}`,
    async close() {
      services.live.closeAll();
      await Promise.all(faces.map((face) => face.close()));
      await services.webhooks.close();
    },
  };
}

/** What strangers could read on the way, or ask without a login, is on loopback unless told. */
function refuseOutsiders({ http, compat }: ApiOptions): void {
  if (http.allowPlain === true) return;
  if (http.tls === undefined && !isLoopback(http.host)) {
    throw new ApiStartError(
      `--http ${http.host} is reachable from outside: give --tls-cert and --tls-key, `
      + 'or --insecure-http if something else encrypts',
    );
  }
  if (compat !== undefined && !isLoopback(compat.host)) {
    throw new ApiStartError(
      `--compat-http ${compat.host} is reachable from outside and has no login: `
      + 'give --insecure-http if something else keeps strangers out',
    );
  }
}

async function listen(
  app: FastifyInstance, { host, port }: Listener, flag: '--http' | '--compat-http',
): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const where = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    switch (code) {
      case 'EADDRINUSE':
        throw new ApiStartError(`port ${where} is in use; choose another with ${flag}`);
      case 'EACCES':
        throw new ApiStartError(`no permission to listen on ${where}; use a port from 1024 up`);
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
        throw new ApiStartError(`${host} is no address of this machine; change ${flag}`);
      default:
        throw new ApiStartError(`cannot listen on ${where}: ${message}`);
    }
  }
}

async function readTls(
  { certFile, keyFile }: { readonly certFile: string; readonly keyFile: string },
): Promise<{ readonly cert: Buffer; readonly key: Buffer }> {
  const cert = await readOption('--tls-cert', certFile);
  const key = await readOption('--tls-key', keyFile);
  try {
    createSecureContext({ cert, key });
  } catch {
    throw new ApiStartError('--tls-cert and --tls-key are not a certificate and its key in PEM');
  }
  return { cert, key };
}

async function readOption(flag: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'is not there' : 'is unreadable';
    throw new ApiStartError(`the file ${file} of ${flag} ${why}`);
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function urlsOf(app: FastifyInstance, scheme: 'http' | 'https'): string[] {
  return app.addresses().flatMap((bound) => {
    if (typeof bound === 'string') return [];
    const { address, family, port } = bound;
    return [`${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`];
  });
}
