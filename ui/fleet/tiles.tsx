// The five figures over the table, each with its course over the last hour.

import { component$, useContext } from '@builder.io/qwik';
import { AppContext } from '../app-state.ts';
import { count, span } from '../format.ts';
import { serverNow } from '../live.ts';
import { Sparkline } from '../parts/sparkline.tsx';
import { countsHistory, sampleOf, type Figure } from './counts-history.ts';

const TILES: readonly (readonly [Figure, string, 'accent' | 'good' | 'waiting' | 'bad'])[] = [
  ['registered', 'Registered', 'good'], ['awake', 'Awake now', 'accent'],
  ['operationsWaiting', 'Operations waiting', 'waiting'],
  ['valuesPerSecond', 'Values per second', 'accent'], ['missing', 'Not heard in time', 'bad'],
];
const HOUR = 3_600_000;

export const Tiles = component$(() => {
  const { counts } = useContext(AppContext);
  const history = countsHistory();
  const now = serverNow();
  const sample = counts === undefined ? undefined : sampleOf(now, counts);
  const watched = now - (history[0]?.at ?? now);
  const since = watched < 10_000 ? '' : watched > HOUR - 60_000 ? '1 h' : span(watched);
  return (
    <section class="tiles" aria-label="The fleet now" tabIndex={0}>
      {TILES.map(([figure, label, tone]) => (
        <div key={figure} class="tile">
          <span class="muted">{label}</span>
          <strong>
            {sample === undefined ? <i class="skeleton" /> : figureText(figure, sample[figure])}
          </strong>
          <Sparkline points={history.map((past) => [past.at, past[figure]] as const)} tone={tone} />
          <small class="faint" title="How far back the line goes">{since}</small>
        </div>
      ))}
    </section>
  );
});

function figureText(figure: Figure, value: number): string {
  return figure === 'valuesPerSecond' && value < 10 && !Number.isInteger(value)
    ? value.toFixed(1) : count(value);
}
