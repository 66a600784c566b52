// What the radios of several devices took, as means over the devices: charge, energy, airtime.

import type { Milliseconds } from '../../core/ports.ts';
import type { Charge, Consumption } from './meter.ts';

export interface RadioUse {
  /** With a radio, and on at least once. */
  readonly devices: number;
  /** Of one device, as all that follows. */
  readonly joules: number;
  /** Millicoulombs, by what they went into. */
  readonly charge: Readonly<Record<keyof Charge, number>>;
  readonly connections: number;
  /** Of all devices' charge; 0 when no radio connected. */
  readonly millicoulombPerConnection: number;
  readonly airtime: { readonly up: Milliseconds; readonly down: Milliseconds };
}

const NANO_PER_MILLI = 1e6;

/** Undefined of nothing. */
export function radioUse(consumed: readonly (Consumption | undefined)[]): RadioUse | undefined {
  const radios = consumed.filter((one) => one !== undefined);
  if (radios.length === 0) return undefined;
  const mean = (of: (one: Consumption) => number): number => (
    radios.reduce((sum, one) => sum + of(one), 0) / radios.length);
  const part = (name: keyof Charge) => mean(({ charge }) => charge[name]) / NANO_PER_MILLI;
  const charge = {
    setup: part('setup'), air: part('air'), tail: part('tail'), idle: part('idle'),
    sleep: part('sleep'),
  };
  const connections = mean((one) => one.connections);
  const total = Object.values(charge).reduce((sum, one) => sum + one, 0);
  return {
    devices: radios.length, joules: mean(({ joules }) => joules), charge, connections,
    millicoulombPerConnection: connections === 0 ? 0 : total / connections,
    airtime: { up: mean(({ airtime }) => airtime.up), down: mean(({ airtime }) => airtime.down) },
  };
}
