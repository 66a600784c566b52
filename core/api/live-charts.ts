// The charts of one live stream. Each has a cursor, the sequence number it has shown; it first
// reads its tail from the database and then takes live values, so that after a break nothing is
// lost or doubled. When values come faster than the browser takes them, the tail is read again.

import type { TelemetryRow } from '../store/changes.ts';
import type { Database } from '../store/database.ts';
import { valuesAfter, type StoredValue } from '../store/history.ts';
import { chartNumber, seriesPath } from './present.ts';
import type { ChartPoint } from './views.ts';

/** Live values kept per chart between two messages. */
export const PENDING_MAX = 256;
/** Values read from the database at once. */
export const TAIL_PAGE = 1_000;
const NO_CHARTS = '-';

/** Where the charts of the stream before the break were. */
interface Resumed {
  readonly endpoint: string;
  readonly cursors: ReadonlyMap<string, number>;
}

interface Chart {
  readonly path: string;
  /** Everything up to this sequence number was shown. */
  cursor: number;
  /** Live values since the last message, or since the tail was begun. */
  pending: ChartPoint[];
  /** The tail must be read before `pending` is complete. */
  isBehind: boolean;
}

export class LiveCharts {
  readonly #resumed: Resumed;
  #endpoint = '';
  #charts = new Map<string, Chart>();

  /** `eventId` is what the stream before the break had said last, '' when there was none. */
  constructor(eventId: string) {
    this.#resumed = parseEventId(eventId);
  }

  /** Charts shown already go on from where they are, here or in the stream before the break. */
  show(
    endpoint: string, charts: readonly { readonly path: string; readonly since: number }[],
  ): void {
    const shown = endpoint === this.#endpoint ? this.#charts : new Map<string, Chart>();
    const resumed = endpoint === this.#resumed.endpoint ? this.#resumed.cursors : undefined;
    this.#endpoint = endpoint;
    this.#charts = new Map(charts.map(({ path, since }) => {
      const cursor = Math.max(since, resumed?.get(path) ?? 0);
      return [path, shown.get(path) ?? { path, cursor, pending: [], isBehind: true }];
    }));
  }

  clear(): void {
    this.#charts.clear();
  }

  get isBehind(): boolean {
    for (const chart of this.#charts.values()) if (chart.isBehind) return true;
    return false;
  }

  /** How far every chart is, as an event id that a browser gives back after a break. */
  get eventId(): string {
    if (this.#charts.size === 0) return NO_CHARTS;
    const cursors = [...this.#charts.values()].map(({ path, cursor }) => `${path}:${cursor}`);
    return [encodeURIComponent(this.#endpoint), ...cursors].join(',');
  }

  add(path: string, row: TelemetryRow): void {
    const chart = this.#charts.get(path);
    const value = chart && chartNumber(row.value);
    if (chart === undefined || value === undefined) return;
    const newest = chart.pending.at(-1)?.sequence ?? chart.cursor;
    if (row.sequence <= newest) return;
    if (chart.pending.length >= PENDING_MAX) {
      chart.pending = [];
      chart.isBehind = true;
    }
    chart.pending.push({ path, sequence: row.sequence, time: row.deviceTime, value });
  }

  /** The live values of all charts that are not behind; they count as shown. */
  take(): ChartPoint[] {
    const points: ChartPoint[] = [];
    for (const chart of this.#charts.values()) {
      const last = chart.pending.at(-1);
      if (chart.isBehind || last === undefined) continue;
      points.push(...chart.pending);
      chart.cursor = last.sequence;
      chart.pending = [];
    }
    return points;
  }

  /** One page of the tail of a chart that is behind; what it returns counts as shown. */
  async readTail(db: Database, device: number): Promise<ChartPoint[]> {
    const chart = [...this.#charts.values()].find(({ isBehind }) => isBehind);
    if (chart === undefined) return [];
    // Live values that come during the query stay pending; if they overflow it is behind again.
    chart.isBehind = false;
    const values = await valuesAfter(db, seriesPath(device, chart.path), chart.cursor, TAIL_PAGE);
    if (this.#charts.get(chart.path) !== chart) return [];
    chart.cursor = values.at(-1)?.sequence ?? chart.cursor;
    if (values.length === TAIL_PAGE) chart.isBehind = true;
    chart.pending = chart.pending.filter(({ sequence }) => sequence > chart.cursor);
    return pointsOf(chart.path, values);
  }

  /** There is no device, so there is no tail. */
  skipTails(): void {
    for (const chart of this.#charts.values()) chart.isBehind = false;
  }
}

function pointsOf(path: string, values: readonly StoredValue[]): ChartPoint[] {
  return values.flatMap((stored) => {
    const value = chartNumber(stored.value);
    if (value === undefined) return [];
    return [{ path, sequence: stored.sequence, time: stored.deviceTime, value }];
  });
}

/** Reads what `eventId` wrote. Anything else came from no browser of ours and resumes nothing. */
function parseEventId(eventId: string): Resumed {
  const [encoded = '', ...parts] = eventId.split(',');
  const cursors = new Map<string, number>();
  for (const part of parts) {
    const found = /^([\d/]{1,40}):(\d{1,15})$/.exec(part);
    if (found?.[1] !== undefined) cursors.set(found[1], Number(found[2]));
  }
  try {
    return { endpoint: decodeURIComponent(encoded), cursors };
  } catch {
    return { endpoint: '', cursors };
  }
}
