// The object tree: names, units, the newest values and how each is obtained, with a menu of what
// can be asked. What the device may have but never told is folded away.

import { component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { AppContext, mayOperate } from '../app-state.ts';
import { exact } from '../format.ts';
import type { DeviceInstance, DeviceObject, Resource } from '../wire.ts';
import { ask } from './actions.ts';
import { DeviceContext, ValuesContext } from './context.ts';
import { isObserving } from './device-state.ts';
import { isOpen, TITLES } from './operation-words.ts';
import { PickBar, PickBox, PickToggle } from './picking.tsx';
import { InstanceMenu, ResourceMenu } from './tree-menus.tsx';
import { unitOf, valueText, wholeValue } from './values.ts';

export const Tree = component$(() => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const { objects } = device;
  return (
    <section class="panel" aria-label="Objects">
      <header>
        <h2>Objects</h2>
        {mayOperate(app) && objects !== undefined && (
          <span class="right row">
            <PickToggle />
            <button
              type="button" class="btn plain small" title="Any operation on a path that is typed"
              onClick$={() => { device.dialog = { form: 'path', path: '/' }; }}>
              Any path
            </button>
          </span>
        )}
      </header>
      <PickBar />
      {objects === undefined && (
        <div class="facts">{[1, 2, 3, 4, 5].map((key) => <i key={key} class="skeleton" />)}</div>
      )}
      {objects?.length === 0 && (
        <p class="chart-empty muted">The device has not registered, so its objects are unknown.</p>
      )}
      <div class={{ tree: true, picking: device.picked !== undefined }}>
        {objects?.map((object) => object.instances.length === 0
          ? <InstanceHead key={object.id} object={object} instance={undefined} />
          : object.instances.map((instance) => (
            <Instance
              key={`${object.id}/${instance.id}`} object={object} instance={instance} />
          )))}
      </div>
    </section>
  );
});

interface HeadProps {
  readonly object: DeviceObject;
  readonly instance: DeviceInstance | undefined;
}

const InstanceHead = component$(({ object, instance }: HeadProps) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const path = instance === undefined ? `/${object.id}` : `/${object.id}/${instance.id}`;
  const isGone = instance?.isListed === false && device.news?.registration !== null;
  return (
    <div class="tree-head">
      <PickBox path={path} />
      <span class="mono faint">{path}</span>
      <span class="name">{object.name}</span>
      {object.version !== '' && object.version !== '1.0' && (
        <span class="faint" title={versionTitle(object)}>{object.version}</span>
      )}
      {isGone && (
        <span class="tag" title="The device does not list it: these are its last values">gone</span>
      )}
      {mayOperate(app) && (
        <span class="right row">
          <button
            type="button" class="btn plain small" title={`Read ${path} now`}
            onClick$={() => ask(app, device, { kind: 'read', path })}>
            Read
          </button>
          <InstanceMenu object={object} path={path} isObject={instance === undefined} />
        </span>
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
  readonly instance: DeviceInstance;
}

const Instance = component$(({ object, instance }: InstanceProps) => {
  const device = useContext(DeviceContext);
  const values = useContext(ValuesContext);
  const isUnfolded = useSignal(false);
  const pathOf = (resource: Resource): string =>
    `/${object.id}/${instance.id}/${resource.id}`;
  const isTold = (resource: Resource): boolean => values[pathOf(resource)] !== undefined
    || device.news !== undefined && isObserving(device.news, pathOf(resource));
  const { resources } = instance;
  const told = resources.filter(isTold);
  const others = resources.filter((resource) => !isTold(resource));
  return (
    <div class="instance">
      <InstanceHead object={object} instance={instance} />
      {(isUnfolded.value ? resources : told).map((resource) => (
        <ResourceRow key={resource.id} path={pathOf(resource)} resource={resource} />
      ))}
      {others.length > 0 && (
        <button
          type="button" class="fold faint" aria-expanded={isUnfolded.value}
          onClick$={() => { isUnfolded.value = !isUnfolded.value; }}>
          {isUnfolded.value ? 'show fewer' : `${others.length} without a value`}
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
  const open = device.news?.operations.find((one) => isOpen(one) && one.path === path);
  return (
    <div class="resource">
      <span class="mono faint id"><PickBox path={path} />/{resource.id}</span>
      <span class="name" title={`${resource.name}, ${resource.type}`}>{resource.name}</span>
      <ResourceValues path={path} resource={resource} />
      {open !== undefined && (
        <span class="tag waiting open">
          {TITLES[open.kind].toLowerCase()} {open.status.toLowerCase()}
        </span>
      )}
      {mayOperate(app)
        ? <ResourceMenu path={path} resource={resource} source={source} />
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

function glow(element: HTMLElement | undefined): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  element?.animate(
    [{ color: 'var(--accent)' }, { color: 'inherit' }], { duration: 400, easing: 'ease-out' },
  );
}
