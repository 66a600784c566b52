// The palette or the list of shortcuts, loaded when first asked for.

import {
  component$, noSerialize, useContext, useSignal, useTask$, type Component, type NoSerialize,
} from '@builder.io/qwik';
import { AppContext } from '../app-state.ts';

export const Overlay = component$(() => {
  const app = useContext(AppContext);
  const shown = useSignal<NoSerialize<Component>>();
  useTask$(async ({ track }) => {
    const overlay = track(() => app.overlay);
    shown.value = undefined;
    if (overlay === 'palette') {
      shown.value = noSerialize((await import('./palette.tsx')).Palette);
    } else if (overlay === 'shortcuts') {
      shown.value = noSerialize((await import('./shortcuts.tsx')).Shortcuts);
    }
  });
  const Shown = shown.value;
  return Shown === undefined ? null : <Shown />;
});
