// A run in figures: how far it is while it plays, what it was when it is over, and the command that
// plays it again.

import { component$, useSignal } from '@builder.io/qwik';
import { count, day } from '../format.ts';
import type { Run, RunFindings } from '../wire.ts';
import { RunBar } from './run-state.tsx';
import { clock, hasEnded, scenarioAddress, speed, took, virtual } from './words.ts';

interface RunFactsProps {
  readonly run: Run;
  readonly findings: RunFindings | null;
}

/** Followed while the run waits or plays. */
export const RunProgress = component$(({ run }: { readonly run: Run }) => {
  const { progress } = run;
  return (
    <section class="panel" aria-label="Progress">
      <header>
        <h2>Progress</h2>
        <span class="muted" role="status">{phaseOf(run)}</span>
      </header>
      <div class="body stack">
        <RunBar progress={progress} />
        <dl class="figures">
          <div><dt>Virtual time</dt><dd>{clock(progress.at)}</dd></div>
          <div><dt>of</dt><dd>{virtual(progress.duration)}</dd></div>
          <div><dt>× real time</dt><dd>{speed(run) || '—'}</dd></div>
          <div>
            <dt>Registered</dt>
            <dd>{count(progress.registered)} of {count(progress.devices)}</dd>
          </div>
          <div><dt>Events</dt><dd>{count(progress.steps)}</dd></div>
          <div><dt>Took</dt><dd>{took(progress.tookMs) || '—'}</dd></div>
        </dl>
      </div>
    </section>
  );
});

function phaseOf({ state, progress: { at, duration } }: Run): string {
  if (state === 'waiting') return 'Waits until another run has ended';
  if (at === 0) return 'Starts';
  return at === duration ? 'Writes its report' : `${Math.floor(at / duration * 100)} %`;
}

export const RunFacts = component$(({ run, findings }: RunFactsProps) => {
  const { progress } = run;
  return (
    <section class="panel" aria-label="Facts">
      <header><h2>Facts</h2></header>
      <dl class="facts">
        <dt>Scenario</dt>
        <dd><a class="link" href={scenarioAddress(run)}>{run.file}</a></dd>
        <dt>Seed</dt><dd>{run.seed}</dd>
        <dt>Devices</dt><dd>{count(progress.devices)}</dd>
        <dt>Virtual time</dt><dd>{virtual(progress.duration)}</dd>
        {hasEnded(run) && (
          <>
            <dt>Took</dt><dd>{took(progress.tookMs) || '—'}</dd>
            <dt>× real time</dt><dd>{speed(run) || '—'}</dd>
            <dt>Events</dt><dd>{count(progress.steps)}</dd>
          </>
        )}
        <dt>Started by</dt><dd>{run.by}</dd>
        <dt>Started</dt><dd>{day(run.askedAt)}</dd>
        {run.endedAt !== null && <><dt>Ended</dt><dd>{day(run.endedAt)}</dd></>}
        {findings !== null && (
          <>
            <dt>Flownexus</dt><dd>{findings.version}</dd>
            <dt>Trace</dt><dd class="mono">{findings.traceHash}</dd>
          </>
        )}
      </dl>
    </section>
  );
});

export const Again = component$(({ command }: { readonly command: string }) => {
  const label = useSignal('Copy');
  return (
    <section class="panel" aria-label="Run it again">
      <header>
        <h2>Run it again</h2>
        <span class="muted wide-only">From where the server was started</span>
        <button
          type="button" class="btn small right"
          onClick$={async () => {
            // Without https there is no clipboard; the text can be selected.
            await navigator.clipboard?.writeText(command);
            label.value = navigator.clipboard === undefined ? 'Select it' : 'Copied';
          }}>
          {label.value}
        </button>
      </header>
      <p class="body"><code class="address command">{command}</code></p>
    </section>
  );
});
