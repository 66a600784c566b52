// One line of the fleet table in the document, reused for whichever row scrolls into its place.
// Plain DOM: 10,000 rows scroll through some forty of these.

import { exact } from '../format.ts';
import { deviceAddress } from '../router.ts';
import type { FleetRow } from '../wire.ts';
import type { Column } from './columns.ts';

const GLOW_TIME = 400;
const stillness = matchMedia('(prefers-reduced-motion: reduce)');

export class RowView {
  readonly element = document.createElement('div');
  index = -1;
  #columns: readonly Column[] = [];
  #cells: HTMLElement[] = [];
  #row: FleetRow | undefined;

  constructor() {
    this.element.className = 'row-view';
    this.element.setAttribute('role', 'row');
  }

  setColumns(columns: readonly Column[]): void {
    this.#columns = columns;
    this.#row = undefined;
    this.#cells = columns.map((column) => {
      const cell = document.createElement('div');
      cell.setAttribute('role', 'gridcell');
      cell.className = column.isNumeric ? `cell c-${column.id} num` : `cell c-${column.id}`;
      return cell;
    });
    this.element.replaceChildren(...this.#cells);
    this.index = -1;
  }

  /** Shows `row` at its place; undefined is a row not known yet. */
  show(index: number, top: number, row: FleetRow | undefined, now: number): void {
    if (index !== this.index) {
      this.index = index;
      this.element.id = `row-${index}`;
      this.element.style.transform = `translateY(${top}px)`;
      this.element.setAttribute('aria-rowindex', String(index + 2));
    }
    const before = this.#row;
    this.#row = row;
    this.element.hidden = false;
    if (row === undefined) {
      if (before !== undefined || this.#cells[0]?.firstChild === null) this.#showSkeleton();
      return;
    }
    this.#columns.forEach((column, place) => this.#fill(column, place, row, now));
    if (before === undefined || before.endpoint !== row.endpoint) return;
    if (before.lastSeenAt !== row.lastSeenAt || before.state !== row.state) this.#glow();
  }

  hide(): void {
    this.element.hidden = true;
    this.#row = undefined;
  }

  /** Moves the relative times on. */
  tick(now: number): void {
    const row = this.#row;
    if (row === undefined) return;
    this.#columns.forEach((column, place) => {
      if (column.text.length > 1) this.#fill(column, place, row, now);
    });
  }

  #fill(column: Column, place: number, row: FleetRow, now: number): void {
    const cell = this.#cells[place] as HTMLElement;
    if (column.id === 'state') return fillState(cell, row);
    if (column.id === 'endpoint') return fillEndpoint(cell, row);
    const text = column.text(row, now);
    if (cell.textContent === text && cell.firstElementChild === null) return;
    cell.textContent = text;
    if (column.id === 'lastSeenAt') cell.title = exact(row.lastSeenAt);
    if (column.id === 'expiresAt') {
      cell.title = row.expiresAt === undefined ? '' : exact(row.expiresAt);
      cell.classList.toggle('bad-text', row.expiresAt !== undefined && row.expiresAt < now);
    }
  }

  #showSkeleton(): void {
    for (const cell of this.#cells) {
      const bar = document.createElement('span');
      bar.className = 'skeleton';
      cell.replaceChildren(bar);
    }
  }

  #glow(): void {
    if (stillness.matches) return;
    const colour = 'color-mix(in srgb, var(--accent) 22%, transparent)';
    this.element.animate(
      [{ backgroundColor: colour }, { backgroundColor: 'transparent' }],
      { duration: GLOW_TIME, easing: 'ease-out' },
    );
  }
}

function fillState(cell: HTMLElement, row: FleetRow): void {
  const shown = cell.firstElementChild;
  if (shown?.className === `state ${row.state}`) return;
  const state = document.createElement('span');
  state.className = `state ${row.state}`;
  state.textContent = row.state;
  cell.replaceChildren(state);
}

function fillEndpoint(cell: HTMLElement, row: FleetRow): void {
  const address = deviceAddress(row.endpoint);
  const [link, name] = cell.children;
  if (link?.getAttribute('href') === address && name?.textContent === row.displayName) return;
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.tabIndex = -1;
  anchor.className = 'mono';
  anchor.textContent = row.endpoint;
  const label = document.createElement('span');
  label.className = 'muted';
  label.textContent = row.displayName;
  cell.replaceChildren(anchor, label);
  cell.title = row.endpoint;
}
