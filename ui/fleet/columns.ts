// The columns of the fleet table: what each shows, how wide it must be, and which give way first
// when there is no room.

import type { FleetColumn } from '../../core/api/management.ts';
import { ago, count, left, measured, span } from '../format.ts';
import type { FleetRow } from '../wire.ts';

export interface Column {
  readonly id: FleetColumn;
  readonly label: string;
  /** Least width in pixels, and the share of what is left over. */
  readonly width: number;
  readonly share: number;
  readonly isNumeric: boolean;
  /** Columns with the highest number leave first when the table is narrow. */
  readonly priority: number;
  readonly text: (row: FleetRow, now: number) => string;
}

const NONE = '';

export const COLUMNS: readonly Column[] = [
  {
    id: 'state', label: 'State', width: 116, share: 0.6, isNumeric: false, priority: 0,
    text: (row) => row.state,
  },
  {
    id: 'endpoint', label: 'Endpoint', width: 210, share: 2.2, isNumeric: false, priority: 0,
    text: (row) => row.endpoint,
  },
  {
    id: 'profile', label: 'Profile', width: 120, share: 1.2, isNumeric: false, priority: 6,
    text: (row) => row.profile,
  },
  {
    id: 'awakeUntil', label: 'Awake for', width: 92, share: 0.6, isNumeric: true, priority: 3,
    text: (row, now) => row.awakeUntil === undefined || row.awakeUntil < now
      ? NONE : span(row.awakeUntil - now),
  },
  {
    id: 'lastSeenAt', label: 'Last seen', width: 104, share: 0.6, isNumeric: true, priority: 0,
    text: (row, now) => row.lastSeenAt > 0 ? ago(row.lastSeenAt, now) : NONE,
  },
  {
    id: 'expiresAt', label: 'Lifetime left', width: 108, share: 0.6, isNumeric: true, priority: 2,
    text: (row, now) => row.expiresAt === undefined
      ? NONE : left(row.expiresAt, now),
  },
  {
    id: 'firmwareVersion', label: 'Firmware', width: 96, share: 0.6, isNumeric: false, priority: 4,
    text: (row) => row.firmwareVersion ?? NONE,
  },
  {
    id: 'batteryPercent', label: 'Battery %', width: 88, share: 0.4, isNumeric: true, priority: 1,
    text: (row) => numberText(row.batteryPercent),
  },
  {
    id: 'signalDbm', label: 'Signal dBm', width: 98, share: 0.4, isNumeric: true, priority: 5,
    text: (row) => numberText(row.signalDbm),
  },
  {
    id: 'operationsWaiting', label: 'Waiting', width: 84, share: 0.4, isNumeric: true, priority: 7,
    text: (row) => row.operationsWaiting > 0 ? count(row.operationsWaiting) : NONE,
  },
];

/** The columns that fit into `width`, in their order; those of priority 0 always stay. */
export function fitting(width: number, hidden: ReadonlySet<FleetColumn>): Column[] {
  const shown = COLUMNS.filter((column) => !hidden.has(column.id));
  for (;;) {
    const needed = shown.reduce((sum, column) => sum + column.width, 0);
    if (needed <= width) return shown;
    const leaving = shown.reduce((a, b) => b.priority > a.priority ? b : a);
    if (leaving.priority === 0) return shown;
    shown.splice(shown.indexOf(leaving), 1);
  }
}

function numberText(value: number | undefined): string {
  return value === undefined ? NONE : measured(value);
}
