// One device: its registration and objects, its charts, operations and events, and the state of
// its session. Loaded once, then kept current by the live stream.

import {
  $, component$, useContext, useContextProvider, useStore, useVisibleTask$,
} from '@builder.io/qwik';
import { api, isMissing, problemOf } from '../api.ts';
import { AppContext } from '../app-state.ts';
import { tellOutcomes } from '../device/actions.ts';
import { DeviceContext, ValuesContext } from '../device/context.ts';
import { ChartPanel } from '../device/chart-panel.tsx';
import {
  chartables, defaultCharts, putLatest, valuesOf, type DeviceState, type Range, type ValueStore,
} from '../device/device-state.ts';
import { Events } from '../device/events.tsx';
import { Facts } from '../device/facts.tsx';
import { DeviceHead } from '../device/head.tsx';
import { OperationDialog } from '../device/operation-dialog.tsx';
import { Operations } from '../device/operations.tsx';
import { StatechartPanel } from '../device/statechart.tsx';
import { Tree } from '../device/tree.tsx';
import { onLive, onResume, show } from '../live.ts';
import { LogPanel } from '../logs/log-panel.tsx';
import { Notice } from '../parts/notice.tsx';
import { keepInAddress } from '../router.ts';
import type { DeviceNews } from '../wire.ts';

const RANGES: readonly Range[] = ['1h', '24h', '7d', '30d'];
const TABS = ['charts', 'operations', 'events', 'logs'] as const;

export const DevicePage = component$((props: { readonly path: string }) => {
  const app = useContext(AppContext);
  const device = useStore<DeviceState>(() => fromAddress(props.path), { deep: false });
  const values = useStore<ValueStore>({}, { deep: false });
  useContextProvider(DeviceContext, device);
  useContextProvider(ValuesContext, values);

  useVisibleTask$(({ cleanup }) => {
    document.title = `${device.endpoint} · Flownexus`;
    show({ page: 'device', endpoint: device.endpoint, charts: [] });
    cleanup(onLive((message) => {
      if (message.kind === 'latest') takeLatest(device, values, message.values);
      if (message.kind === 'device') {
        takeNews(device, values, message.device);
        tellOutcomes(app, device, message.device?.operations ?? []);
      }
    }));
    cleanup(onResume(() => { void load(device, values); }));
    void load(device, values);
  });
  useVisibleTask$(({ track }) => {
    const charts = track(() => device.charts);
    const range = track(() => device.range);
    const tab = track(() => device.tab);
    keepInAddress({
      charts: charts.join(), range: range === '1h' ? '' : range, tab: tab === 'charts' ? '' : tab,
    });
  });

  if (device.isGone) {
    return (
      <Notice
        title="There is no such device"
        text={`The server does not know ${device.endpoint}; it may have been forgotten.`}>
        <a class="btn" href="/">To the fleet</a>
      </Notice>
    );
  }
  return (
    <>
      <DeviceHead />
      {device.problem !== undefined && <p class="problem" role="alert">{device.problem}</p>}
      <div class="device">
        <div class="stack"><Facts /><Tree /></div>
        <Tabs />
        <StatechartPanel />
      </div>
      <OperationDialog />
    </>
  );
});

const Tabs = component$(() => {
  const device = useContext(DeviceContext);
  const open = device.news?.operations
    .filter(({ status }) => status === 'QUEUED' || status === 'SENDING').length ?? 0;
  return (
    <section class="panel" aria-label="History">
      <div class="tabs" role="tablist">
        {TABS.map((tab) => (
          <button
            key={tab} type="button" role="tab" aria-selected={device.tab === tab}
            onClick$={$(() => { device.tab = tab; })}>
            {`${tab.charAt(0).toUpperCase()}${tab.slice(1)} `}
            {tab === 'operations' && open > 0 && <b>{open}</b>}
          </button>
        ))}
      </div>
      {device.tab === 'charts' && <ChartPanel />}
      {device.tab === 'operations' && <Operations />}
      {device.tab === 'events' && <Events />}
      {device.tab === 'logs' && <LogPanel endpoint={device.endpoint} />}
    </section>
  );
});

function fromAddress(path: string): DeviceState {
  const query = new URLSearchParams(location.search);
  return {
    endpoint: decodeURIComponent(path.slice('/device/'.length)),
    news: undefined,
    objects: undefined,
    problem: undefined,
    isGone: false,
    charts: (query.get('charts') ?? '').split(',').filter((chart) => chart.startsWith('/')),
    range: RANGES.find((range) => range === query.get('range')) ?? '1h',
    tab: TABS.find((tab) => tab === query.get('tab')) ?? 'charts',
    dialog: undefined,
    picked: undefined,
    loads: 0,
  };
}

async function load(device: DeviceState, values: ValueStore): Promise<void> {
  try {
    const detail = await api.device.detail.query({ endpoint: device.endpoint });
    Object.assign(values, valuesOf(detail));
    const { objects, ...news } = detail;
    device.objects = objects;
    device.news = news;
    device.problem = undefined;
    device.isGone = false;
    if (device.charts.length === 0) device.charts = defaultCharts(chartables(objects, values));
    device.loads++;
  } catch (error) {
    if (isMissing(error)) device.isGone = true;
    else if (device.news === undefined) device.problem = problemOf(error);
  }
}

function takeNews(device: DeviceState, values: ValueStore, news: DeviceNews | null): void {
  if (news === null) {
    device.isGone = true;
    return;
  }
  if (news.endpoint !== device.endpoint) return;
  const hasOtherObjects = news.registration?.links !== device.news?.registration?.links;
  device.news = news;
  if (hasOtherObjects && device.objects !== undefined) void load(device, values);
}

function takeLatest(
  device: DeviceState, values: ValueStore, latest: Parameters<typeof putLatest>[1],
): void {
  const isNew = latest.some(({ path }) => values[path] === undefined);
  putLatest(values, latest);
  // A first value may be of a resource no table knows, and can be the first for a chart.
  if (isNew && device.objects !== undefined) void load(device, values);
}
