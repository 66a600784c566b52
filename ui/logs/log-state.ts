// The rows that a list shows which goes on by itself, and how new and older ones join them.

import type { LogLine } from '../wire.ts';

/** What has an id and comes by itself: lines, or messages. */
export interface ListState<Row extends { readonly id: number }> {
  /** The newest first; undefined: not read yet. */
  rows: readonly Row[] | undefined;
  /** Everything up to this id was seen. */
  last: number;
  /** There are older ones. */
  hasMore: boolean;
  /** How many came while the list was scrolled; it stands still for that time. */
  waiting: number;
}

export interface LogState extends ListState<LogLine> {
  /** This and worse. */
  severity: number;
  search: string;
  problem: string | undefined;
}

/** Lines read at once. */
export const PAGE = 200;
/** While the list follows, the oldest of more make room. */
export const SHOWN_MAX = 500;

export function emptyLog(): LogState {
  return {
    rows: undefined, last: 0, severity: 7, search: '', hasMore: false, waiting: 0,
    problem: undefined,
  };
}

/** New lines go on top, or wait until the list is scrolled back. */
export function takeNews<Row extends { readonly id: number }>(
  log: ListState<Row>, news: { readonly rows: readonly Row[]; readonly replaces: boolean },
  isScrolled: boolean,
): void {
  if (log.rows === undefined) return;
  // A page read meanwhile may have had them.
  const rows = news.rows.filter(({ id }) => id > log.last);
  const [newest] = rows;
  if (newest === undefined) return;
  log.last = newest.id;
  if (isScrolled) {
    log.waiting += rows.length;
    return;
  }
  const all = news.replaces ? rows : [...rows, ...log.rows];
  if (news.replaces || all.length > SHOWN_MAX) log.hasMore = true;
  log.rows = all.slice(0, SHOWN_MAX);
}

export function takeOlder<Row extends { readonly id: number }>(
  log: ListState<Row>, rows: readonly Row[],
): void {
  log.rows = [...log.rows ?? [], ...rows];
  log.hasMore = rows.length === PAGE;
}
