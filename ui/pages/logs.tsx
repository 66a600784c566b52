// Log lines of which nobody knows whose they are. Those of a device are on its page.

import { component$, useVisibleTask$ } from '@builder.io/qwik';
import { LogPanel } from '../logs/log-panel.tsx';

export const LogsPage = component$(() => {
  useVisibleTask$(() => {
    document.title = 'Unmatched logs · Flownexus';
  });
  return (
    <>
      <div class="page-head">
        <h1>Unmatched log lines</h1>
        <span class="muted">Those of a device are on its page</span>
      </div>
      <section class="panel" aria-label="Unmatched log lines"><LogPanel endpoint={null} /></section>
      <p class="faint under-panel">
        A line is of the one device that is registered from its address. Where several are, behind
        one router, it must name its device; with the token of its profile it may do so from
        anywhere.
      </p>
    </>
  );
});
