// The fleet table: a window over a sorted list that only the server knows as a whole. It asks for
// the rows in view, reuses their elements while scrolling, and is moved through by keys.

import type { FleetColumn, FleetQuery } from '../../core/api/management.ts';
import type { FleetWindow, LiveMessage } from '../wire.ts';
import { serverNow } from '../live.ts';
import { RowCache, windowAround } from './cache.ts';
import { COLUMNS, fitting, type Column } from './columns.ts';
import { RowView } from './row-view.ts';

export type FleetFilter = Omit<FleetQuery, 'offset' | 'limit'>;

export interface GridOptions {
  /** The scrolling element and, inside it, the one whose height is that of all rows. */
  readonly viewport: HTMLElement;
  readonly canvas: HTMLElement;
  readonly ask: (query: FleetQuery) => Promise<FleetWindow>;
  readonly watch: (query: FleetQuery) => void;
  readonly open: (endpoint: string) => void;
  readonly onTotal: (total: number) => void;
  readonly onColumns: (columns: readonly FleetColumn[]) => void;
  readonly onProblem: (error: unknown) => void;
}

const SPARE_ROWS = 6;
const SETTLE_TIME = 150;
/** Below this width a row is two lines high, laid out by the style sheet. */
const NARROW = 640;

export class FleetGrid {
  readonly #options: GridOptions;
  readonly #cache = new RowCache();
  readonly #resize: ResizeObserver;
  #views: RowView[] = [];
  #filter: FleetFilter;
  #hidden: ReadonlySet<FleetColumn> = new Set();
  #columns: Column[] = [];
  #rowHeight = 32;
  #selected = -1;
  /** How far the table is scrolled; still known when it is no longer in the page. */
  top: number;
  #isAsking = false;
  /** When the newest live news were made: an answer that is older has missed them. */
  #liveAt = -Infinity;
  /** Grows with each filter, so that late answers to an old one are dropped. */
  #generation = 0;
  #frame = 0;
  #settle = 0;


