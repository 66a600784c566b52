// What the API asks of the running server, as one interface: core/api must not know the actors.
// actors/management.ts implements it. All methods are synchronous; what must be durable before a
// person sees it returns a ticket that the API awaits with `afterCommit`.

import type { FormatError } from '../coap/codec.ts';
import type { AttributeChanges } from '../lwm2m/attributes.ts';
import type { Models } from '../lwm2m/objects.ts';
import type { Wish, WishKind } from '../lwm2m/operation.ts';
import type { Subject } from '../lwm2m/secrets.ts';
import type { Entry } from '../lwm2m/value.ts';
import type { Address, Milliseconds, Seconds, Security, Ticket } from '../ports.ts';
import type { Result } from '../result.ts';
import type { CredentialBook, ShownCertificate } from './credential-book.ts';
import type {
  AlertRow, DeviceRow, EventRow, OperationRow, RegistrationRow, TelemetryRow,
} from '../store/changes.ts';

/** As JSON and YAML have it; times as seconds or RFC 3339, opaque in base64. */
export type WantedValue = string | number | boolean;

/**
 * What shall be so at a device, by paths in which `*` stands for every id that it has; made so at
 * each registration.
 */
export interface Wanted {
  /** Read once. */
  readonly read: readonly string[];
  /** Observed, each by itself. */
  readonly observe: readonly string[];
  /** Lists of what the device shall report together (Observe-Composite). */
  readonly observeTogether: readonly (readonly string[])[];
  /** Notification attributes to write (LwM2M Core 1.1.1 s5.1.2); null takes one away. */
  readonly attributes: Readonly<Record<string, AttributeChanges>>;
  /** Values the device shall have: written when it says another. */
  readonly hold: Readonly<Record<string, WantedValue>>;
  /** Resources whose texts are log lines. */
  readonly logs: readonly string[];
  /** Of the Event Log objects that it has; null: they are left as they are. */
  readonly eventLog: WantedEventLog | null;
}

/** What is left out stays as the device has it. */
export interface WantedEventLog {
  /** LogClass: 0 generic, 1 system, 2 security, 3 event, 4 trace, 5 panic, 6 charging. */
  readonly class?: number | undefined;
  /** LogDataFormat: 0 bytes, 1 TLV, 2 JSON, 3 CBOR, from 100 on a vendor's own. */
  readonly format?: number | undefined;
  /** Whether it collects. */
  readonly run?: boolean | undefined;
  /** How LogData comes: default `observe`. */
  readonly data?: 'observe' | 'read' | 'never' | undefined;
  /** Between two Sends of what is new (from version 2.1 of the object); 0 for none. */
  readonly sendInterval?: Seconds | undefined;
}

/** The live states of a session's regions, as the machine names them. */
export interface SessionStates {
  readonly registration: 'unregistered' | 'registered' | 'expired';
  readonly reachability: 'offline' | 'awake' | 'asleep' | 'silent';
  readonly observations: 'none' | 'establishing' | 'waiting' | 'inPlace';
  readonly firmware: 'idle' | 'downloading' | 'downloaded' | 'updating';
}

/** The one word lists show for a device, derived from SessionStates. */
export type DeviceState = 'awake' | 'asleep' | 'silent' | 'expired' | 'deregistered' | 'never';

export interface FleetCounts {
  readonly devices: number;
  readonly registered: number;
  readonly awake: number;
  readonly asleep: number;
  readonly silent: number;
  readonly expired: number;
  readonly operationsWaiting: number;
  /** Values stored since the process started; the reader takes differences. */
  readonly valuesStored: number;
  readonly refused: number;
  /** Alerts that are raised and that nobody has acknowledged. */
  readonly alerts: number;
  /** Notifications shed because the writer fell behind. */
  readonly shed: number;
}

/** One line of the fleet table. */
export interface FleetRow {
  readonly endpoint: string;
  readonly displayName: string;
  readonly profile: string;
  readonly state: DeviceState;
  readonly lastSeenAt: Milliseconds;
  /** End of the awake window; undefined unless awake in queue mode. */
  readonly awakeUntil: Milliseconds | undefined;
  /** End of the lifetime, without grace; undefined when not registered. */
  readonly expiresAt: Milliseconds | undefined;
  readonly batteryPercent: number | undefined;
  readonly signalDbm: number | undefined;
  readonly firmwareVersion: string | undefined;
  readonly operationsWaiting: number;
}

