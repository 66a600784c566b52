// The radio of a fleet as a file describes it: a known model by its name, or one like it with
// figures of its own.

import { z } from 'zod';
import { fail, ok } from '../../core/result.ts';
import type { RadioPlan } from '../energy/radio-model.ts';
import { nameOf } from './names.ts';
import { duration, formatDuration, time, written } from './units.ts';

const CURRENT = { mA: 1000, uA: 1 };
const CHARGE = { mC: 1_000_000, nC: 1 };
const VOLTAGE = { V: 1000, mV: 1 };
const RATE = { 'kbit/s': 1 };

/** A number with one of these units, each with its factor. */
function quantity(units: Readonly<Record<string, number>>, example: string) {
  const [first = ''] = Object.keys(units);
  return written<number>((text) => {
    const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) ?(.*)$/.exec(text) ?? [];
    if (digits === undefined) return fail(`"${text}" is no figure here (use ${example})`);
    const factor = units[unit];
    if (factor !== undefined) return ok(Number(digits) * factor);
    return fail(unit === '' ? `"${text}" has no unit (use ${digits}${first})`
      : `unknown unit "${text}" (use ${Object.keys(units).join(' or ')})`);
  }, String.raw`^\d+(\.\d+)? ?(${Object.keys(units).join('|')})$`, `a figure like ${example}`);
}

const figures = {
  voltage: quantity(VOLTAGE, '3.7V').refine((volts) => volts > 0, 'a voltage is above 0 (use 3.7V)')
    .optional().describe('Of the supply'),
  setup: quantity(CHARGE, '14mC').optional().describe('What a connection takes to be set up'),
  attach: quantity(CHARGE, '250mC').optional().describe('What power on and the attach take'),
  transmit: quantity(CURRENT, '105mA').optional().describe('While a datagram is sent'),
  receive: quantity(CURRENT, '45mA').optional().describe('While a datagram is received'),
  fixed: time.optional().describe('On the air for each datagram, whatever its size'),
  rate: quantity(RATE, '180kbit/s').refine((rate) => rate > 0, 'a rate is above 0 (use 20kbit/s)')
    .optional().describe('Of the bits on the air'),
  connected: quantity(CURRENT, '45mA').optional().describe('Connected and listening'),
  connectedSpan: time.optional().describe('It listens all the time so long after a datagram'),
  connectedDrx: quantity(CURRENT, '8mA').optional().describe('Connected, in DRX after that'),
  inactivity: time.optional().describe('The network releases the connection after this time'),
  releaseAfter: time.optional().describe('Release assistance: it ends so soon after a datagram'),
  idle: quantity(CURRENT, '1.3mA').optional().describe('Released, and reachable by paging'),
  sleep: quantity(CURRENT, '3uA').optional().describe('Asleep, in PSM or eDRX'),
  trackingEvery: duration.optional().describe('T3412'),
  tracking: quantity(CHARGE, '28mC').optional().describe('What a tracking area update takes'),
};

export function radio(radios: readonly string[] | undefined) {
  const like = nameOf('radio', radios);
  return z.union([like, z.strictObject({ like, ...figures }).transform((words): RadioPlan => {
    const { voltage: millivolts, rate: bitsPerMillisecond, ...rest } = words;
    const said = Object.entries({ ...rest, millivolts, bitsPerMillisecond })
      .filter(([, value]) => value !== undefined);
    return { ...Object.fromEntries(said), like: rest.like };
  })], { error: 'write nb-iot or { like: nb-iot, inactivity: 10s }' });
}

/** As a file may say it. */
export function radioWords(plan: RadioPlan | string): object | string {
  if (typeof plan === 'string') return plan;
  const { like, ...own } = plan;
  const words = Object.entries(own).map(([figure, value]) => {
    if (figure === 'millivolts') return ['voltage', `${value}mV`];
    if (figure === 'bitsPerMillisecond') return ['rate', `${value}kbit/s`];
    if (['setup', 'attach', 'tracking'].includes(figure)) return [figure, `${value}nC`];
    const isTime = /^(fixed|connectedSpan|inactivity|releaseAfter|trackingEvery)$/.test(figure);
    return [figure, isTime ? formatDuration(value) : `${value}uA`];
  });
  return { like, ...Object.fromEntries(words) as object };
}
