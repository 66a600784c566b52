// Runs of the lab as people read them. Pure.

import { count, lifetime, span } from '../format.ts';
import type { Run } from '../wire.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** Real time, fine enough for what takes moments: 66 ms, 4.5 s, 3 min 20 s, 5 h; '' for none. */
export function took(milliseconds: number): string {
  if (milliseconds === 0) return '';
  if (milliseconds < SECOND) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60 * SECOND) return `${(milliseconds / SECOND).toFixed(1)} s`;
  return milliseconds < HOUR ? lifetime(Math.round(milliseconds / SECOND)) : span(milliseconds);
}

/** A length of virtual time, as a scenario names it. */
export function virtual(milliseconds: number): string {
  return milliseconds < SECOND ? `${milliseconds} ms` : lifetime(milliseconds / SECOND);
}

/** A moment of virtual time: 07:04:09, with days in front when there are any. */
export function clock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / SECOND);
  const days = Math.floor(seconds / 86_400);
  const time = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
  return days === 0 ? time : `${count(days)} d ${time}`;
}

/** How many times faster than the clock on the wall; '' while nobody can tell. */
export function speed({ progress: { at, tookMs } }: Run): string {
  return at === 0 || tookMs === 0 ? '' : count(Math.max(1, at / tookMs));
}

export function hasEnded({ endedAt }: Run): boolean {
  return endedAt !== null;
}

/** It ended by itself, so there are results. */
export function hasResult({ state }: Run): boolean {
  return state === 'held' || state === 'failed';
}

export function runAddress(id: string): string {
  return `/lab/run/${id}`;
}

export function scenarioAddress(
  { shelf, file }: { readonly shelf: string; readonly file: string },
): string {
  return `/lab/scenario/${shelf}/${file}`;
}
