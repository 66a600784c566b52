// The fleet: five figures of the last hour, filters, and the table of all devices. What is shown
// stands in the address, so that a view can be shared.

import {
  $, component$, noSerialize, useContext, useSignal, useStore, useVisibleTask$,
  type NoSerialize, type Signal,
} from '@builder.io/qwik';
import type { DeviceState, FleetColumn } from '../../core/api/management.ts';
import { api, problemOf } from '../api.ts';
import { AppContext } from '../app-state.ts';
import { COLUMNS } from '../fleet/columns.ts';
import { ColumnMenu, hiddenColumns } from '../fleet/column-menu.tsx';
import { FleetEmpty } from '../fleet/empty.tsx';
import { FleetGrid, type FleetFilter } from '../fleet/grid.ts';
import { ProvisionButton } from '../fleet/provision.tsx';
import { StateChips } from '../fleet/state-chips.tsx';
import { Tiles } from '../fleet/tiles.tsx';
import { onLive, onResume, show } from '../live.ts';
import { SearchField } from '../parts/search-field.tsx';
import { deviceAddress, keepInAddress, navigate } from '../router.ts';
import { onSecond } from '../ticking.ts';

const STATES = ['awake', 'asleep', 'silent', 'expired', 'deregistered', 'never'] as const;
const TYPING_PAUSE = 60;

/** Where the table was left, for coming back from a device. */
const left = { search: '', top: 0 };

interface FleetState extends FleetFilter {
  search: string;
  state: DeviceState | 'all';
  sort: FleetColumn;
  descending: boolean;
  total: number | undefined;
  columns: readonly FleetColumn[];
  hidden: readonly FleetColumn[];
  problem: string | undefined;
}

export const FleetPage = component$(() => {
  const app = useContext(AppContext);
  const fleet = useStore<FleetState>(fromAddress, { deep: false });
  const viewport = useSignal<HTMLElement>();
  const canvas = useSignal<HTMLElement>();
  const grid = useSignal<NoSerialize<FleetGrid>>();

  useVisibleTask$(({ cleanup }) => {
    document.title = 'Fleet · Flownexus';
    const made = makeGrid(fleet, viewport.value as HTMLElement, canvas.value as HTMLElement);
    grid.value = noSerialize(made);
    cleanup(follow(made));
    cleanup(() => { left.top = made.top; });
    // "/" pressed on another page leads here, to type what is looked for.
    if (location.search === '?search=') {
      document.querySelector<HTMLElement>('input[type=search]')?.focus();
    }
  });
  useVisibleTask$(({ track, cleanup }) => {
    const filter = track(() => filterOf(fleet));
    const made = track(grid);
    keepFilter(filter);
    const timer = setTimeout(() => made?.setFilter(filter), TYPING_PAUSE);
    cleanup(() => clearTimeout(timer));
  });
  useVisibleTask$(({ track }) => {
    const hidden = track(() => fleet.hidden);
    track(grid)?.setHidden(new Set(hidden));
  });

  return (
    <>
      <div class="page-head">
        <h1>Fleet</h1>
        <SearchField
          label="Search endpoint, name, tag, maker" value={fleet.search}
          onValue$={$((value: string) => { fleet.search = value; })} />
        <ProvisionButton />
        <button
          class="key-button" type="button" aria-label="Go to a device, Ctrl K"
          onClick$={() => { app.overlay = 'palette'; }}><kbd>Ctrl K</kbd></button>
      </div>
      <Tiles />
      <FleetPanel fleet={fleet} viewport={viewport} canvas={canvas} />
    </>
  );
});

interface TableProps {
  readonly fleet: FleetState;
  readonly viewport: Signal<HTMLElement | undefined>;
  readonly canvas: Signal<HTMLElement | undefined>;
}

