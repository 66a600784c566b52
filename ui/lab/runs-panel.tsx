// The list of runs, newest first, kept current by the live stream.

import { component$ } from '@builder.io/qwik';
import { Notice } from '../parts/notice.tsx';
import { Scroll } from '../parts/scroll.tsx';
import type { Run } from '../wire.ts';
import { RunBar, RunState } from './run-state.tsx';
import { hasEnded, runAddress, speed, took, virtual } from './words.ts';

interface RunsPanelProps {
  /** undefined: not known yet. */
  readonly runs: readonly Run[] | undefined;
  readonly isFiltered: boolean;
}

export const RunsPanel = component$(({ runs, isFiltered }: RunsPanelProps) => {
  const open = runs?.filter((run) => !hasEnded(run)).length ?? 0;
  return (
    <section class="panel list" aria-label="Runs">
      <header>
        <h2>Runs</h2>
        {open > 0 && <span class="muted">{open === 1 ? '1 is' : `${open} are`} not over yet</span>}
        <a class="btn small right" href="/lab/compare">Compare two</a>
      </header>
      {runs === undefined && <p class="chart-empty"><i class="skeleton" /></p>}
      {runs?.length === 0 && (isFiltered
        ? <Notice title="No run matches" text="No run has these words." />
        : <Notice title="No run yet" text="Choose a scenario and press Run." />)}
      {runs !== undefined && runs.length > 0 && <RunTable runs={runs} />}
    </section>
  );
});

const RunTable = component$(({ runs }: { readonly runs: readonly Run[] }) => (
  <Scroll label="Runs">
    <table class="rows">
      <thead>
        <tr>
          <th>State</th><th>Scenario</th><th class="num">Seed</th>
          <th class="num wide-only">Virtual time</th><th class="num wide-only">Took</th>
          <th class="num wide-only">× real time</th><th class="num">Started</th>
          <th class="wide-only">By</th>
        </tr>
      </thead>
      <tbody>{runs.map((run) => <RunRow key={run.id} run={run} />)}</tbody>
    </table>
  </Scroll>
));

const RunRow = component$(({ run }: { readonly run: Run }) => {
  const { id, state, scenario, seed, by, askedAt, reason, progress } = run;
  return (
    <tr>
      <td title={reason}><RunState state={state} /></td>
      <td class="name">
        <a class="row-link" href={runAddress(id)}>{scenario}</a>
        {state === 'running' && <RunBar progress={progress} />}
      </td>
      <td class="num">{seed}</td>
      <td class="num nowrap wide-only">{virtual(progress.duration)}</td>
      <td class="num nowrap wide-only">{took(progress.tookMs)}</td>
      <td class="num nowrap wide-only">{speed(run)}</td>
      <td class="num nowrap muted"><time-ago at={String(askedAt)} /></td>
      <td class="wide-only muted">{by}</td>
    </tr>
  );
});
