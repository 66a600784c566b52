// A scenario as checked data: what a file says once its units are numbers, its names resolved and
// its defaults filled in. Files, swarm and shrinker all make these; run.ts plays them.

import type { Milliseconds, Seconds } from '../../core/ports.ts';
import type { Refusals } from '../behaviours/refusing.ts';
import type { RadioPlan } from '../energy/radio-model.ts';
import type { NetworkRules } from '../network-rules.ts';

export interface Scenario {
  readonly name: string;
  readonly why: string;
  readonly seed: number;
  readonly duration: Milliseconds;
  readonly server: ServerPlan;
  readonly networks: Readonly<Record<string, NetworkRules>>;
  readonly fleets: readonly Fleet[];
  /** Observed beyond what the default profile wants. */
  /** Paths begin with a slash. */
  readonly observe: readonly { readonly fleet: string; readonly path: string }[];
  /** In the order of their first times. */
  readonly timeline: readonly TimedAction[];
  readonly expect: readonly Expectation[];
}

export interface ServerPlan {
  /** For devices whose fleet does not say itself; undefined: as in production. */
  readonly awakeWindow: Milliseconds | undefined;
  readonly registration: 'open' | 'known';
  /** Repeated ends of the server process; timeline actions end it once. */
  readonly restart: Restart | undefined;
}

export interface Restart {
  readonly every: Milliseconds;
  readonly down: Milliseconds;
}

export interface Fleet {
  readonly name: string;
  readonly count: number;
  /** Which of NAME-0, NAME-1, ... there are, in their order; undefined: the first ones. */
  readonly numbers?: readonly number[];
  /** Names one of the scenario's networks. */
  readonly network: string;
  readonly driver: DriverName;
  /** Of an external device, which is a fleet alone; all others are called NAME-0, NAME-1, ... */
  readonly endpoint?: string;
  readonly lifetime: Seconds;
  readonly queueMode: QueueMode | undefined;
  /** Devices start at `at` plus a draw from 0 to `spread`. */
  readonly start: { readonly at: Milliseconds; readonly spread: Milliseconds };
  /** How often each observed path is reported. */
  readonly report: { readonly every: Milliseconds; readonly confirmable: boolean };
  readonly objects: Readonly<Record<string, SignalPlan>>;
  /** Share of the fleet that has each vice, in thousandths. */
  readonly vices: Readonly<Partial<Record<Vice, number>>>;
  /** A radio model of sim/energy/, or one like it; undefined: mains-powered. */
  readonly radio: string | RadioPlan | undefined;
  /** Undefined: it cannot be updated. */
  readonly firmware?: FirmwarePlan | undefined;
  /** Whether the devices keep a log of what they do. */
  readonly eventLog?: boolean;
  /** Undefined: they tell what is observed, and nothing else. */
  readonly send?: SendPlan;
  /** Undefined: they do what they are asked. */
  readonly refuses?: Refusals;
  /** How they prove who they are; undefined: they do not. */
  readonly security?: 'psk' | 'rpk' | 'x509';
}

/** Devices measure `keep` times in `every` and send it all at its end. */
export interface SendPlan {
  readonly every: Milliseconds;
  /** Records in a Send, and those that are kept for the next one while none is answered. */
  readonly keep: number;
  readonly format: 'senml-cbor' | 'senml-json';
}

export interface FirmwarePlan {
  /** What runs at first. */
  readonly version: string;
  readonly downloadTime: Milliseconds;
  /** From Update to the reboot into the new image. */
  readonly updateTime: Milliseconds;
  readonly fails: FirmwareFailure | 'none';
}

export type FirmwareFailure =
  | 'outOfStorage' | 'connectionLost' | 'badIntegrity' | 'unsupportedProtocol' | 'updateFailed';
/** In virtual time, over real sockets in real time, or a real device that we only wait for. */
export type DriverName = 'world' | 'udp' | 'external';

export interface QueueMode {
  readonly awake: Milliseconds;
  /** Turns the radio off as soon as its own message is acknowledged. */
  readonly closesAfterAck: boolean;
}

export type Vice =
  | 'slow' | 'forgetful' | 'deaf' | 'liar' | 'malformed' | 'duplicateSender' | 'clockSkew';

export type SignalPlan =
  | { readonly signal: 'constant'; readonly value: number | string | boolean }
  | {
    readonly signal: 'sine'; readonly mean: number; readonly amplitude: number;
    readonly period: Milliseconds; readonly noise: number;
  }
  | {
    readonly signal: 'ramp'; readonly from: number; readonly to: number;
    readonly period: Milliseconds;
  }
  | { readonly signal: 'randomWalk'; readonly start: number; readonly step: number }
  /** `points` are (offset from the start, value), in the order of time; repeated at the end. */
  | { readonly signal: 'csv'; readonly points: readonly (readonly [Milliseconds, number])[] }
  | {
    readonly signal: 'track'; readonly points: readonly (readonly [number, number])[];
    readonly period: Milliseconds;
  };