export type FleetColumn =
  | 'state' | 'endpoint' | 'profile' | 'awakeUntil' | 'lastSeenAt' | 'expiresAt'
  | 'batteryPercent' | 'signalDbm' | 'firmwareVersion' | 'operationsWaiting';

export interface FleetQuery {
  /** Matched against endpoint, display name, tags, manufacturer and model; '' for all. */
  readonly search: string;
  readonly state: DeviceState | 'all';
  readonly sort: FleetColumn;
  readonly descending: boolean;
  readonly offset: number;
  /** At most 200. */
  readonly limit: number;
}

export interface FleetWindow {
  /** When it was made: of two, the later one holds. */
  readonly at: Milliseconds;
  /** How many match the query in all. */
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly FleetRow[];
}

export interface DeviceDetail {
  readonly row: DeviceRow;
  readonly certificate: ShownCertificate | undefined;
  readonly profile: string;
  readonly groups: readonly string[];
  readonly state: DeviceState;
  readonly session: SessionStates;
  readonly awakeUntil: Milliseconds | undefined;
  /** When the session gives the registration up: lifetime plus grace. */
  readonly forgetsAt: Milliseconds | undefined;
  readonly awakeWindow: Milliseconds;
  /** Paths with an established observation. */
  readonly observing: readonly string[];
  /** Paths wanted but not established yet, or refused by the device, with the reason. */
  readonly notObserving: readonly { readonly path: string; readonly reason: string }[];
  /** What people declared of it alone. */
  readonly declared: Wanted;
  /** What its profile and groups want. */
  readonly inherited: Wanted;
  /** Values and attributes that are wanted of it and that it refused since it registered. */
  readonly unmet: readonly { readonly kind: WishKind; readonly path: string;
    readonly reason: string }[];
  /** Open operations and the last few ended ones, newest first. */
  readonly operations: readonly OperationRow[];
}

/** A registration or handshake the server turned down, for the operator. */
export interface Refusal {
  readonly at: Milliseconds;
  readonly endpoint: string;
  readonly address: string;
  /** One sentence in the operator's words. */
  readonly reason: string;
  /** What was answered, like `4.12`. */
  readonly answer: string;
  /** When the device is expected to try again, as far as its kind is known. */
  readonly retryAt: Milliseconds | undefined;
  /** By what it wanted to be known; undefined while that was not clear. */
  readonly security?: Security | undefined;
  /** Of a key that nobody knows, whose private one it has: its point, in hex. */
  readonly publicKey?: string | undefined;
  /** How often this endpoint was refused for this reason; `at` is the last time. */
  readonly count: number;
}

/** The machine as plain JSON: regions of states with the transitions between them. */
export interface Statechart {
  readonly regions: readonly {
    readonly id: keyof SessionStates;
    readonly states: readonly string[];
    readonly initial: string;
    readonly transitions: readonly {
      readonly from: string;
      readonly to: string;
      /** Event name, or the delay's name with `after ` in front. */
      readonly event: string;
    }[];
  }[];
}

