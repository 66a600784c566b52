// One run: followed while it plays, then what came out of it. Kept current by the live stream; the
// findings are asked for when it has ended.

import { component$, useSignal, useStore, useVisibleTask$ } from '@builder.io/qwik';
import { api, isMissing, problemOf } from '../api.ts';
import { Findings } from '../lab/findings.tsx';
import { Again, RunFacts, RunProgress } from '../lab/run-facts.tsx';
import { RunHead } from '../lab/run-head.tsx';
import { hasEnded, hasResult } from '../lab/words.ts';
import { onLive, onResume, show } from '../live.ts';
import { Notice } from '../parts/notice.tsx';
import type { Run, RunFindings } from '../wire.ts';

interface RunPageState {
  run: Run | undefined;
  findings: RunFindings | null;
  isGone: boolean;
}

export const RunPage = component$((props: { readonly path: string }) => {
  const id = props.path.slice('/lab/run/'.length);
  const page = useStore<RunPageState>(
    { run: undefined, findings: null, isGone: false }, { deep: false },
  );
  const problem = useSignal<string>();
  useVisibleTask$(({ cleanup }) => {
    document.title = 'Run · Flownexus';
    const load = (): void => {
      api.lab.run.query({ id }).then(({ run, findings }) => {
        take(page, run);
        page.findings = findings;
        page.isGone = false;
        problem.value = undefined;
      }, (error: unknown) => {
        if (isMissing(error)) page.isGone = true;
        else problem.value = problemOf(error);
      });
    };
    cleanup(onLive((message) => {
      if (message.kind !== 'run') return;
      if (message.run === null) page.isGone = true;
      else if (message.run.id === id) {
        take(page, message.run);
        if (hasResult(message.run) && page.findings === null) load();
      }
    }));
    cleanup(onResume(load));
    show({ page: 'run', id });
    load();
  });

  const { run, findings } = page;
  if (page.isGone) {
    return (
      <Notice title="There is no such run" text="It was deleted, or made room for newer ones.">
        <a class="btn" href="/lab">To the lab</a>
      </Notice>
    );
  }
  if (problem.value !== undefined) return <p class="problem" role="alert">{problem.value}</p>;
  if (run === undefined) return <p class="chart-empty"><i class="skeleton" /></p>;
  return (
    <>
      <RunHead run={run} />
      <p class="muted why">{run.why}</p>
      <div class="run">
        <div class="stack">
          {!hasEnded(run) && <RunProgress run={run} />}
          {run.reason !== '' && <Unfinished run={run} />}
          {findings !== null && <Findings findings={findings} />}
          <Again command={run.command} />
        </div>
        <RunFacts run={run} findings={findings} />
      </div>
    </>
  );
});

const Unfinished = component$(({ run }: { readonly run: Run }) => (
  <section class="panel" aria-label="No verdict">
    <header><h2>No verdict</h2></header>
    <p class="body">{`${run.reason.charAt(0).toUpperCase()}${run.reason.slice(1)}.`}</p>
  </section>
));

function take(page: RunPageState, run: Run): void {
  // An answer may be older than what the stream has told meanwhile.
  if (page.run !== undefined && hasEnded(page.run)) return;
  page.run = run;
  document.title = `${run.scenario}, ${run.state} · Flownexus`;
}
