// An empty or failed state in place: what is the case, and what to do next.

import { component$, Slot } from '@builder.io/qwik';

interface NoticeProps {
  readonly title: string;
  readonly text: string;
}

export const Notice = component$((props: NoticeProps) => (
  <div class="notice">
    <strong>{props.title}</strong>
    <p>{props.text}</p>
    <Slot />
  </div>
));
