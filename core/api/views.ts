// What the API hands out, as plain JSON: times are milliseconds, 64-bit integers are strings,
// opaque is hex. The dashboard imports these types; how rows become them is in present.ts.

import type { Milliseconds } from '../ports.ts';
import type { LinkAttribute } from '../lwm2m/link-format.ts';
import type { Choice, Range } from '../lwm2m/range.ts';
import type { ValueType } from '../lwm2m/value.ts';
import type {
  DeviceRow, EventRow, OperationRow, RegistrationRow,
} from '../store/changes.ts';
import type { LogPage, StoredLogRow } from '../store/device-log.ts';
import type { SeriesPoint } from '../store/history.ts';
import type { TelemetryBucket, TelemetryValue } from '../store/telemetry.ts';
import type { Place } from '../store/track.ts';
import type { Role } from '../store/users.ts';
import type { Delivery, Webhook } from '../store/webhooks.ts';
import type { RunView } from './lab.ts';
import type { LogNews } from './live-log.ts';
import type {
  Alert, DeviceDetail, FleetCounts, FleetRow, FleetWindow, Refusal, ServerFacts, SessionStates,
} from './management.ts';
import type { Picture } from './statechart-layout.ts';

export type { Role };

/** Who is logged in. */
export interface Me {
  readonly name: string;
  readonly role: Role;
  /** True after a login by link: the next step is session.setFirstPassword. */
  readonly mustSetPassword: boolean;
}

export interface SessionView {
  readonly id: string;
  readonly createdAt: Milliseconds;
  readonly lastUsedAt: Milliseconds;
  readonly expiresAt: Milliseconds;
  readonly address: string;
  /** The browser's User-Agent as it was at login. */
  readonly agent: string;
  /** The session that asks. */
  readonly isCurrent: boolean;
}

export interface UserView {
  readonly name: string;
  readonly role: Role;
  readonly hasPassword: boolean;
  readonly sessions: number;
}

/** An API token without what it takes to use it. */
export interface TokenView {
  readonly id: string;
  /** Whose it is. */
  readonly user: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Milliseconds;
  readonly expiresAt: Milliseconds;
  readonly lastUsedAt: Milliseconds | null;
}

/** A new token; `secret` is what the program sends, and is told only here. */
export interface MadeToken {
  readonly id: string;
  readonly secret: string;
  readonly role: Role;
  readonly expiresAt: Milliseconds;
}

/** Opens `path` once, without a password, until `expiresAt`. */
export interface LoginLink {
  /** Below the server's origin: `/login#TOKEN`, so that no log or proxy sees the token. */
  readonly path: string;
  readonly expiresAt: Milliseconds;
}

export interface ServerView extends ServerFacts {
  readonly http: readonly string[];
  readonly now: Milliseconds;
}

/** `time` is in milliseconds, `objlnk` is `object:instance`; null is a float that is no number. */
export interface ValueView {
  readonly type: ValueType;
  readonly value: string | number | boolean | null;
}

/** One stored value of one path. */
export interface ResourceValue {
  /** null when the resource is single. */
  readonly resourceInstance: number | null;
  readonly value: ValueView;
  readonly deviceTime: Milliseconds;
  readonly receiveTime: Milliseconds;
  readonly sequence: number;
}

/** A value on its way to the object tree: `path` is that of the resource. */
export interface LatestValue extends ResourceValue {
  readonly path: string;
}

/** What is known of a resource before it has a value. */
export interface ResourceFacts {
  readonly id: number;
  readonly name: string;
  readonly unit: string;
  readonly type: ValueType | 'none' | 'unknown';
  readonly operations: 'R' | 'W' | 'RW' | 'E' | '';
  readonly multiple: boolean;
  readonly mandatory: boolean;
  /** Possible values in the words of the definition; '' when unsaid. */
  readonly range: string;
  /** The same as far as it can be checked; null when it cannot. */
  readonly limits: Range | null;
  /** The same if it is an enumeration; else none. */
  readonly choices: readonly Choice[];
}

