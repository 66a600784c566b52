// The rows that the synchronous server hands to the store and gets back at start: facts and
// absolute deadlines, never machine states. What only the API writes (users, logins, audit) is
// not here but in core/store/users.ts.

import type { Milliseconds, Place, Seconds, Security } from '../ports.ts';
import type { WishKind } from '../lwm2m/operation.ts';
import type { Value } from '../lwm2m/value.ts';

/** What is known of one endpoint; one row of table `device`. */
export interface DeviceRow {
  /** Small integer given by the server at first sight, never reused. */
  readonly id: number;
  readonly endpoint: string;
  /** Given by people; empty when not. */
  readonly displayName: string;
  readonly tags: readonly string[];
  readonly registration: RegistrationRow | undefined;
  /** Why `registration` is undefined. */
  readonly ended: 'never registered' | 'deregistered' | 'expired' | undefined;
  readonly firstSeenAt: Milliseconds;
  readonly lastSeenAt: Milliseconds;
  /** The source the device counts against (limit devicesPerSource). */
  readonly source: string;
  /** Paths people switched on or off, over what the profile wants. */
  readonly observeAlso: readonly string[];
  readonly observeNever: readonly string[];
  /** What people declared for this device alone, as JSON; '' for nothing. */
  readonly declared: string;
  /** Last known facts shown in lists; undefined when never reported. */
  readonly batteryPercent: number | undefined;
  readonly signalDbm: number | undefined;
  readonly firmwareVersion: string | undefined;
  readonly manufacturer: string | undefined;
  readonly model: string | undefined;
  /** /5/0/3 as last reported. */
  readonly firmwareState: 0 | 1 | 2 | 3;
}

/** A live registration (LwM2M Core 1.1.1 s6.2). */
export interface RegistrationRow {
  readonly id: string;
  readonly lwm2mVersion: string;
  /** As it was registered: 0 is without end. */
  readonly lifetime: Seconds;
  readonly binding: string;
  readonly queueMode: boolean;
  readonly smsNumber: string | undefined;
  /** The object list as received, root path included. */
  readonly links: string;
  /** Query parameters the specification does not know, kept and shown: `key=value`. */
  readonly unknownParameters: readonly string[];
  readonly registeredAt: Milliseconds;
  readonly updatedAt: Milliseconds;
  /** Registration lifetime end without grace. */
  readonly expiresAt: Milliseconds;
  readonly listener: number;
  readonly host: string;
  readonly port: number;
  readonly security: Security;
  /** As the peer has proved it to be; '' without security. */
  readonly identity: string;
  /** The association it lives on; undefined without security. */
  readonly association: number | undefined;
  /** First six token bytes of every observation of this registration, as hex. */
  readonly tokenBase: string;
  /** Observed paths in the order of their token slots; '' for a free slot. */
  readonly observed: readonly string[];
}

/** One value a device reported; one row of table `resource`. */
export interface TelemetryRow {
  readonly sequence: number;
  readonly device: number;
  readonly object: number;
  readonly instance: number;
  readonly resource: number;
  /** -1 when the resource is single. */
  readonly resourceInstance: number;
  /** When the device measured it; the receive time if it did not say. */
  readonly deviceTime: Milliseconds;
  readonly receiveTime: Milliseconds;
  readonly value: Value;
}

export type OperationStatus = 'QUEUED' | 'SENDING' | 'CONFIRMED' | 'FAILED';

/** Something a person asked of a device; one row of table `device_operation`. */
export interface OperationRow {
  readonly id: number;
  readonly device: number;
  readonly kind: WishKind;
  /** '/' for composites. */
  readonly path: string;
  /** The rest of the wish as JSON; '' when there is none. */
  readonly parameters: string;
  readonly status: OperationStatus;
  readonly attempts: number;
  /** Why it failed, or the device's answer code; empty while open. */
  readonly outcome: string;
  /** What it answered besides values: links of a Discover, the path of a Create; else ''. */
  readonly answer: string;
  readonly requestedBy: string;
  readonly createdAt: Milliseconds;
  readonly changedAt: Milliseconds;
  /** When it fails if the device has not been asked by then; undefined: never. */
  readonly expiresAt: Milliseconds | undefined;
}

/** What happens to a registration and to what is wanted of the device. */
export type SessionEventType =
  'registered' | 'updated' | 'deregistered' | 'expired' | 'reconnected' | 'overdue';

/** Of an event without values, and there are many. */
export const NO_SEQUENCES: readonly number[] = [];

/** Something that happened to a device; one row of table `event`. */
export interface EventRow {
  readonly device: number;
  /** A SessionEventType, `report`, or as a rule of the profile calls it. */
  readonly type: string;
  readonly at: Milliseconds;
  readonly detail: string;
  /** Of the values it is about; rows of table `event_resource`. */
  readonly sequences: readonly number[];
}

export type Severity = 'info' | 'warning' | 'critical';

/** Something that people should look at; one row of table `alert`. */
export interface AlertRow {
  readonly id: number;
  readonly device: number;
  /** As the configuration calls it. */
  readonly rule: string;
  readonly severity: Severity;
  /** Of the value or observation it is about; '' for the device as a whole. */
  readonly path: string;
  /** Why it was raised, in a few words. */
  readonly detail: string;
  readonly raisedAt: Milliseconds;
  readonly clearedAt: Milliseconds | undefined;
  /** '' until somebody did. */
  readonly acknowledgedBy: string;
  readonly acknowledgedAt: Milliseconds | undefined;
  readonly mutedUntil: Milliseconds | undefined;
}