  /** `top` is where to begin: a reader comes back to the same place. */
  constructor(options: GridOptions, filter: FleetFilter, top: number) {
    this.#options = options;
    this.#filter = filter;
    this.top = top;
    options.viewport.addEventListener('scroll', this.#onScroll, { passive: true });
    options.viewport.addEventListener('keydown', this.#onKey);
    options.canvas.addEventListener('click', this.#onClick);
    this.#resize = new ResizeObserver(() => this.#measure());
    this.#resize.observe(options.viewport);
  }

  destroy(): void {
    this.#resize.disconnect();
    this.#options.viewport.removeEventListener('scroll', this.#onScroll);
    this.#options.viewport.removeEventListener('keydown', this.#onKey);
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#settle);
    this.#generation++;
  }

  setFilter(filter: FleetFilter): void {
    this.#filter = filter;
    this.#generation++;
    this.#isAsking = false;
    this.#selected = -1;
    // The old rows stay in sight until the new ones are here: no flicker while typing.
    const generation = this.#generation;
    const { viewport, canvas } = this.#options;
    if (this.#cache.total !== undefined) this.top = 0;
    canvas.style.height = `${this.top + viewport.clientHeight}px`;
    viewport.scrollTop = this.top;
    const { first, last } = this.#range();
    const query = { ...filter, ...windowAround(first, last) };
    this.#options.watch(query);
    this.#options.ask(query).then((window) => {
      if (generation !== this.#generation) return;
      this.#cache.clear();
      this.#answered(window);
    }, this.#options.onProblem);
  }

  setHidden(hidden: ReadonlySet<FleetColumn>): void {
    this.#hidden = hidden;
    this.#measure();
  }

  /** Live news; windows of a view that is no longer shown are dropped. */
  apply(message: LiveMessage): void {
    if (message.kind === 'rows') {
      this.#liveAt = message.at;
      this.#cache.update(message.rows);
      this.#draw();
    } else if (message.kind === 'fleet') {
      this.#liveAt = message.window.at;
      if (this.#cache.total !== undefined) this.#take(message.window);
    }
  }

  /** After a break: what is in view may be old. */
  refresh(): void {
    const { first, last } = this.#range();
    this.#ask({ ...this.#filter, ...windowAround(first, last) });
  }

  tick(now: number): void {
    for (const view of this.#views) view.tick(now);
  }

  #measure(): void {
    const { viewport } = this.#options;
    this.#rowHeight = parseFloat(getComputedStyle(viewport).getPropertyValue('--row')) || 32;
    const width = viewport.clientWidth;
    this.#columns = width < NARROW
      ? COLUMNS.filter((column) => !this.#hidden.has(column.id)) : fitting(width, this.#hidden);
    viewport.style.setProperty('--columns', this.#columns
      .map((column) => `minmax(${column.width}px, ${column.share}fr)`).join(' '));
    const needed = Math.ceil(viewport.clientHeight / this.#rowHeight) + 2 * SPARE_ROWS;
    this.#views = Array.from({ length: needed }, () => new RowView());
    for (const view of this.#views) view.setColumns(this.#columns);
    this.#options.canvas.replaceChildren(...this.#views.map((view) => view.element));
    this.#options.onColumns(this.#columns.map((column) => column.id));
    this.#draw();
    this.#settleSoon();
  }

  #range(): { first: number; last: number } {
    const { viewport, canvas } = this.#options;
    const top = Math.max(0, viewport.scrollTop);
    const height = viewport.clientHeight - canvas.offsetTop;
    return {
      first: Math.floor(top / this.#rowHeight),
      last: Math.floor((top + Math.max(height, 1)) / this.#rowHeight),
    };
  }

  #draw(): void {
    const height = this.top + this.#options.viewport.clientHeight;
    const total = this.#cache.total ?? Math.ceil(height / this.#rowHeight);
    const seen = this.#range();
    const first = Math.max(0, seen.first - SPARE_ROWS);
    const now = serverNow();
    this.#options.canvas.style.height = `${total * this.#rowHeight}px`;
    for (let index = first; index < first + this.#views.length; index++) {
      const view = this.#views[index % this.#views.length] as RowView;
      if (index >= total) view.hide();
      else view.show(index, index * this.#rowHeight, this.#cache.at(index), now);
      view.element.classList.toggle('selected', index === this.#selected);
    }
    const missing = this.#cache.total === undefined
      ? undefined : this.#cache.missing(seen.first, seen.last);
    if (missing !== undefined) this.#ask({ ...this.#filter, ...missing });
  }

  #ask(query: FleetQuery): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const generation = this.#generation;
    this.#options.ask(query).then((window) => {
      if (generation !== this.#generation) return;
      this.#isAsking = false;
      this.#answered(window);
    }, (error: unknown) => {
      if (generation !== this.#generation) return;
      this.#isAsking = false;
      this.#options.onProblem(error);
    });
  }

  /** Another connection brings the live news, which may overtake an answer. */
  #answered(window: FleetWindow): void {
    this.#take(window);
    if (window.at <= this.#liveAt) this.refresh();
  }

  #take(window: FleetWindow): void {
    this.#cache.put(window);
    this.#options.onTotal(window.total);
    this.#draw();
  }

  #settleSoon(): void {
    clearTimeout(this.#settle);
    this.#settle = window.setTimeout(() => {
      const { first, last } = this.#range();
      this.#options.watch({ ...this.#filter, ...windowAround(first, last) });
    }, SETTLE_TIME);
  }

  readonly #onScroll = (): void => {
    this.top = this.#options.viewport.scrollTop;
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
      this.#settleSoon();
    });
  };

  readonly #onClick = (event: MouseEvent): void => {
    if (!(event.target instanceof Element) || event.target.closest('a') !== null) return;
    const element = event.target.closest('.row-view');
    const view = this.#views.find((candidate) => candidate.element === element);
    if (view !== undefined && getSelection()?.isCollapsed !== false) this.#open(view.index);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.target !== this.#options.viewport) return;
    const page = Math.max(1, Math.floor(this.#options.viewport.clientHeight / this.#rowHeight) - 2);
    const last = (this.#cache.total ?? 0) - 1;
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: this.#selected + 1,
      ArrowUp: this.#selected - 1,
      PageDown: this.#selected + page,
      PageUp: this.#selected - page,
      Home: 0,
      End: last,
    };
    const next = moves[event.key];
    if (next !== undefined) this.#select(Math.max(0, Math.min(last, next)));
    else if (event.key === 'Enter') this.#open(this.#selected);
    else return;
    event.preventDefault();
  };

  #open(index: number): void {
    const row = this.#cache.at(index);
    if (row !== undefined) this.#options.open(row.endpoint);
  }

  #select(index: number): void {
    const { viewport, canvas } = this.#options;
    this.#selected = index;
    const top = index * this.#rowHeight;
    const height = viewport.clientHeight - canvas.offsetTop;
    if (top < viewport.scrollTop) viewport.scrollTop = top;
    else if (top + this.#rowHeight > viewport.scrollTop + height) {
      viewport.scrollTop = top + this.#rowHeight - height;
    }
    viewport.setAttribute('aria-activedescendant', `row-${index}`);
    this.#draw();
  }
}