export interface ResourceView extends ResourceFacts {
  readonly values: readonly ResourceValue[];
  readonly source: 'observed' | 'read' | 'never';
  /** A chart can be drawn of it. */
  readonly numeric: boolean;
}

export interface InstanceView {
  readonly id: number;
  /** False when the device does not list it: only values of it are there. */
  readonly isListed: boolean;
  readonly resources: readonly ResourceView[];
}

export interface ObjectView {
  readonly id: number;
  readonly name: string;
  /** False when there is no model of the object: shown as the device describes it. */
  readonly known: boolean;
  /** As the device registered it; '' when it did not. */
  readonly version: string;
  /** The version that the names and types are of; '' when there is no model. */
  readonly modelVersion: string;
  /** Whether it may have several instances; true when nothing is known. */
  readonly multiple: boolean;
  /** What an instance of it may have; none when there is no model. */
  readonly resources: readonly ResourceFacts[];
  readonly instances: readonly InstanceView[];
}

/** A registration without what only the protocol needs. */
export type RegistrationView =
  Omit<RegistrationRow, 'tokenBase' | 'observed' | 'listener' | 'association'>;

/** Everything live about one device; the object tree comes with device.detail alone. */
export interface DeviceView extends Omit<DeviceDetail, 'row' | 'operations'> {
  /** Open operations and the last few ended ones, newest first. */
  readonly operations: readonly OperationView[];
  readonly endpoint: string;
  readonly displayName: string;
  readonly tags: readonly string[];
  readonly registration: RegistrationView | null;
  readonly ended: 'never registered' | 'deregistered' | 'expired' | null;
  readonly firstSeenAt: Milliseconds;
  readonly lastSeenAt: Milliseconds;
  readonly batteryPercent: number | null;
  readonly signalDbm: number | null;
  readonly firmwareVersion: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly firmwareState: DeviceRow['firmwareState'];
}

export interface DeviceDetailView extends DeviceView {
  readonly objects: readonly ObjectView[];
}

export type { SeriesPoint };

/** The history of one numeric resource; live values continue after `lastSequence`. */
export interface SeriesView {
  readonly path: string;
  readonly points: readonly SeriesPoint[];
  readonly lastSequence: number;
}

export type EventView = Omit<EventRow, 'device' | 'sequences'>;
export interface OperationView
  extends Omit<OperationRow, 'device' | 'parameters' | 'answer' | 'expiresAt'> {
  /** What is sent with it, in few words; '' for what is all in kind and path. */
  readonly detail: string;
  /** The path that a Create made; else ''. What a Discover found is asked for by device.links. */
  readonly answer: string;
  /** null: it may wait for ever. */
  readonly expiresAt: Milliseconds | null;
}

/** A line that a device logged, or a gap of `dropped` lines. */
export type LogLineView = StoredLogRow;
export type LogPageView = LogPage;
/** What a device says of one path in the answer to a Discover. */
export type PlaceView = Place;

/** A recorded datagram; what could not be decoded is '' or null. */
export interface MessageView {
  readonly id: number;
  readonly at: Milliseconds;
  /** As the server sees it. */
  readonly direction: 'in' | 'out';
  /** Of the device. */
  readonly address: string;
  /** In bytes, without the headers of UDP and IP. */
  readonly size: number;
  /** What is wrong with it; '' for a message. */
  readonly malformed: string;
  /** CON, NON, ACK or RST. */
  readonly type: string;
  /** `GET`, `2.05 Content`. */
  readonly code: string;
  readonly mid: number | null;
  readonly token: string;
  /** The path and query of a request; the path that a response is about, if it is one. */
  readonly about: string;
  readonly options: readonly { readonly name: string; readonly value: string }[];
  readonly payload: PayloadView | null;
}

