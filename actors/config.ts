// What people may set of the server's behaviour toward devices, with its defaults. Reading it
// from a file and checking it is app/config-file.ts; here are only the values and what they mean.

import { BLOCK_SIZE_DEFAULT } from '../core/coap/block.ts';
import { BODY_BYTES_MAX } from '../core/coap/body.ts';
import type { Wanted, WantedEventLog } from '../core/api/management.ts';
import { matches } from '../core/endpoint-pattern.ts';
import type { Milliseconds } from '../core/ports.ts';
import type { AlertRule } from './alerts.ts';
import type { EventRule } from './reports.ts';

export const NOTHING_WANTED: Wanted = {
  read: [], observe: [], observeTogether: [], attributes: {}, hold: {}, logs: [], eventLog: null,
};

/** A named rule for the devices whose endpoint matches; the first match wins. */
export interface Profile extends Wanted {
  readonly name: string;
  /** Endpoint pattern: `*` stands for any characters. */
  readonly match: string;
  /** How long a queue-mode device listens; undefined: by its fingerprint, else 93 s. */
  readonly awakeWindow: Milliseconds | undefined;
  /** RFC 7252 s4.8 ACK_TIMEOUT: 2 s is right on a LAN, 4 s on LTE-M, 15 s on NB-IoT. */
  readonly ackTimeout: Milliseconds;
  /** Events that values make together. */
  readonly events: readonly EventRule[];
  /** Of blocks toward the device (RFC 7959), in bytes: a power of two from 16 to 1024. */
  readonly blockSize: number;
  /** By which a syslog message may name the device from any address; undefined: by none. */
  readonly logToken: string | undefined;
}

/**
 * A label for the devices whose endpoint matches, with what is wanted of them beyond their profile;
 * a device may be in many groups, of which the later ones go before.
 */
export interface Group extends Wanted {
  readonly name: string;
  readonly match: string;
}

export interface Limits {
  readonly devicesMax: number;
  /** Devices first seen from one IPv4 address or one IPv6 /64 prefix. */
  readonly devicesPerSourceMax: number;
  /** Observations of one device. */
  readonly observationsMax: number;
  /** Distinct object lists of all devices, in characters; a fleet of one firmware has one. */
  readonly objectListsMax: number;
  /** Operations waiting for one device. */
  readonly operationsMax: number;
  /** What all waiting operations are to bring, in characters: values of writes mostly. */
  readonly waitingBytesMax: number;
  /** Of one body that is written from a file or read into one. */
  readonly bodyBytesMax: number;
  /** Such bodies of one device on the disk: that wait, are under way, or were read. */
  readonly bodiesPerDeviceMax: number;
  /** Their bytes on the disk, of one device and in all. */
  readonly bodyBytesPerDeviceMax: number;
  readonly bodiesBytesMax: number;
  /** Changes not yet on disk from which on NON notifications are shed. */
  readonly backlogShed: number;
  /** From here on notifications are not even read; CON ones come again by themselves. */
  readonly backlogMax: number;
  /** Log lines of one device at once, and of all unknown senders together. */
  readonly logBurstMax: number;
  /** And so many a second after that. */
  readonly logLinesPerSecondMax: number;
}

export interface ServerConfig {
  /** Who may register without credentials: anyone, or only endpoints made known before. */
  readonly registration: 'open' | 'known';
  /** In order of precedence; the last one must match everything. */
  readonly profiles: readonly Profile[];
  readonly groups: readonly Group[];
  /** What raises alerts. */
  readonly alerts: readonly AlertRule[];
  readonly limits: Limits;
}

/** MAX_TRANSMIT_WAIT, RFC 7252 s4.8.2: what LwM2M Transport s6.5 assumes of a queue-mode device. */
export const AWAKE_WINDOW_DEFAULT: Milliseconds = 93_000;
/** A registration is given up this long after its lifetime, so that a late Update still counts. */
export const REGISTRATION_GRACE: Milliseconds = 93_000;

export const DEFAULT_PROFILE: Profile = {
  ...NOTHING_WANTED,
  name: 'default',
  match: '*',
  awakeWindow: undefined,
  ackTimeout: 2000,
  blockSize: BLOCK_SIZE_DEFAULT,
  events: [],
  read: ['/3/0', '/4/0', '/5/0'],
  observe: ['/*/*/5700', '/3/0/9', '/5/0/3', '/5/0/5'],
  logToken: undefined,
};

export const DEFAULT_CONFIG: ServerConfig = {
  registration: 'open',
  profiles: [DEFAULT_PROFILE],
  groups: [],
  alerts: [],
  limits: {
    devicesMax: 200_000,
    devicesPerSourceMax: 20_000,
    observationsMax: 64,
    objectListsMax: 16_000_000,
    operationsMax: 100,
    waitingBytesMax: 64_000_000,
    bodyBytesMax: BODY_BYTES_MAX,
    bodiesPerDeviceMax: 8,
    bodyBytesPerDeviceMax: 4 * BODY_BYTES_MAX,
    bodiesBytesMax: 2 ** 30,
    backlogShed: 50_000,
    backlogMax: 200_000,
    logBurstMax: 1_000,
    logLinesPerSecondMax: 20,
  },
};

/** The profile of an endpoint. */
export function profileOf(config: ServerConfig, endpoint: string): Profile {
  const found = config.profiles.find((profile) => matches(profile.match, endpoint));
  return found ?? DEFAULT_PROFILE;
}

/** The groups of an endpoint, in their order. */
export function groupsOf(config: ServerConfig, endpoint: string): Group[] {
  return config.groups.filter(({ match }) => matches(match, endpoint));
}

/** Of what says more, as a profile does with its secrets, only what is wanted. */
export function onlyWanted(
  { read, observe, observeTogether, attributes, hold, logs, eventLog }: Wanted,
): Wanted {
  return { read, observe, observeTogether, attributes, hold, logs, eventLog };
}

/** All of several; of two that say something of one path the later one holds. */
export function allWanted(several: readonly Wanted[]): Wanted {
  const [only, ...others] = several;
  if (only !== undefined && others.length === 0) return only;
  return {
    read: several.flatMap(({ read }) => read),
    observe: several.flatMap(({ observe }) => observe),
    observeTogether: several.flatMap(({ observeTogether }) => observeTogether),
    attributes: Object.assign({}, ...several.map(({ attributes }) => attributes)) as
      Wanted['attributes'],
    hold: Object.assign({}, ...several.map(({ hold }) => hold)) as Wanted['hold'],
    logs: several.flatMap(({ logs }) => logs),
    eventLog: several.every(({ eventLog }) => eventLog === null) ? null
      : Object.assign({}, ...several.map(({ eventLog }) => eventLog)) as WantedEventLog,
  };
}
