// What can be asked of an object, an instance or a resource: what its definition allows, in menus.

import { component$, useContext } from '@builder.io/qwik';
import { AppContext } from '../app-state.ts';
import { Menu } from '../parts/menu.tsx';
import type { DeviceObject, Resource } from '../wire.ts';
import { ask, setObserved } from './actions.ts';
import { DeviceContext } from './context.ts';
import { CHARTS_MAX, type DialogAbout } from './device-state.ts';
import { allows } from './operation-words.ts';

interface OpensProps extends DialogAbout {
  readonly label: string;
}

/** A line of a menu that opens a form. */
const Opens = component$(({ form, path, label }: OpensProps) => {
  const device = useContext(DeviceContext);
  return (
    <button type="button" onClick$={() => { device.dialog = { form, path }; }}>{label}</button>
  );
});

interface AsksProps {
  readonly kind: 'read' | 'discover';
  readonly path: string;
  readonly label: string;
}

/** A line of a menu that asks at once. */
const Asks = component$(({ kind, path, label }: AsksProps) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  return (
    <button type="button" onClick$={() => ask(app, device, { kind, path })}>{label}</button>
  );
});

type ObservesProps = Omit<AsksProps, 'kind'>;

/** Switches the observation of exactly this path. */
const Observes = component$(({ path, label }: ObservesProps) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const isObserved = device.news?.observing.includes(path) ?? false;
  return (
    <button type="button" onClick$={() => setObserved(app, device.endpoint, path, !isObserved)}>
      {isObserved ? 'Stop observing' : label}
    </button>
  );
});

interface ResourceMenuProps {
  readonly path: string;
  readonly resource: Resource;
  readonly source: 'observed' | 'read' | 'never';
}

export const ResourceMenu = component$(({ path, resource, source }: ResourceMenuProps) => {
  const device = useContext(DeviceContext);
  const isReadable = allows(resource, 'R');
  const isDrawn = device.charts.includes(path);
  const canDraw = resource.numeric && device.charts.length < CHARTS_MAX;
  if (resource.operations === '') {
    return <span class="how" title="For the bootstrap server alone">bootstrap</span>;
  }
  const label = isReadable ? source : allows(resource, 'E') ? 'execute' : 'write';
  return (
    <Menu label={label} class={`how ${label}`} title={`${path}: what can be asked`}>
      {isReadable && <Asks kind="read" path={path} label="Read now" />}
      {(allows(resource, 'W')) && <Opens form="write" path={path} label="Write…" />}
      {(allows(resource, 'E') || resource.type === 'unknown') && (
        <Opens form="execute" path={path} label="Execute…" />
      )}
      {isReadable && <Observes path={path} label="Observe" />}
      {isReadable && <Opens form="attributes" path={path} label="Attributes…" />}
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

interface InstanceMenuProps {
  readonly object: DeviceObject;
  /** Of the instance, or of the object when it has none. */
  readonly path: string;
  readonly isObject: boolean;
}

export const InstanceMenu = component$(({ object, path, isObject }: InstanceMenuProps) => {
  const whole = `/${object.id}`;
  return (
    <Menu label="More" class="btn plain small" title={`${path}: what else can be asked`}>
      {!isObject && (
        <>
          <span class="menu-head faint">Instance <span class="mono">{path}</span></span>
          <Opens form="write" path={path} label="Write values…" />
          <Opens form="attributes" path={path} label="Attributes…" />
          <Observes path={path} label="Observe as a whole" />
          <Asks kind="discover" path={path} label="Discover" />
          <Opens form="delete" path={path} label="Delete…" />
        </>
      )}
      <span class="menu-head faint">Object <span class="mono">{whole}</span></span>
      <Asks kind="read" path={whole} label="Read all instances" />
      {(object.multiple || isObject) && (
        <Opens form="create" path={whole} label="New instance…" />
      )}
      <Observes path={whole} label="Observe all instances" />
      <Opens form="attributes" path={whole} label="Attributes of all…" />
      <Asks kind="discover" path={whole} label="Discover all" />
    </Menu>
  );
});
