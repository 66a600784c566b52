// What pages say of log lines. Pure.

import type { LogLine } from '../wire.ts';

/** By number, the worst first, as core/syslog/message.ts has them. */
const SEVERITIES = [
  'emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug',
];
/** The least severity of what is shown, and what a person chooses it by. */
export const LEAST: readonly (readonly [severity: number, label: string])[] = [
  [7, 'All lines'], [6, 'Info and worse'], [5, 'Notice and worse'], [4, 'Warning and worse'],
  [3, 'Error and worse'],
];
/** A device whose clock is before this counts from its start. */
const CLOCK_SET_FROM = Date.UTC(2000, 0, 1);
const TONES = ['bad', 'bad', 'bad', 'bad', 'waiting'];

export function severityOf({ severity }: LogLine): string {
  return SEVERITIES[severity] ?? '';
}

/** The colour of meaning beside the word. */
export function toneOf({ severity }: LogLine): string {
  return TONES[severity] ?? '';
}

/** How long the device ran, when its clock says no more than that: 1:02:03.450. */
export function uptimeOf({ deviceTime }: LogLine): string | undefined {
  if (deviceTime === undefined || deviceTime < 0 || deviceTime >= CLOCK_SET_FROM) return undefined;
  const rest = new Date(deviceTime % 3_600_000).toISOString().slice(14, 23);
  return `${Math.floor(deviceTime / 3_600_000)}:${rest}`;
}

export function fileAddress(
  endpoint: string | null, { severity, search }: { severity: number; search: string },
): string {
  const query = new URLSearchParams({ severity: String(severity), search });
  if (endpoint !== null) query.set('endpoint', endpoint);
  return `/files/log.txt?${query}`;
}
