// What every procedure gets: the services of the running server and who is calling. Knows nothing
// of HTTP; http.ts makes the caller of a request, control.ts that of the control socket.

import type { Clock, Log } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { Exports } from '../store/exports.ts';
import type { Accounts } from './accounts.ts';
import type { LoginBackOff } from './back-off.ts';
import type { Endings } from './endings.ts';
import type { Lab } from './lab.ts';
import type { LiveStreams } from './live.ts';
import type { LoginLinks } from './login-links.ts';
import type { Management } from './management.ts';
import type { ModelShelf } from './models.ts';
import type { Tokens } from './tokens.ts';
import type { Role } from './views.ts';
import type { DatedFile } from './validity.ts';
import type { Webhooks } from './webhooks/webhooks.ts';

export interface Services {
  readonly management: Management;
  readonly models: ModelShelf;
  readonly lab: Lab;
  readonly db: Database;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly backOff: LoginBackOff;
  readonly links: LoginLinks;
  readonly live: LiveStreams;
  readonly endings: Endings;
  readonly exports: Exports;
  readonly webhooks: Webhooks;
  readonly clock: Clock;
  readonly log: Log;
  /** By which server and devices know each other in DTLS; none when there are none. */
  readonly dtlsFiles: () => readonly DatedFile[];
  /** The bound HTTP addresses as URLs. */
  readonly addresses: () => readonly string[];
}

/** Somebody whose login was checked. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
  /** The public id of session or token; empty on the control socket, which has none. */
  readonly session: string;
  /** True for a program that calls with an API token. */
  readonly isToken: boolean;
}

export interface Caller {
  /** Undefined: not logged in. */
  readonly identity: Identity | undefined;
  /** Came through the control socket: may read the data folder. */
  readonly isLocal: boolean;
  readonly address: string;
  readonly agent: string;
  /** False when this address has tried too often to log in; each call counts as a try. */
  mayTryLogin(): Promise<boolean>;
  /** Starts a new session under a new id, whatever cookie came in. */
  logIn(name: string, by: 'password' | 'link'): Promise<void>;
  logOut(): Promise<void>;
}

export interface Context extends Services {
  readonly caller: Caller;
}
