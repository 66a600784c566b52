// The lab: scenarios to play, and the runs there are. Runs come by the live stream alone, which
// sends the whole list first.

import { $, component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext } from '../app-state.ts';
import { RunsPanel } from '../lab/runs-panel.tsx';
import { ScenariosPanel } from '../lab/scenarios-panel.tsx';
import { StartDialog } from '../lab/start-dialog.tsx';
import { onLive, onResume, show } from '../live.ts';
import { SearchField } from '../parts/search-field.tsx';
import { keepInAddress } from '../router.ts';
import type { LiveMessage, Run, Scenario } from '../wire.ts';

export const LabPage = component$(() => {
  const app = useContext(AppContext);
  const scenarios = useSignal<readonly Scenario[]>();
  const runs = useSignal<readonly Run[]>();
  const problem = useSignal<string>();
  const search = useSignal(new URLSearchParams(location.search).get('search') ?? '');
  const chosen = useSignal<Scenario>();
  useVisibleTask$(({ cleanup }) => {
    document.title = 'Lab · Flownexus';
    const load = (): void => {
      api.lab.scenarios.query().then((found) => {
        scenarios.value = found;
        problem.value = undefined;
      }, (error: unknown) => {
        problem.value = problemOf(error);
      });
    };
    cleanup(onLive((message) => { runs.value = takeRuns(runs.value, message); }));
    cleanup(onResume(load));
    show({ page: 'lab' });
    load();
  });
  useVisibleTask$(({ track }) => keepInAddress({ search: track(search) }));

  const words = search.value.trim().toLowerCase();
  return (
    <>
      <div class="page-head">
        <h1>Lab</h1>
        <SearchField
          label="Search scenarios and runs" value={search.value}
          onValue$={$((value: string) => { search.value = value; })} />
        <button
          class="key-button" type="button" aria-label="Go to a device or page, Ctrl K"
          onClick$={() => { app.overlay = 'palette'; }}><kbd>Ctrl K</kbd></button>
      </div>
      {problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>}
      <div class="lab">
        <ScenariosPanel
          scenarios={scenarios.value?.filter((one) => mentions(wordsOfScenario(one), words))}
          onRun$={$((scenario: Scenario) => { chosen.value = scenario; })} />
        <RunsPanel
          runs={runs.value?.filter((one) => mentions(wordsOfRun(one), words))}
          isFiltered={words !== ''} />
      </div>
      {chosen.value !== undefined && (
        <StartDialog
          shelf={chosen.value.shelf} file={chosen.value.file}
          name={chosen.value.facts?.name ?? chosen.value.file}
          seed={chosen.value.facts?.seed ?? 1}
          onClose$={$(() => { chosen.value = undefined; })} />
      )}
    </>
  );
});

function takeRuns(
  before: readonly Run[] | undefined, message: LiveMessage,
): readonly Run[] | undefined {
  if (message.kind === 'runs') return message.runs;
  if (message.kind !== 'runRows') return before;
  const news = new Map(message.runs.map((run) => [run.id, run]));
  return before?.map((run) => news.get(run.id) ?? run);
}

function wordsOfScenario({ file, facts }: Scenario): string {
  return `${file} ${facts?.name ?? ''} ${facts?.why ?? ''} ${facts?.fleets.join(' ') ?? ''}`;
}

function wordsOfRun({ scenario, file, state, by, seed }: Run): string {
  return `${scenario} ${file} ${state} ${by} ${seed}`;
}

function mentions(text: string, words: string): boolean {
  return text.toLowerCase().includes(words);
}
