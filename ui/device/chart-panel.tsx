// The charts of a device: which resources, which span, and the drawing that goes on live.

import {
  $, component$, noSerialize, useContext, useSignal, useVisibleTask$, type NoSerialize,
} from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { exact, measured } from '../format.ts';
import { onLive, serverNow, show } from '../live.ts';
import { Menu } from '../parts/menu.tsx';
import { onThemeChange } from '../theme.ts';
import { onSecond } from '../ticking.ts';
import type { ChartPoint, Series } from '../wire.ts';
import type { ChartLine, ResourceChart, Span } from './chart.ts';
import { DeviceContext, ValuesContext } from './context.ts';
import {
  CHARTS_MAX, chartables, type Chartable, type Range, type ValueStore,
} from './device-state.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEPS: Readonly<Record<Range, number>> = {
  '1h': 10_000, '24h': 5 * MINUTE, '7d': 30 * MINUTE, '30d': 2 * HOUR,
};
export const RANGE_LENGTHS: Readonly<Record<Range, number>> = {
  '1h': HOUR, '24h': 24 * HOUR, '7d': 7 * 24 * HOUR, '30d': 30 * 24 * HOUR,
};
const NO_NUMBER = 'No number yet. A chart begins with the first one the device sends.';
const RANGES = ['1h', '24h', '7d', '30d'] as const;

/** What the chart knows about the place of the pointer. */
interface Pointed {
  readonly at: number | undefined;
  readonly values: ReadonlyMap<string, number>;
}

export const ChartPanel = component$(() => {
  const device = useContext(DeviceContext);
  const values = useContext(ValuesContext);
  const element = useSignal<HTMLElement>();
  const chart = useSignal<NoSerialize<ResourceChart>>();
  const pointed = useSignal<NoSerialize<Pointed>>();
  const problem = useSignal<string>();
  const added = useSignal(0);
  const choices = chartables(device.objects ?? [], values);

  useVisibleTask$(async ({ cleanup }) => {
    let isLeft = false;
    cleanup(() => { isLeft = true; });
    const { ResourceChart: Chart } = await import('./chart.ts');
    if (isLeft || element.value === undefined) return;
    const made = new Chart(element.value, (at, under) => {
      pointed.value = at === undefined ? undefined : noSerialize({ at, values: under });
    });
    chart.value = noSerialize(made);
    cleanup(follow(made, (count) => { added.value += count; }));
  });

  useVisibleTask$(({ track, cleanup }) => {
    const made = track(chart);
    track(() => [device.charts, device.range, device.loads]);
    if (made === undefined) return;
    let isLeft = false;
    cleanup(() => { isLeft = true; });
    const span = spanOf(device.range);
    load(device.endpoint, device.charts, span).then((series) => {
      if (isLeft) return;
      problem.value = undefined;
      draw(made, series, span, values, chartables(device.objects ?? [], values));
      const charts = series.map(({ path, lastSequence }) => ({ path, since: lastSequence }));
      show({ page: 'device', endpoint: device.endpoint, charts });
    }, (error: unknown) => {
      if (!isLeft) problem.value = problemOf(error);
    });
  });

  return (
    <div class="charts">
      <div class="chart-head">
        <ChartChips choices={choices} pointed={pointed.value} />
        <RangeChoice />
      </div>
      {problem.value !== undefined && <p class="problem in-place">{problem.value}</p>}
      {choices.length === 0 && <p class="chart-empty muted">{NO_NUMBER}</p>}
      <div
        ref={element} class="chart" role="img" data-added={added.value}
        aria-label={`Chart of ${device.charts.join(', ')}`} hidden={choices.length === 0} />
      <p class="chart-foot faint">
        {pointed.value?.at === undefined ? spanText(device.range) : exact(pointed.value.at)}
      </p>
    </div>
  );
});

interface ChipsProps {
  readonly choices: readonly Chartable[];
  readonly pointed: NoSerialize<Pointed>;
}