export type LiveEvent =
  | { readonly kind: 'device'; readonly endpoint: string }
  /**
   * Told once the row is on disk, in the order of sequence numbers: a chart reads its tail from
   * the database and goes on with these, and would miss a row that is neither here nor there.
   */
  | { readonly kind: 'value'; readonly endpoint: string; readonly row: TelemetryRow }
  /** An operation ended, and that is on disk; `entries` are the values it brought. */
  | {
    readonly kind: 'operation'; readonly endpoint: string; readonly row: OperationRow;
    readonly entries: readonly Entry[]; readonly ending: Ending;
  }
  /** A device was asked to observe a path or to cease, and answered; likewise. */
  | {
    readonly kind: 'observation'; readonly endpoint: string; readonly path: string;
    readonly what: 'observe' | 'cancel'; readonly entries: readonly Entry[];
    readonly ending: Ending;
  }
  /** What one notification brought, or one Send, as a whole; once it is on disk. */
  | {
    readonly kind: 'notification'; readonly endpoint: string; readonly path: string;
    readonly entries: readonly Entry[];
  }
  | { readonly kind: 'send'; readonly endpoint: string; readonly entries: readonly Entry[] }
  /** Of a device that is recorded, at once. */
  | { readonly kind: 'message'; readonly endpoint: string; readonly message: CapturedMessage }
  /** Durable; a registration ends by De-register, expiry, another Register, or forgetting. */
  | {
    readonly kind: 'registration'; readonly what: 'registered' | 'ended';
    readonly registered: Registered;
  }
  | {
    readonly kind: 'registration'; readonly what: 'updated';
    readonly registered: Registered; readonly update: UpdateFacts;
  }
  | {
    readonly kind: 'reachability'; readonly endpoint: string;
    readonly reachability: SessionStates['reachability'];
  }
  /** One was raised, cleared, acknowledged or muted, and that is on disk. */
  | {
    readonly kind: 'alert'; readonly endpoint: string; readonly turn: AlertTurn;
    readonly at: Milliseconds; readonly row: AlertRow;
  }
  /** Lines of the device are on disk; without one, lines of which nobody knows whose they are. */
  | { readonly kind: 'logged'; readonly endpoint: string | undefined }
  /** Something happened to a device, and that is on disk. */
  | { readonly kind: 'event'; readonly endpoint: string; readonly row: EventRow }
  | { readonly kind: 'refused' };

export type AlertTurn = 'raised' | 'cleared' | 'acknowledged' | 'muted';

/** What a gateway tells of a device that is registered elsewhere. */
export interface GatewayReport {
  /** What each group is: an object, which is an event, or a resource alone, which is none. */
  readonly of: 'resource' | 'object';
  /** The values of a group are of one moment. */
  readonly groups: readonly (readonly Entry[])[];
  readonly happened: 'registered' | 'updated' | 'deregistered' | undefined;
}

/** How something a device was asked for ended. */
export type Ending =
  /** `code` as CoAP has it; `words` are what an error said of itself, '' when nothing. */
  | { readonly kind: 'answered'; readonly code: number; readonly words: string }
  /** The answer could not be read, or is none to what was asked. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** It could not be asked for: the device has registered otherwise since. */
  | { readonly kind: 'impossible'; readonly reason: string }
  | { readonly kind: 'rejected' | 'unanswered' | 'cancelled' };

/** A registered device, as far as its registration says. */
export interface Registered {
  readonly endpoint: string;
  readonly registration: RegistrationRow;
  readonly isAsleep: boolean;
}

/** What an Update said; what it did not say is undefined. */
export interface UpdateFacts {
  readonly lifetime: Seconds | undefined;
  readonly smsNumber: string | undefined;
  /** The object list as received. */
  readonly links: string | undefined;
}

/** An alert with the name of its device. */
export interface Alert extends Omit<AlertRow, 'device'> {
  readonly endpoint: string;
}

/** A datagram to or from a device, as it was recorded. */
export interface CapturedMessage {
  /** Grows with each, over all devices. */
  readonly id: number;
  readonly at: Milliseconds;
  /** As the server sees it. */
  readonly direction: 'in' | 'out';
  /** Index of the listening socket. */
  readonly listener: number;
  /** The device's address. */
  readonly peer: Address;
  readonly datagram: Uint8Array;
  /** What is wrong with it; '' for a message. */
  readonly malformed: FormatError | '';
  readonly subject: Subject;
  /** Why zeros stand in place of the payload; '' when they do not. */
  readonly withheld: string;
}

/** What is recorded of one device. */
export interface CaptureDetail {
  readonly startedAt: Milliseconds;
  /** The oldest first. */
  readonly messages: readonly CapturedMessage[];
  /** How many older ones made room for these. */
  readonly dropped: number;
  /** What the device's objects mean. */
  readonly models: Models;
}