export interface TimedAction {
  readonly at: Milliseconds;
  /** Again after each `every`, until `until`; undefined: once. */
  readonly repeat: { readonly every: Milliseconds; readonly until: Milliseconds } | undefined;
  readonly action: Action;
}

export type Action =
  | { readonly kind: 'read'; readonly devices: Selection; readonly path: string }
  /** An operator wants a path observed, or no longer, whatever the profile wants. */
  | {
    readonly kind: 'observe' | 'unobserve'; readonly devices: Selection; readonly path: string;
  }
  | { readonly kind: 'reboot'; readonly devices: Selection }
  | { readonly kind: 'stop'; readonly devices: Selection }
  | { readonly kind: 'start'; readonly devices: Selection }
  | { readonly kind: 'deregister'; readonly devices: Selection }
  /** The devices update their firmware without the server, as by a vendor's cloud. */
  | { readonly kind: 'update firmware'; readonly devices: Selection; readonly version: string }
  /** The NAT forgets the devices: their next datagram comes from another port. */
  | { readonly kind: 'rebind'; readonly devices: Selection }
  /** The server process is killed; the store keeps or loses the group under way by the seed. */
  | { readonly kind: 'kill server'; readonly down: Milliseconds }
  /** Each group of changes takes so long to reach the disk, for a span. */
  | { readonly kind: 'slow disk'; readonly commit: Milliseconds; readonly span: Milliseconds }
  /** No datagram passes for a share of the network's devices, in thousandths. */
  | {
    readonly kind: 'partition'; readonly network: string; readonly share: number;
    readonly span: Milliseconds;
  }
  /** Datagrams wait until the end of the span and then arrive together. */
  | { readonly kind: 'clog'; readonly network: string; readonly span: Milliseconds }
  /** The network behaves otherwise from now on, or for a span. */
  | {
    readonly kind: 'network'; readonly network: string; readonly rules: Partial<NetworkRules>;
    readonly span: Milliseconds | undefined;
  }
  /** One datagram of one device is lost or arrives twice: what a shrunk failure is made of. */
  | {
    readonly kind: 'drop' | 'duplicate'; readonly device: string; readonly direction: Direction;
    /** Counts from 1. */
    readonly nth: number;
  };

/** `up` is from the device to the server. */
export type Direction = 'up' | 'down';

/** Devices by fleet; `count` of them drawn at random at each occurrence, undefined: all. */
export interface Selection {
  readonly fleet: string;
  readonly count: number | undefined;
}

/** One sentence of `expect`; see expectations.ts for the grammar. */
export interface Expectation {
  /** As written. */
  readonly text: string;
  /** Where it stands in its file, for messages; undefined when no file is behind it. */
  readonly line: number | undefined;
  readonly measure: Measure;
  readonly comparison: '=' | '<' | '<=' | '>' | '>=';
  /** In the measure's own unit: a count, milliseconds, joules, a share of 1. */
  readonly bound: number;
  /** Counted from this time on; 0: the whole run. */
  readonly from: Milliseconds;
}

export type Measure =
  /** Share of the fleet (undefined: of all) registered; the least at any moment of the span. */
  | { readonly of: 'registered'; readonly fleet: string | undefined }
  /** Notifications acknowledged to a device before their value was on the disk. */
  | { readonly of: 'telemetry lost' }
  /** Values on the disk. */
  | { readonly of: 'telemetry stored'; readonly fleet: string | undefined }
  /** What operators asked; `refused` is what the server did not take, all else are operations. */
  | {
    readonly of: 'operations'; readonly status: 'failed' | 'refused' | 'confirmed' | 'waiting';
  }
  /** Registers that were answered 2.01, per device. */
  | { readonly of: 'registrations'; readonly per: string; readonly statistic: Statistic }
  /** DTLS handshakes that came to an end, per device. */
  | { readonly of: 'handshakes'; readonly per: string; readonly statistic: Statistic }
  /** From the first datagram of a notification to its ACK, or from an operation to its answer. */
  | { readonly of: 'latency'; readonly what: 'notify' | 'read'; readonly statistic: Statistic }
  /** Joules per device and hour. */
  | { readonly of: 'energy'; readonly per: string; readonly statistic: Statistic }
  | { readonly of: 'datagrams'; readonly per: string; readonly statistic: Statistic }
  | { readonly of: 'expired'; readonly fleet: string | undefined }
  | { readonly of: 'refused' };

export type Statistic = 'mean' | 'p50' | 'p95' | 'p99' | 'max';
