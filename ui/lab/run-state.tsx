// The state of a run: a colour, a shape and always the word.

import { component$ } from '@builder.io/qwik';
import type { Run } from '../wire.ts';

export const RunState = component$((props: { readonly state: Run['state'] }) => (
  <span class={`state ${props.state}`}>{props.state}</span>
));

/** How much of its virtual time has passed. */
export const RunBar = component$((props: { readonly progress: Run['progress'] }) => {
  const { at, duration } = props.progress;
  return (
    <progress
      max={duration} value={at} aria-label="Virtual time passed"
      title={`${Math.floor(at / duration * 100)} %`} />
  );
});