export interface PayloadView {
  readonly kind: 'values' | 'text' | 'hex' | 'withheld';
  /** As people call it; '' without a Content-Format. */
  readonly format: string;
  readonly text: string;
}

export interface MessagesPage {
  readonly isRecording: boolean;
  /** The newest first. */
  readonly rows: readonly MessageView[];
  /** How many older ones made room. */
  readonly dropped: number;
}

export interface LinkView {
  readonly path: string;
  /** Notification attributes and facts like `dim`, in the order of the answer. */
  readonly attributes: readonly LinkAttribute[];
}

/** The session's statechart as it is drawn: where its states are, and what leads on from each. */
export interface StatechartView {
  readonly regions: readonly {
    readonly id: keyof SessionStates;
    readonly picture: Picture;
    /** In words for people. */
    readonly next: readonly {
      readonly from: string; readonly to: string; readonly event: string;
    }[];
  }[];
}

/** A value that an operation brought. */
export interface ReadValue extends ValueView {
  readonly path: string;
}

/** An operation with what it brought. */
export interface OperationResult {
  readonly operation: OperationView;
  /** null while it is open, and when they are no longer known: telemetry has them. */
  readonly values: readonly ReadValue[] | null;
}

/** Part of a list, newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** `before` of the next part; null at the end. */
  readonly next: number | null;
}

export interface FleetEvent extends EventView {
  readonly id: number;
  readonly endpoint: string;
}

/** A webhook without its secret. */
export interface WebhookView extends Omit<Webhook, 'secret'> {
  /** Deliveries under way or to be tried again. */
  readonly waiting: number;
  /** Events that found no room since the server started. */
  readonly dropped: number;
}

/** A new webhook; the secret signs what is sent, and is told only here. */
export interface MadeWebhook {
  readonly id: string;
  readonly secret: string;
}

export type DeliveryView = Omit<Delivery, 'webhook'>;

export interface TelemetryValues {
  readonly rows: readonly TelemetryValue[];
  /** `after` of the next part; null when there are no more yet. */
  readonly next: number | null;
}

export interface TelemetryBuckets {
  readonly rows: readonly TelemetryBucket[];
}

/** One live value of one chart; per path, sequences only grow. */
export interface ChartPoint {
  readonly path: string;
  readonly sequence: number;
  readonly time: Milliseconds;
  readonly value: number;
}

/** What a live stream carries. `opened` is first; the rest depends on the view. */
export type LiveMessage =
  | { readonly kind: 'opened'; readonly id: string; readonly now: Milliseconds }
  | { readonly kind: 'counts'; readonly at: Milliseconds; readonly counts: FleetCounts }
  /** The visible window as a whole; `rows` then brings only the rows that changed in it. */
  | { readonly kind: 'fleet'; readonly window: FleetWindow }
  | { readonly kind: 'rows'; readonly at: Milliseconds; readonly rows: readonly FleetRow[] }
  /** null: there is no such device, or no longer. */
  | { readonly kind: 'device'; readonly device: DeviceView | null }
  | { readonly kind: 'latest'; readonly values: readonly LatestValue[] }
  | { readonly kind: 'charts'; readonly points: readonly ChartPoint[] }
  /** New lines of the log that is shown, the newest first. */
  | { readonly kind: 'log' } & LogNews
  /** New messages of the device that is shown; as many as fit take the place of all. */
  | { readonly kind: 'messages'; readonly replaces: boolean } & MessagesPage
  | { readonly kind: 'refusals'; readonly refusals: readonly Refusal[] }
  /** All that are raised. */
  | { readonly kind: 'alerts'; readonly alerts: readonly Alert[] }
  /** All runs of the lab; `runRows` then brings only those that changed. */
  | { readonly kind: 'runs'; readonly runs: readonly RunView[] }
  | { readonly kind: 'runRows'; readonly runs: readonly RunView[] }
  /** null: there is no such run, or no longer. */
  | { readonly kind: 'run'; readonly run: RunView | null };
