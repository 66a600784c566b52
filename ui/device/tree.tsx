// The object tree: names, units, the newest values and how each is obtained. What the device may
// have but never told is folded away.

import { component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { AppContext, mayOperate } from '../app-state.ts';
import { exact } from '../format.ts';
import { Menu } from '../parts/menu.tsx';
import type { DeviceObject, Resource } from '../wire.ts';
import { readNow, setObserved } from './actions.ts';
import { DeviceContext, ValuesContext } from './context.ts';
import { CHARTS_MAX, isObserving } from './device-state.ts';
import { unitOf, valueText, wholeValue } from './values.ts';

export const Tree = component$(() => {
  const { objects } = useContext(DeviceContext);
  return (
    <section class="panel" aria-label="Objects">
      <header><h2>Objects</h2></header>
      {objects === undefined && (
        <div class="facts">{[1, 2, 3, 4, 5].map((key) => <i key={key} class="skeleton" />)}</div>
      )}
      {objects?.length === 0 && (
        <p class="chart-empty muted">The device has not registered, so its objects are unknown.</p>
      )}
      <div class="tree">
        {objects?.map((object) => object.instances.length === 0
          ? <InstanceHead key={object.id} object={object} instance={undefined} />
          : object.instances.map((instance) => (
            <Instance
              key={`${object.id}/${instance.id}`} object={object} instance={instance.id}
              resources={instance.resources} />
          )))}
      </div>
    </section>
  );
});

interface HeadProps {
  readonly object: DeviceObject;
  readonly instance: number | undefined;
}

const InstanceHead = component$(({ object, instance }: HeadProps) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const path = instance === undefined ? `/${object.id}` : `/${object.id}/${instance}`;
  return (
    <div class="tree-head">
      <span class="mono faint">{path}</span>
      <span>{object.name}</span>
      {object.version !== '' && object.version !== '1.0' && (
        <span class="faint" title={versionTitle(object)}>{object.version}</span>
      )}
      {mayOperate(app) && (
        <button
          type="button" class="btn plain small right" title={`Read ${path} now`}
          onClick$={() => readNow(app, device, path)}>
          Read
        </button>
      )}
    </div>
  );
});

/** Names may be those of another version, when there is no model of this one. */
function versionTitle({ version, modelVersion }: DeviceObject): string {
  return modelVersion === '' || modelVersion === version ? 'Version of the object'
    : `Version of the object; names and types are those of ${modelVersion}`;
}

interface InstanceProps {
  readonly object: DeviceObject;
  readonly instance: number;
  readonly resources: readonly Resource[];
}

const Instance = component$(({ object, instance, resources }: InstanceProps) => {
  const device = useContext(DeviceContext);
  const values = useContext(ValuesContext);
  const isOpen = useSignal(false);
  const pathOf = (resource: Resource): string => `/${object.id}/${instance}/${resource.id}`;
  const isTold = (resource: Resource): boolean => values[pathOf(resource)] !== undefined
    || device.news !== undefined && isObserving(device.news, pathOf(resource));
  const told = resources.filter(isTold);
  const others = resources.filter((resource) => !isTold(resource));
  return (
    <div class="instance">
      <InstanceHead object={object} instance={instance} />
      {(isOpen.value ? resources : told).map((resource) => (
        <ResourceRow key={resource.id} path={pathOf(resource)} resource={resource} />
      ))}
      {others.length > 0 && (
        <button
          type="button" class="fold faint" aria-expanded={isOpen.value}
          onClick$={() => { isOpen.value = !isOpen.value; }}>
          {isOpen.value ? 'show fewer' : `${others.length} without a value`}
        </button>
      )}
    </div>
  );
});

interface RowProps {
  readonly path: string;
  readonly resource: Resource;
}

const ResourceRow = component$(({ path, resource }: RowProps) => {
  const app = useContext(AppContext);
  const values = useContext(ValuesContext)[path];
  const device = useContext(DeviceContext);
  const source = device.news !== undefined && isObserving(device.news, path)
    ? 'observed' : values === undefined ? 'never' : 'read';
  const isReadable = resource.operations.includes('R') || resource.operations === '';
  return (
    <div class="resource">
      <span class="mono faint">/{resource.id}</span>
      <span class="name" title={`${resource.name}, ${resource.type}`}>{resource.name}</span>
      <ResourceValues path={path} resource={resource} />
      {isReadable && mayOperate(app)
        ? <SourceMenu path={path} resource={resource} source={source} />
        : <span class="how">{resource.operations === 'E' ? 'execute' : source}</span>}
    </div>
  );
});

const ResourceValues = component$(({ path, resource }: RowProps) => {
  const all = useContext(ValuesContext);
  const values = all[path];
  const element = useSignal<HTMLElement>();
  const seen = useSignal<number>();
  useVisibleTask$(({ track }) => {
    const sequence = track(() => values?.at(-1)?.sequence);
    const isNews = seen.value !== undefined && sequence !== seen.value;
    seen.value = sequence;
    if (isNews) glow(element.value);
  });
  if (values === undefined) return <span ref={element} class="value faint">—</span>;
  const unit = unitOf(path, resource, all);
  return (
    <span ref={element} class="value">
      {values.map((one) => (
        <span
          key={String(one.resourceInstance)}
          title={`${wholeValue(one.value)}\nmeasured ${exact(one.deviceTime)}`}>
          {one.resourceInstance !== null && <i class="faint">{one.resourceInstance}: </i>}
          {valueText(one.value)}{unit === '' ? '' : ` ${unit}`}
        </span>
      ))}
    </span>
  );
});

interface SourceProps extends RowProps {
  readonly source: 'observed' | 'read' | 'never';
}

const SourceMenu = component$(({ path, resource, source }: SourceProps) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const isDrawn = device.charts.includes(path);
  const canDraw = resource.numeric && device.charts.length < CHARTS_MAX;
  return (
    <Menu label={source} class={`how ${source}`} title={`${path}: read, observe, chart`}>
      <button type="button" onClick$={() => readNow(app, device, path)}>Read now</button>
      <button
        type="button"
        onClick$={() => setObserved(app, device.endpoint, path, source !== 'observed')}>
        {source === 'observed' ? 'Stop observing' : 'Observe'}
      </button>
      {(isDrawn || canDraw) && (
        <button
          type="button"
          onClick$={() => {
            device.tab = 'charts';
            device.charts = isDrawn
              ? device.charts.filter((other) => other !== path) : [...device.charts, path];
          }}>
          {isDrawn ? 'Remove from the chart' : 'Draw in the chart'}
        </button>
      )}
    </Menu>
  );
});

function glow(element: HTMLElement | undefined): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  element?.animate(
    [{ color: 'var(--accent)' }, { color: 'inherit' }], { duration: 400, easing: 'ease-out' },
  );
}
