// All that is kept for one endpoint while the server runs, and its translation to and from its
// row. What the machine decides by is in `state`; counters, deadlines and tokens are here.

import type { DeviceState, Wanted } from '../core/api/management.ts';
import type { OutboundRequest } from '../core/coap/exchange.ts';
import type { ObjectList } from '../core/lwm2m/registration.ts';
import type { WishKind } from '../core/lwm2m/operation.ts';
import type { Milliseconds, Peer, Seconds, Task, Timer } from '../core/ports.ts';
import type { DeviceRow, OperationRow, RegistrationRow } from '../core/store/changes.ts';
import { NOTHING_WANTED, type Profile } from './config.ts';
import type { EventLog } from './event-logs.ts';
import type { LineLimit } from './line-limit.ts';
import type { LongNotification } from './long-notification.ts';
import { formatTarget, parseTarget, type Target } from '../core/lwm2m/target.ts';
import type { Gathering } from './reports.ts';
import type { SessionState } from './transitions.ts';

/** A live registration; immutable but for what an Update moves. */
export interface Registration {
  readonly id: string;
  readonly lwm2mVersion: string;
  lifetime: Seconds;
  binding: string;
  queueMode: boolean;
  smsNumber: string | undefined;
  objects: ObjectList;
  readonly unknownParameters: readonly string[];
  readonly registeredAt: Milliseconds;
  updatedAt: Milliseconds;
  /** End of the lifetime, without grace. */
  expiresAt: Milliseconds;
  peer: Peer;
  /** False until its 2.01 left. */
  isAnswered: boolean;
  /** The first six bytes of every observation token, as two 24-bit numbers. */
  readonly tokenHigh: number;
  readonly tokenLow: number;
}

/**
 * `unanswered`: the device spoke and did not answer; it is asked again after its next Update.
 * `unwanted` is still to be cancelled at the device; `free` may be used for another path.
 */
export type ObservationState =
  | 'wanted' | 'established' | 'refused' | 'unanswered' | 'unwanted' | 'free';

/** One token slot: its index is the last two bytes of the token. */
export interface Observation {
  readonly target: Target;
  state: ObservationState;
  /** Why the device refused; '' otherwise. */
  reason: string;
  /** Of the last fresh notification (RFC 7641 s3.4); -1 before the first. */
  sequence: number;
  at: Milliseconds;
}

/** An attribute or value that is wanted of a device and that it refused. */
export interface Unmet {
  readonly kind: WishKind;
  readonly path: string;
  readonly reason: string;
}

const NO_OBSERVATIONS: readonly Observation[] = [];
const NO_OPERATIONS: readonly OperationRow[] = [];
const NONE_LONG: readonly LongNotification[] = [];
const NO_TEXTS: readonly string[] = [];
const NONE_UNMET: readonly Unmet[] = [];
const NO_GATHERINGS: readonly Gathering[] = [];
const NO_FORMATS: readonly number[] = [];

export class Device implements Task {
  readonly id: number;
  readonly endpoint: string;
  readonly onTimer: (device: Device, now: Milliseconds) => void;
  profile: Profile;
  state: SessionState;
  registration: Registration | undefined;
  ended: DeviceRow['ended'];

  displayName = '';
  tags: readonly string[] = NO_TEXTS;
  source = '';
  observeAlso: readonly string[] = NO_TEXTS;
  observeNever: readonly string[] = NO_TEXTS;
  /** What people declared for it alone, as it is stored; `wanted` is all that is wanted of it. */
  declared = '';
  wanted: Wanted = NOTHING_WANTED;
  firstSeenAt: Milliseconds = 0;
  lastSeenAt: Milliseconds = 0;
  batteryPercent: number | undefined;
  signalDbm: number | undefined;
  firmwareVersion: string | undefined;
  manufacturer: string | undefined;
  model: string | undefined;
  firmwareState: DeviceRow['firmwareState'] = 0;

  /** How long it listens after its last message. */
  awakeWindow: Milliseconds = 0;
  /** Infinity for a device that never sleeps. */
  awakeUntil: Milliseconds = 0;
  /** The one timer, lazily re-armed: deadlines that move later leave it alone. */
  timer: Timer | undefined;
  observations: readonly Observation[] = NO_OBSERVATIONS;
  /** Index of the next step of its wants. */
  stepNext = 0;
  /** The step is a value that shall hold, and the device says another. */
  mustWrite = false;
  /** A rule says that it should have been heard. */
  isMissed = false;
  /** Rules for events of which a part was reported; one of a rule at most. */
  gatherings: readonly Gathering[] = NO_GATHERINGS;
  /** What was to be so and is not, since it registered. */
  unmet: readonly Unmet[] = NONE_UNMET;
  /** False after a restart until its wants are seen to again: refusals are not stored. */
  knowsUnmet = true;
  /** True once the device answered 4.06 to our Accept: from then on it chooses the format. */
  choosesFormat = false;
  /** Formats it answered 4.15 to since it registered. */
  unwritable: readonly number[] = NO_FORMATS;
  /** One request at a time is under way, or about to be once its operation is durable. */
  isBusy = false;
  request: OutboundRequest | undefined;
  /** The observation that this request is about, if it is about one. */
  asked: Observation | undefined;
  /** Those whose rest is being read; one of an observation at most. */
  longNotifications: readonly LongNotification[] = NONE_LONG;
  /** Open operations, oldest first. */
  operations: readonly OperationRow[] = NO_OPERATIONS;
  /** Undefined before the first line that it logs. */
  logLimit: LineLimit | undefined;
  /** Since when the values hold that lists show, and those that rules judged, by path. */
  shownSince: Milliseconds[] | undefined;
  judgedSince: Map<string, Milliseconds> | undefined;
  /** By instance of the object; undefined before it said anything of one. */
  eventLogs: Map<number, EventLog> | undefined;