/** A file on its way to the disk, to be written to a device. */
export interface Upload {
  /** What the wish names it by. */
  readonly name: string;
  readonly length: number;
  /** Takes the next bytes; or says why not, as the end of a sentence. */
  append(bytes: Uint8Array): string | undefined;
  /** Calls `done` once it is on the disk, or cannot be. */
  seal(done: (refusal: string | undefined) => void): void;
  /** Gives it up, unless an operation has it; again is harmless. */
  release(): void;
}

/** A file that was read from a device. */
export interface ReadFile {
  readonly length: number;
  /** Undefined when it had to make room meanwhile. */
  read(start: number, end: number): Uint8Array | undefined;
}

export interface ServerFacts {
  readonly version: string;
  readonly startedAt: Milliseconds;
  /** Bound addresses as URIs, like `coap://0.0.0.0:5683`. */
  readonly coap: readonly string[];
  /** Where syslog is listened for, like `udp://0.0.0.0:5514`; empty when it is not. */
  readonly syslog: readonly string[];
  readonly registration: 'open' | 'known';
}

export interface Management {
  readonly credentials: CredentialBook;
  now(): Milliseconds;
  facts(): ServerFacts;
  /** The addresses at which that listening socket is reached. */
  listening(listener: number): readonly Address[];
  counts(): FleetCounts;
  fleet(query: FleetQuery): FleetWindow;
  device(endpoint: string): DeviceDetail | undefined;
  knows(endpoint: string): boolean;
  /** Those that are registered, each as it stands when its turn comes. */
  registered(): Iterable<Registered>;
  statechart(): Statechart;
  refusals(): readonly Refusal[];
  /** Asks the device now, or at its next contact if it sleeps; `expiresAt` ends the waiting. */
  request(
    endpoint: string, wish: Wish, by: string, expiresAt?: Milliseconds,
  ): Result<{ readonly operation: OperationRow; readonly ticket: Ticket }>;
  /**
   * For a file of so many bytes that shall be written to an opaque resource: refuses what the write
   * would be refused for. The write takes it over; else who began it releases it.
   */
  upload(endpoint: string, path: string, length: number, isForced?: true): Result<Upload>;
  /** What an operation of the device read into a file, as long as it is kept. */
  readFile(endpoint: string, operation: number): ReadFile | undefined;
  /** Takes back an operation that has not left yet. */
  cancel(endpoint: string, operation: number, by: string): Result<Ticket>;
  /** Those raised and not cleared, the newest first. */
  alerts(): readonly Alert[];
  acknowledgeAlert(id: number, by: string): Result<Ticket>;
  /** Raises nothing of the same kind, of the same device and path, until then. */
  muteAlert(id: number, until: Milliseconds): Result<Ticket>;
  /** Switches one observation on or off, over what the profile wants; kept across registrations. */
  setObserved(endpoint: string, path: string, observed: boolean): Result<Ticket>;
  /** What is wanted of one device beyond its profile and groups; made so now and ever after. */
  declare(endpoint: string, wanted: Wanted): Result<Ticket>;
  describe(
    endpoint: string, about: { readonly displayName: string; readonly tags: readonly string[] },
  ): Result<Ticket>;
  /** Makes a known endpoint before its first Register (needed with --registration known). */
  provision(endpoint: string): Result<Ticket>;
  /** Stores what a gateway tells of a device that is not registered here. */
  report(endpoint: string, report: GatewayReport): Result<Ticket>;
  /** Records the messages of the device from now on, or goes on with it. */
  record(endpoint: string): Result<'begun' | 'goes on'>;
  /** Ends that, and forgets what was recorded. */
  endRecord(endpoint: string): void;
  /** What is recorded, undefined when nothing is. Who looks keeps the recording going. */
  recorded(endpoint: string): CaptureDetail | undefined;
  /** Removes the device and all that is stored of it. */
  forget(endpoint: string): Result<Ticket>;
  /** Runs `act` once the ticket is on disk. */
  afterCommit(ticket: Ticket, act: () => void): void;
  /**
   * Calls the listener synchronously for each event; returns the way to stop. Values are told while
   * anybody hears them: it costs the server something at each.
   */
  subscribe(listener: (event: LiveEvent) => void, hearsValues: boolean): () => void;
}