/** A line that a device logged, or a gap between such lines; one row of table `device_log`. */
export interface DeviceLogRow {
  /** Undefined: nobody knows which device it is of. */
  readonly device: number | undefined;
  /** Where it came from: an address, or the path of a resource. */
  readonly source: string;
  /** As the device said; many count from their start, as if that were 1970. */
  readonly deviceTime: Milliseconds | undefined;
  readonly receiveTime: Milliseconds;
  /** RFC 5424 s6.2.1: 0 to 23, and 0 (emergency) to 7 (debug). */
  readonly facility: number;
  readonly severity: number;
  readonly module: string;
  readonly text: string;
  /** How many lines are missing here; 0 for a line. */
  readonly dropped: number;
}

/** What proves who a device is; one row of table `credential`. */
export interface CredentialRow {
  /** PSK identity, or the subject's name in a certificate, or the fingerprint of a raw key. */
  readonly identity: string;
  readonly kind: Exclude<Security, 'none'>;
  /** Who may register with it. */
  readonly endpoint: string;
  /** What is known of it: the key of a PSK, the public key of an RPK; sealed (secret-box.ts). */
  readonly secret: string;
  readonly createdAt: Milliseconds;
  /** Of the last handshake; undefined before the first. */
  readonly lastUsedAt: Milliseconds | undefined;
}

/** The certificate that a device has shown last; one row of table `certificate`. */
export interface CertificateRow {
  /** Of its associations. */
  readonly identity: string;
  /** In hex: by this its authority takes it back. */
  readonly serial: string;
  readonly notAfter: Milliseconds;
  /** When its last handshake was. */
  readonly shownAt: Milliseconds;
}

/** What was agreed on in a handshake; one row of table `association`. */
export interface AssociationRow {
  /** Never given twice. */
  readonly id: number;
  readonly identity: string;
  /** Suite and connection ids, in base64url (stored-bytes.ts). */
  readonly agreed: string;
  /** Sealed (secret-box.ts). */
  readonly keys: string;
}

/** Where an association stands; one row of table `association_state`. */
export interface AssociationStateRow extends Place {
  readonly id: number;
  /** No record that was sent has this sequence number or a higher one. */
  readonly reservedSequence: number;
  /** The receive window (RFC 6347 s4.1.2.6): the highest number, and which of the 64 below it. */
  readonly newest: number;
  readonly seenLow: number;
  readonly seenHigh: number;
}

/** What a client may go on with by an abbreviated handshake; one row of table `dtls_session`. */
export interface DtlsSessionRow {
  /** Its id in hex. */
  readonly id: string;
  readonly identity: string;
  /** When it is no longer good. */
  readonly until: Milliseconds;
  /** Master secret and what belongs to it, sealed (secret-box.ts). */
  readonly secret: string;
}

export type Change =
  | { readonly table: 'device'; readonly row: DeviceRow }
  | { readonly table: 'device forgotten'; readonly id: number }
  | { readonly table: 'resource'; readonly row: TelemetryRow }
  | { readonly table: 'event'; readonly row: EventRow }
  | { readonly table: 'device_operation'; readonly row: OperationRow }
  | { readonly table: 'alert'; readonly row: AlertRow }
  | { readonly table: 'device_log'; readonly row: DeviceLogRow }
  | { readonly table: 'credential'; readonly row: CredentialRow }
  | { readonly table: 'credential removed'; readonly identity: string }
  | { readonly table: 'certificate'; readonly row: CertificateRow }
  | { readonly table: 'certificate removed'; readonly identity: string }
  | { readonly table: 'association'; readonly row: AssociationRow }
  | { readonly table: 'association_state'; readonly row: AssociationStateRow }
  | { readonly table: 'association ended'; readonly id: number }
  | { readonly table: 'dtls_session'; readonly row: DtlsSessionRow }
  | { readonly table: 'dtls_session ended'; readonly id: string };

/** What a start begins with. */
export interface Facts {
  /** Random, made once per data folder: message ids continue unpredictably across restarts. */
  readonly messageIdSeed: number;
  readonly devices: readonly DeviceRow[];
  /** Only those not final. */
  readonly operations: readonly OperationRow[];
  /** Only those not cleared, and the muted ones. */
  readonly alerts: readonly AlertRow[];
  readonly credentials: readonly CredentialRow[];
  readonly certificates: readonly CertificateRow[];
  readonly associations: readonly (AssociationRow & AssociationStateRow)[];
  /** Oldest first. */
  readonly dtlsSessions: readonly DtlsSessionRow[];
  /** The next free telemetry sequence number, and ids of device, operation, alert, association. */
  readonly nextSequence: number;
  readonly nextDevice: number;
  readonly nextOperation: number;
  readonly nextAlert: number;
  readonly nextAssociation: number;
}

export const NO_FACTS: Facts = {
  messageIdSeed: 0, devices: [], operations: [], alerts: [], credentials: [], certificates: [],
  associations: [], dtlsSessions: [], nextSequence: 1, nextDevice: 1, nextOperation: 1,
  nextAlert: 1,
  nextAssociation: 1,
};
