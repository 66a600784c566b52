// What the parts of the device page share: the device as last told, its values by path, and the
// charts that are drawn.

import type { Detail, DeviceNews, DeviceObject, LatestValue, Resource } from '../wire.ts';
import { chartLabel, unitOf } from './values.ts';

export type ShownValue = Omit<LatestValue, 'path'>;
export type Range = '1h' | '24h' | '7d' | '30d';

/** The form that is open over the page, and what it is about. */
export interface DialogAbout {
  readonly form:
  'write' | 'create' | 'write together' | 'execute' | 'delete' | 'attributes' | 'path'
  | 'wants';
  readonly path: string;
}

export interface DeviceState {
  readonly endpoint: string;
  news: DeviceNews | undefined;
  objects: readonly DeviceObject[] | undefined;
  problem: string | undefined;
  isGone: boolean;
  charts: readonly string[];
  range: Range;
  tab: 'charts' | 'track' | 'operations' | 'events' | 'messages' | 'logs';
  dialog: DialogAbout | undefined;
  /** Paths chosen for one request; undefined while nobody chooses. */
  picked: readonly string[] | undefined;
  /** Grows each time all was loaded anew. */
  loads: number;
}

/** The values of each resource, by its path; one entry per resource instance. */
export type ValueStore = Record<string, readonly ShownValue[]>;

/** A resource a chart can be drawn of. */
export interface Chartable {
  readonly path: string;
  readonly label: string;
  readonly unit: string;
  readonly isObserved: boolean;
}

export const CHARTS_MAX = 5;

export function valuesOf(detail: Detail): ValueStore {
  const values: ValueStore = {};
  for (const object of detail.objects) {
    for (const instance of object.instances) {
      for (const resource of instance.resources) {
        const path = `/${object.id}/${instance.id}/${resource.id}`;
        if (resource.values.length > 0) values[path] = resource.values;
      }
    }
  }
  return values;
}

/** Puts new values in, each over the one of the same resource instance unless it came late. */
export function putLatest(values: ValueStore, latest: readonly LatestValue[]): void {
  for (const { path, ...value } of latest) {
    const known = values[path] ?? [];
    const before = known.find((other) => other.resourceInstance === value.resourceInstance);
    if (before !== undefined && holdsFrom(before) > holdsFrom(value)) continue;
    const others = known.filter((other) => other.resourceInstance !== value.resourceInstance);
    values[path] = [...others, value]
      .sort((a, b) => (a.resourceInstance ?? -1) - (b.resourceInstance ?? -1));
  }
}

/** As the server has it in core/store/newest.ts; of equal times the one that came last holds. */
function holdsFrom({ deviceTime, receiveTime }: ShownValue): number {
  return Math.min(deviceTime, receiveTime);
}

export function chartables(objects: readonly DeviceObject[], values: ValueStore): Chartable[] {
  const found: Chartable[] = [];
  for (const object of objects) {
    for (const instance of object.instances) {
      for (const resource of instance.resources) {
        const path = `/${object.id}/${instance.id}/${resource.id}`;
        if (!isChartable(resource, values[path])) continue;
        const label = chartLabel(object, instance.id, resource);
        const isObserved = resource.source === 'observed';
        found.push({ path, label, unit: unitOf(path, resource, values), isObserved });
      }
    }
  }
  return found;
}

/** What is drawn when nobody chose: sensor values first, at most two. */
export function defaultCharts(choices: readonly Chartable[]): string[] {
  const observed = choices.filter((choice) => choice.isObserved);
  const sensors = observed.filter((choice) => choice.path.endsWith('/5700'));
  return (sensors.length > 0 ? sensors : observed.length > 0 ? observed : choices)
    .slice(0, 2).map((choice) => choice.path);
}

export function isObserving(news: DeviceNews, path: string): boolean {
  return news.observing.some((target) => target.split('+')
    .some((other) => path === other || path.startsWith(`${other}/`)));
}

function isChartable(resource: Resource, values: readonly ShownValue[] | undefined): boolean {
  return resource.numeric && values !== undefined && values[0]?.resourceInstance === null;
}
