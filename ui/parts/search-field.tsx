// The search of a page; "/" brings the focus here, Escape empties it.

import { component$, type QRL } from '@builder.io/qwik';

interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onValue$: QRL<(value: string) => void>;
}

export const SearchField = component$((props: SearchFieldProps) => (
  <div class="search" role="search">
    <input
      type="search" aria-label={props.label} placeholder={props.label} value={props.value}
      spellcheck={false} autoComplete="off"
      onInput$={(_, input) => props.onValue$(input.value)}
      onKeyDown$={(event, input) => {
        if (event.key !== 'Escape') return;
        props.onValue$('');
        input.blur();
      }} />
    <kbd aria-hidden="true">/</kbd>
  </div>
));
