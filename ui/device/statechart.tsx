// The session's statechart as the server's machine defines it, the live states lit, with what can
// happen next below each region.

import {
  component$, noSerialize, useContext, useSignal, useVisibleTask$, type NoSerialize,
} from '@builder.io/qwik';
import type { SessionStates } from '../../core/api/management.ts';
import { api, problemOf } from '../api.ts';
import type { DeviceNews, Statechart } from '../wire.ts';
import { DeviceContext } from './context.ts';

let loading: Promise<Statechart> | undefined;

/** The machine is the same for all devices: it is asked for once. */
function loadChart(): Promise<Statechart> {
  loading ??= api.server.statechart.query();
  loading.catch(() => { loading = undefined; });
  return loading;
}

export const StatechartPanel = component$(() => {
  const device = useContext(DeviceContext);
  const loaded = useSignal<NoSerialize<Statechart>>();
  const problem = useSignal<string>();
  useVisibleTask$(({ track }) => {
    track(() => device.loads);
    loadChart().then((made) => {
      loaded.value = noSerialize(made);
      problem.value = undefined;
    }, (error: unknown) => {
      problem.value = problemOf(error);
    });
  });
  const { news } = device;
  return (
    <section class="panel" aria-label="Session">
      <header>
        <h2>Session</h2>
        <span class="right faint">the actor's states, live</span>
      </header>
      {problem.value !== undefined && <p class="problem in-place">{problem.value}</p>}
      <div class="regions">
        {loaded.value === undefined || news === undefined
          ? [1, 2, 3, 4].map((key) => <div key={key} class="region waiting" />)
          : loaded.value.regions.map((region) => (
            <RegionView
              key={region.id} region={region}
              live={news.session[region.id]} note={noteOf(region.id, news)} />
          ))}
      </div>
    </section>
  );
});

interface Note {
  readonly text: string;
  /** When what the note counts down to is due. */
  readonly until: number | undefined;
}

interface RegionProps {
  readonly region: Statechart['regions'][number];
  readonly live: string;
  readonly note: Note;
}

const RegionView = component$(({ region, live, note }: RegionProps) => {
  const { width, height, places, arrows } = region.picture;
  return (
    <div class="region">
      <h3>{region.id}</h3>
      <div class="picture" style={{ width: `${width}px`, height: `${height}px` }}>
        <svg width={width} height={height} aria-hidden="true">
          <defs>
            <marker
              id={`head-${region.id}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6"
              markerHeight="6" orient="auto">
              <path d="M0 0L8 4L0 8z" />
            </marker>
          </defs>
          {arrows.map(({ from, to, path }) => (
            <path
              key={`${from} ${to}`} class={{ arrow: true, next: from === live }} d={path}
              marker-end={`url(#head-${region.id})`} />
          ))}
        </svg>
        {places.map((place) => (
          <div
            key={place.state} class={{ node: true, live: place.state === live }}
            aria-current={place.state === live ? 'true' : undefined}
            style={{
              left: `${place.x}px`, top: `${place.y}px`, width: `${place.width}px`,
              height: `${place.height}px`,
            }}>
            <span>{place.label}</span>
            {place.state === live && note !== NO_NOTE && (
              <small>
                {note.text}
                {note.until !== undefined && <time-left at={String(note.until)} word="left" />}
              </small>
            )}
          </div>
        ))}
      </div>
      <p class="faint">{nextText(region, live)}</p>
    </div>
  );
});

/** What the live state waits for: "deregistered → unregistered · after lifetime → expired". */
function nextText(region: Statechart['regions'][number], live: string): string {
  const targets = new Map<string, Set<string>>();
  for (const { from, to, event } of region.next) {
    if (from !== live) continue;
    targets.set(to, (targets.get(to) ?? new Set()).add(event));
  }
  const byEvents = new Map<string, string[]>();
  for (const [to, events] of targets) {
    const key = [...events].join(', ');
    byEvents.set(key, [...byEvents.get(key) ?? [], to]);
  }
  return [...byEvents].map(([events, to]) => `${events} → ${to.join(', ')}`).join(' · ');
}

const NO_NOTE: Note = { text: '', until: undefined };

function noteOf(region: keyof SessionStates, news: DeviceNews): Note {
  switch (region) {
    case 'registration':
      return news.session.registration === 'registered'
        ? { text: '', until: news.registration?.expiresAt } : NO_NOTE;
    case 'reachability':
      return news.session.reachability === 'awake' && news.awakeUntil !== undefined
        ? { text: '', until: news.awakeUntil } : NO_NOTE;
    case 'observations': {
      const inPlace = news.observing.length;
      const all = inPlace + news.notObserving.length;
      return all === 0 ? NO_NOTE : { text: `${inPlace} of ${all}`, until: undefined };
    }
    default: return NO_NOTE;
  }
}