const ChartChips = component$(({ choices, pointed }: ChipsProps) => {
  const device = useContext(DeviceContext);
  const values = useContext(ValuesContext);
  const others = choices.filter((choice) => !device.charts.includes(choice.path));
  return (
    <div class="chips">
      {device.charts.map((path, index) => {
        const choice = choices.find((candidate) => candidate.path === path);
        const value = pointed === undefined
          ? values[path]?.[0]?.value.value : pointed.values.get(path);
        return (
          <button
            key={path} type="button" class="chip" aria-pressed="true" title={`Remove ${path}`}
            onClick$={() => { device.charts = device.charts.filter((other) => other !== path); }}>
            <i class={`dot series-${index + 1}`} />
            {choice?.label ?? path}
            <b>{value === undefined || value === null
              ? '' : `${measured(Number(Number(value).toPrecision(5)))} ${choice?.unit ?? ''}`}</b>
          </button>
        );
      })}
      {others.length > 0 && device.charts.length < CHARTS_MAX && (
        <Menu label="+ resource" class="chip" side="left">
          {others.map((choice) => (
            <button
              key={choice.path} type="button"
              onClick$={() => { device.charts = [...device.charts, choice.path]; }}>
              {choice.label} <span class="mono faint">{choice.path}</span>
            </button>
          ))}
        </Menu>
      )}
    </div>
  );
});

export const RangeChoice = component$(() => {
  const device = useContext(DeviceContext);
  return (
    <div class="chips right" role="group" aria-label="Span of time">
      {RANGES.map((range) => (
        <button
          key={range} type="button" class="chip" aria-pressed={device.range === range}
          onClick$={$(() => { device.range = range; })}>
          {range.replace(/(\d+)/, '$1 ')}
        </button>
      ))}
    </div>
  );
});

/** Keeps the chart current until the returned function is called, which also takes it down. */
function follow(chart: ResourceChart, onAdded: (count: number) => void): () => void {
  const stops = [
    onThemeChange(() => chart.applyTheme()),
    onSecond((now) => chart.advance(now)),
    onLive((message) => {
      if (message.kind === 'charts') onAdded(addPoints(chart, message.points));
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    chart.destroy();
  };
}

function draw(
  chart: ResourceChart, series: readonly Series[], span: Span, values: ValueStore,
  choices: readonly Chartable[],
): void {
  const lines = series.map((one): ChartLine => {
    const unit = choices.find(({ path }) => path === one.path)?.unit ?? '';
    // Without a unit only resources of the same object are known to be comparable.
    const scale = unit === '' ? one.path.replace(/^(\/\d+)\/\d+/, '$1') : unit;
    const [newest] = values[one.path] ?? [];
    const value = Number(newest?.value.value ?? NaN);
    return {
      path: one.path, unit, scale, series: one,
      newest: newest && Number.isFinite(value) ? { time: newest.deviceTime, value } : undefined,
    };
  });
  chart.show(lines, span);
}

function spanOf(range: Range): Span {
  const [length, step] = [RANGE_LENGTHS[range], STEPS[range]];
  const to = Math.floor(serverNow() / step) * step;
  return { from: to - length, to, step };
}

function spanText(range: Range): string {
  const step = STEPS[range];
  const each = step < MINUTE ? `${step / 1000} s` : step < HOUR ? `${step / MINUTE} min`
    : `${step / HOUR} h`;
  return `One point per ${each}: the mean, and the newest value at the end`;
}

function load(endpoint: string, paths: readonly string[], { from, to, step }: Span) {
  // The running step belongs to the picture too.
  const end = to + step;
  const buckets = Math.round((end - from) / step);
  return Promise.all(paths.map((path) =>
    api.device.series.query({ endpoint, path, from, to: end, buckets })));
}

function addPoints(chart: ResourceChart, points: readonly ChartPoint[]): number {
  let added = 0;
  for (const { path, sequence, time, value } of points) {
    if (chart.add(path, sequence, time, value)) added++;
  }
  return added;
}
