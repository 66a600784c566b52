// What may be wider than the page, scrolled by hand or by keys.

import { component$, Slot } from '@builder.io/qwik';

export const Scroll = component$((props: { readonly label: string }) => (
  <div class="scroll-x" tabIndex={0} role="region" aria-label={props.label}><Slot /></div>
));
