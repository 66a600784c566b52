// Choosing several paths of the tree, or typing them, to read, observe or write them in one
// request: the composite operations of LwM2M 1.1.

import { component$, useContext, useSignal } from '@builder.io/qwik';
import { AppContext } from '../app-state.ts';
import { ask, setObserved } from './actions.ts';
import { DeviceContext } from './context.ts';
import { isPath } from './resources.ts';

/** Starts and ends it; not there for a device that would not understand. */
export const PickToggle = component$(() => {
  const device = useContext(DeviceContext);
  const version = device.news?.registration?.lwm2mVersion;
  if (version === undefined || version === '1.0') return null;
  return (
    <button
      type="button" class="btn plain small" aria-pressed={device.picked !== undefined}
      title="Read, observe or write several paths in one request"
      onClick$={() => { device.picked = device.picked === undefined ? [] : undefined; }}>
      Pick several
    </button>
  );
});

export const PickBox = component$(({ path }: { readonly path: string }) => {
  const device = useContext(DeviceContext);
  if (device.picked === undefined) return null;
  return (
    <input
      type="checkbox" aria-label={`Pick ${path}`} checked={device.picked.includes(path)}
      onChange$={(_, input) => {
        const others = (device.picked ?? []).filter((one) => one !== path);
        device.picked = input.checked ? [...others, path] : others;
      }} />
  );
});

export const PickBar = component$(() => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const typed = useSignal('');
  const { picked } = device;
  if (picked === undefined) return null;
  return (
    <form
      class="pick-bar" preventdefault:submit aria-label="Picked paths"
      onSubmit$={() => {
        if (!isPath(typed.value)) return;
        const others = (device.picked ?? []).filter((one) => one !== typed.value);
        device.picked = [...others, typed.value];
        typed.value = '';
      }}>
      {picked.length === 0 && (
        <p class="muted">Mark what belongs together below, or type a path.</p>
      )}
      <div class="chips">
        {picked.map((path) => (
          <button
            key={path} type="button" class="chip mono" title={`Leave ${path} out`}
            onClick$={() => {
              device.picked = device.picked?.filter((one) => one !== path);
            }}>
            {path} ×
          </button>
        ))}
      </div>
      <div class="row wrap">
        <input
          type="text" class="mono" aria-label="Path to add" placeholder="/3/0/9"
          value={typed.value} autoComplete="off" spellcheck={false} autoCapitalize="none"
          aria-invalid={typed.value !== '' && !isPath(typed.value)}
          onInput$={(_, input) => { typed.value = input.value.trim(); }} />
        <button class="btn small">Add</button>
        <span class="row right wrap">
          <button
            type="button" class="btn small" disabled={picked.length === 0}
            onClick$={() => ask(app, device, {
              kind: 'read-composite', paths: [...device.picked ?? []],
            })}>
            Read together
          </button>
          <button
            type="button" class="btn small" disabled={picked.length < 2}
            onClick$={() => setObserved(app, device.endpoint, picked.join('+'), true)}>
            Observe together
          </button>
          <button
            type="button" class="btn small" disabled={picked.length === 0}
            onClick$={() => { device.dialog = { form: 'write together', path: '/' }; }}>
            Write together…
          </button>
        </span>
      </div>
    </form>
  );
});
