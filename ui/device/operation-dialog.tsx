// The form of an operation, loaded when one is first asked for.

import {
  component$, noSerialize, useContext, useSignal, useTask$, type Component, type NoSerialize,
} from '@builder.io/qwik';
import { AppContext, say } from '../app-state.ts';
import { DeviceContext } from './context.ts';

export const OperationDialog = component$(() => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const shown = useSignal<NoSerialize<Component>>();
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
  return device.dialog === undefined || Shown === undefined ? null : <Shown />;
});
