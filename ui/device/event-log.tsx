// The event logs of a device (object 20): read, started and stopped beside their lines.

import { component$, useContext } from '@builder.io/qwik';
import { AppContext, mayOperate } from '../app-state.ts';
import { collectionOf } from '../logs/words.ts';
import { ask, type Wish } from './actions.ts';
import { DeviceContext, ValuesContext } from './context.ts';

const EVENT_LOG = 20;

export const EventLogs = component$(() => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const values = useContext(ValuesContext);
  const object = device.objects?.find(({ id }) => id === EVENT_LOG);
  return (
    <>
      {object?.instances.map(({ id }) => {
        const path = `/${EVENT_LOG}/${id}`;
        return (
          <div key={id} class="chart-head event-log">
            <span>
              Event log <span class="mono faint">{path}</span>{' '}
              <span class="muted">{collectionOf(values[`${path}/4013`]?.[0]?.value.value)}</span>
            </span>
            {mayOperate(app) && (
              <span class="row">
                <Asks label="Read now" wish={{ kind: 'read', path }} />
                <Asks
                  label="Start"
                  // What it collected before stays.
                  wish={{ kind: 'execute', path: `${path}/4011`, arguments: "0='1'" }} />
                <Asks
                  label="Stop" wish={{ kind: 'execute', path: `${path}/4012`, arguments: '' }} />
              </span>
            )}
          </div>
        );
      })}
    </>
  );
});

const Asks = component$(({ label, wish }: { readonly label: string; readonly wish: Wish }) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  return (
    <button
      type="button" class="btn small"
      onClick$={async () => {
        await ask(app, device, wish);
        if (wish.kind !== 'execute') return;
        await ask(app, device, { kind: 'read', path: wish.path.replace(/\d+$/, '4013') }, true);
      }}>
      {label}
    </button>
  );
});
