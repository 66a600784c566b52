// What is seen before the server has said who is logged in.

import { component$ } from '@builder.io/qwik';

export const Splash = component$((props: { readonly isAway: boolean }) => (
  <div class="login">
    {props.isAway && (
      <div class="notice" role="status">
        <strong>The server does not answer</strong>
        <p>Trying again every two seconds. Is <code>npm start</code> still running?</p>
      </div>
    )}
  </div>
));
