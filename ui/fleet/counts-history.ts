// The header figures over the last hour, as far as this browser tab has watched: one sample per
// ten seconds, kept across reloads. The server keeps no history of its counts.

import type { FleetCounts } from '../../core/api/management.ts';
import { onLive } from '../live.ts';

export interface Sample {
  readonly at: number;
  readonly registered: number;
  readonly awake: number;
  readonly operationsWaiting: number;
  readonly valuesPerSecond: number;
  readonly missing: number;
}

export type Figure = Exclude<keyof Sample, 'at'>;

const STEP = 10_000;
const SAMPLES_MAX = 360;
const RATE_SPAN = 5000;
const KEY = 'counts';

let samples: Sample[] = [];
let recent: { at: number; valuesStored: number }[] = [];

export function countsHistory(): readonly Sample[] {
  return samples;
}

/** Follows the live counts until the returned function is called. */
export function startCountsHistory(): () => void {
  samples = restore();
  recent = [];
  return onLive((message) => {
    if (message.kind === 'opened') recent = [];
    if (message.kind === 'counts') add(message.at, message.counts);
  });
}

/** The figures as they are now; the rate is taken over the last five seconds. */
export function sampleOf(at: number, counts: FleetCounts): Sample {
  const first = recent[0];
  const elapsed = first === undefined ? 0 : at - first.at;
  const valuesPerSecond = first === undefined || elapsed <= 0
    ? 0 : (counts.valuesStored - first.valuesStored) * 1000 / elapsed;
  return {
    at,
    registered: counts.registered,
    awake: counts.awake,
    operationsWaiting: counts.operationsWaiting,
    valuesPerSecond,
    missing: counts.silent + counts.expired,
  };
}

function add(at: number, counts: FleetCounts): void {
  recent.push({ at, valuesStored: counts.valuesStored });
  while (recent.length > 2 && (recent[1]?.at ?? at) <= at - RATE_SPAN) recent.shift();
  const sample = sampleOf(at, counts);
  const last = samples.at(-1);
  // The newest sample is the current one until its step is over.
  if (last !== undefined && Math.floor(last.at / STEP) === Math.floor(at / STEP)) samples.pop();
  samples.push(sample);
  while (samples.length > SAMPLES_MAX || (samples[0]?.at ?? at) < at - STEP * SAMPLES_MAX) {
    samples.shift();
  }
  if (last === undefined || at - last.at >= STEP / 2) {
    sessionStorage.setItem(KEY, JSON.stringify(samples));
  }
}

function restore(): Sample[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept as Sample[] : [];
  } catch {
    return [];
  }
}
