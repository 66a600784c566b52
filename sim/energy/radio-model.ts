// What a cellular radio draws, as data: one model for each kind of radio and how it is set up.
// Where the numbers come from, and how far to trust them, is in docs/energy.md.

import type { Milliseconds } from '../../core/ports.ts';
import { assert } from '../../core/result.ts';

export type Microampere = number;
/** A microampere for a millisecond. */
export type Nanocoulomb = number;

export interface RadioModel {
  readonly millivolts: number;
  /** Random access and signalling until the first datagram can leave. */
  readonly setup: Nanocoulomb;
  /** Power on, cell search and attach. */
  readonly attach: Nanocoulomb;
  /** While a datagram is in the air; a datagram takes `fixed` and its bits at the rate. */
  readonly transmit: Microampere;
  readonly receive: Microampere;
  readonly fixed: Milliseconds;
  readonly bitsPerMillisecond: number;
  /** Connected and listening all the time, so long after each datagram. */
  readonly connected: Microampere;
  readonly connectedSpan: Milliseconds;
  /** Then in connected DRX, until the network's inactivity timer releases the connection. */
  readonly connectedDrx: Microampere;
  readonly inactivity: Milliseconds;
  /** With release assistance the connection ends so soon after a datagram; undefined: without. */
  readonly releaseAfter: Milliseconds | undefined;
  /** Released and reachable by paging: during T3324, or always without queue mode. */
  readonly idle: Microampere;
  /** Asleep: PSM, or eDRX. */
  readonly sleep: Microampere;
  /** T3412: a tracking area update after so long without a connection, and what it takes. */
  readonly trackingEvery: Milliseconds;
  readonly tracking: Nanocoulomb;
}

const HOUR: Milliseconds = 3_600_000;
/** UDP and IPv4 headers, which the air carries as well. */
export const HEADERS_BYTES = 28;

const LTE_M: RadioModel = {
  millivolts: 3700,
  // Half of a tracking update, which connects and exchanges two messages.
  setup: 14_000_000, attach: 250_000_000,
  transmit: 105_000, receive: 45_000, fixed: 20, bitsPerMillisecond: 180,
  connected: 45_000, connectedSpan: 200, connectedDrx: 8000, inactivity: 10_000,
  releaseAfter: undefined,
  idle: 1300, sleep: 3, trackingEvery: 24 * HOUR, tracking: 28_000_000,
};

const NB_IOT: RadioModel = {
  millivolts: 3700,
  setup: 75_000_000, attach: 500_000_000,
  transmit: 220_000, receive: 46_000, fixed: 100, bitsPerMillisecond: 20,
  connected: 46_000, connectedSpan: 500, connectedDrx: 8000, inactivity: 20_000,
  releaseAfter: undefined,
  idle: 1300, sleep: 3, trackingEvery: 24 * HOUR, tracking: 149_000_000,
};

/** A known model with figures of one's own. */
export type RadioPlan =
  { readonly like: string } & { readonly [Figure in keyof RadioModel]?: number };

/** Ends the connection when the device says that nothing more is to come. */
const RELEASED = { releaseAfter: 500 } as const;

/** By the names that scenarios use. */
export const RADIO_MODELS: ReadonlyMap<string, RadioModel> = new Map([
  ['lte-m', LTE_M],
  ['lte-m-release', { ...LTE_M, ...RELEASED }],
  ['lte-m-edrx', { ...LTE_M, sleep: 18 }],
  ['nb-iot', NB_IOT],
  ['nb-iot-release', { ...NB_IOT, ...RELEASED }],
  ['nb-iot-edrx', { ...NB_IOT, sleep: 37 }],
]);

export function radioModel(radio: string | RadioPlan): RadioModel {
  const { like, ...own } = typeof radio === 'string' ? { like: radio } : radio;
  const known = RADIO_MODELS.get(like);
  assert(known !== undefined, `a radio model is called ${like}`);
  return { ...known, ...own };
}

/** For people: a plan goes by the model that it changes. */
export function radioName(radio: string | RadioPlan): string {
  return typeof radio === 'string' ? radio : `like ${radio.like}`;
}