const FleetPanel = component$(({ fleet, viewport, canvas }: TableProps) => {
  const { counts } = useContext(AppContext);
  return (
    <section class="panel fleet" aria-label="Devices">
      <header>
        <StateChips
          chosen={fleet.state}
          onChoose$={$((state: DeviceState | 'all') => { fleet.state = state; })} />
        <span class="right faint" role="status">{shownText(fleet, counts?.devices)}</span>
        <select
          class="sort" aria-label="Sort by"
          onChange$={(_, select) => { fleet.sort = select.value as FleetColumn; }}>
          {COLUMNS.map((column) => (
            <option key={column.id} value={column.id} selected={column.id === fleet.sort}>
              {column.label}
            </option>
          ))}
        </select>
        <ColumnMenu
          hidden={fleet.hidden}
          onChange$={$((hidden: readonly FleetColumn[]) => { fleet.hidden = hidden; })} />
      </header>
      {fleet.problem !== undefined && (
        <p class="problem in-place" role="alert">{fleet.problem}</p>
      )}
      <FleetTable fleet={fleet} viewport={viewport} canvas={canvas} />
    </section>
  );
});

const FleetTable = component$(({ fleet, viewport, canvas }: TableProps) => (
  <div
    ref={viewport} class={{ grid: true, empty: fleet.total === 0 }} role="grid" tabIndex={0}
    aria-label="Devices" aria-rowcount={(fleet.total ?? 0) + 1}>
    <div class="grid-head" role="row" aria-rowindex={1}>
      {COLUMNS.filter((column) => fleet.columns.includes(column.id)).map((column) => (
        <div
          key={column.id} role="columnheader" class={{ num: column.isNumeric }}
          aria-sort={fleet.sort !== column.id
            ? 'none' : fleet.descending ? 'descending' : 'ascending'}>
          <button
            type="button"
            onClick$={() => {
              fleet.descending = fleet.sort === column.id && !fleet.descending;
              fleet.sort = column.id;
            }}>
            {column.label}
          </button>
        </div>
      ))}
    </div>
    {fleet.total === 0 && <FleetEmpty isFiltered={fleet.search !== '' || fleet.state !== 'all'} />}
    <div ref={canvas} class="grid-canvas" role="rowgroup" />
  </div>
));

function fromAddress(): FleetState {
  const query = new URLSearchParams(location.search);
  const sort = COLUMNS.find((column) => column.id === query.get('sort'))?.id ?? 'endpoint';
  return {
    search: query.get('search') ?? '',
    state: STATES.find((state) => state === query.get('state')) ?? 'all',
    sort,
    descending: query.get('descending') === 'yes',
    total: undefined,
    columns: COLUMNS.map((column) => column.id),
    hidden: hiddenColumns(),
    problem: undefined,
  };
}

function filterOf({ search, state, sort, descending }: FleetState): FleetFilter {
  return { search: search.trim(), state, sort, descending };
}

function keepFilter({ search, state, sort, descending }: FleetFilter): void {
  keepInAddress({
    search,
    state: state === 'all' ? '' : state,
    sort: sort === 'endpoint' ? '' : sort,
    descending: descending ? 'yes' : '',
  });
  left.search = location.search;
}

/** Keeps the table current until the returned function is called. */
function follow(grid: FleetGrid): () => void {
  const stopTicking = onSecond((now) => grid.tick(now));
  const stopListening = onLive((message) => grid.apply(message));
  const stopResuming = onResume(() => grid.refresh());
  return () => {
    stopTicking();
    stopListening();
    stopResuming();
    grid.destroy();
  };
}

function makeGrid(fleet: FleetState, viewport: HTMLElement, canvas: HTMLElement): FleetGrid {
  return new FleetGrid({
    viewport,
    canvas,
    ask: async (query) => {
      const window = await api.fleet.window.query(query);
      fleet.problem = undefined;
      return window;
    },
    watch: (query) => show({ page: 'fleet', query }),
    open: (endpoint) => navigate(deviceAddress(endpoint)),
    onTotal: (total) => { fleet.total = total; },
    onColumns: (columns) => {
      if (columns.join() !== fleet.columns.join()) fleet.columns = columns;
    },
    onProblem: (error) => { fleet.problem = problemOf(error); },
  }, filterOf(fleet), left.search === location.search ? left.top : 0);
}

function shownText(fleet: FleetState, all: number | undefined): string {
  if (fleet.total === undefined || fleet.total === all) return '';
  return `${fleet.total} shown`;
}
