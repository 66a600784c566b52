// The form of an operation, loaded when one is first asked for.

import {
  component$, noSerialize, useContext, useSignal, useTask$, type Component, type NoSerialize,
} from '@builder.io/qwik';
import { AppContext, say } from '../app-state.ts';
import { DeviceContext } from './context.ts';
import type { DeviceState, DialogAbout } from './device-state.ts';

export const OperationDialog = component$(() => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const shown = useSignal<NoSerialize<Component<{ readonly about: DialogAbout }>>>();
  useTask$(async ({ track }) => {
    if (track(() => device.dialog) === undefined || shown.value !== undefined) return;
    try {
      shown.value = noSerialize((await import('./forms.tsx')).Forms);
    } catch {
      device.dialog = undefined;
      say(app, 'This did not load. Reload the page to try again.', 'bad');
    }
  });
  const Shown = shown.value;
  const about = openedIn(device);
  return about === undefined || Shown === undefined ? null
    : <Shown key={`${about.form} ${about.path}`} about={about} />;
});

/** By a call, or Qwik would let the form follow the store, where it is over before the form is. */
function openedIn(device: DeviceState): DialogAbout | undefined {
  return device.dialog;
}