  constructor(
    id: number, endpoint: string, profile: Profile, state: SessionState,
    onTimer: (device: Device, now: Milliseconds) => void,
  ) {
    this.id = id;
    this.endpoint = endpoint;
    this.profile = profile;
    this.state = state;
    this.onTimer = onTimer;
  }

  onDue(now: Milliseconds): void {
    this.timer = undefined;
    this.onTimer(this, now);
  }

  get isAwake(): boolean {
    return this.state.states.reachability === 'awake';
  }
}

/** Sees to all steps of the wants once more. */
export function startSteps(device: Device): void {
  device.stepNext = 0;
  device.mustWrite = false;
  if (device.unmet.length > 0) device.unmet = NONE_UNMET;
}

/** What people declared of it alone. */
export function declaredOf({ declared }: Device): Wanted {
  // Of what it says nothing, nothing could be declared when it was stored.
  return declared === '' ? NOTHING_WANTED
    : { ...NOTHING_WANTED, ...JSON.parse(declared) as Partial<Wanted> };
}

/** The one word people see, from the session's states and how the registration ended. */
export function deviceState(device: Device): DeviceState {
  const { registration, reachability } = device.state.states;
  if (registration === 'expired') return 'expired';
  if (registration === 'unregistered') {
    return device.ended === 'deregistered' ? 'deregistered' : 'never';
  }
  return reachability === 'offline' ? 'silent' : reachability;
}

/** The device's facts as they are stored. */
export function rowOf(device: Device): DeviceRow {
  return {
    id: device.id,
    endpoint: device.endpoint,
    displayName: device.displayName,
    tags: device.tags,
    registration: device.registration && registrationRow(device, device.registration),
    ended: device.ended,
    firstSeenAt: device.firstSeenAt,
    lastSeenAt: device.lastSeenAt,
    source: device.source,
    observeAlso: device.observeAlso,
    observeNever: device.observeNever,
    declared: device.declared,
    batteryPercent: device.batteryPercent,
    signalDbm: device.signalDbm,
    firmwareVersion: device.firmwareVersion,
    manufacturer: device.manufacturer,
    model: device.model,
    firmwareState: device.firmwareState,
  };
}

/** A registration as it is stored; `device` is whose it is or was. */
export function registrationRow(device: Device, registration: Registration): RegistrationRow {
  const { objects, peer, tokenHigh, tokenLow } = registration;
  const { listener, address } = peer;
  // Field by field: this is written at every Update, and spreading is ten times slower.
  return {
    id: registration.id,
    lwm2mVersion: registration.lwm2mVersion,
    lifetime: registration.lifetime,
    binding: registration.binding,
    queueMode: registration.queueMode,
    smsNumber: registration.smsNumber,
    unknownParameters: registration.unknownParameters,
    registeredAt: registration.registeredAt,
    updatedAt: registration.updatedAt,
    expiresAt: registration.expiresAt,
    links: objects.source,
    listener,
    host: address.host,
    port: address.port,
    security: peer.security,
    identity: peer.identity,
    association: peer.security === 'none' ? undefined : peer.id,
    tokenBase: hex24(tokenHigh) + hex24(tokenLow),
    observed: device.observations.map(observationText),
  };
}

// An observation in its row is its target with a mark of its state in front; an established one
// has none. Its position is its token slot.
const MARKS = {
  wanted: '?', refused: '!', unanswered: '.', unwanted: '-', free: '~', established: '',
} as const;

function observationText(observation: Observation): string {
  return MARKS[observation.state] + formatTarget(observation.target);
}

/** Reads back what observationText wrote; undefined for text that is neither. */
export function parseObservation(text: string): Observation | undefined {
  const states = ['wanted', 'refused', 'unanswered', 'unwanted', 'free'] as const;
  const [state = 'established'] = states
    .filter((candidate) => text.startsWith(MARKS[candidate]));
  const target = parseTarget(text.slice(MARKS[state].length));
  return target.ok ? observe(target.value, state) : undefined;
}

export function observe(target: Target, state: ObservationState): Observation {
  return { target, state, reason: '', sequence: -1, at: 0 };
}

function hex24(value: number): string {
  return value.toString(16).padStart(6, '0');
}

/** The token of a slot: six bytes of the registration, two of the slot. */
export function tokenOf(registration: Registration, slot: number): Uint8Array {
  const { tokenHigh: high, tokenLow: low } = registration;
  return Uint8Array.of(
    high >> 16, high >> 8, high, low >> 16, low >> 8, low, slot >> 8, slot,
  );
}

/** The slot a token names, or -1 when it is not one of this registration's. */
export function slotOf(registration: Registration, token: Uint8Array): number {
  if (token.length !== 8) return -1;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = token;
  if ((a << 16 | b << 8 | c) !== registration.tokenHigh) return -1;
  if ((d << 16 | e << 8 | f) !== registration.tokenLow) return -1;
  return g << 8 | h;
}
