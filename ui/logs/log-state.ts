// The lines that a log panel shows, and how new and older ones join them.

import type { LogLine, LogNews } from '../wire.ts';

export interface LogState {
  /** The newest first; undefined: not read yet. */
  rows: readonly LogLine[] | undefined;
  /** Everything up to this id was seen. */
  last: number;
  /** This and worse. */
  severity: number;
  search: string;
  /** There are older ones. */
  hasMore: boolean;
  /** How many came while the list was scrolled; it stands still for that time. */
  waiting: number;
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
export function takeNews(log: LogState, news: LogNews, isScrolled: boolean): void {
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

export function takeOlder(log: LogState, rows: readonly LogLine[]): void {
  log.rows = [...log.rows ?? [], ...rows];
  log.hasMore = rows.length === PAGE;
}
