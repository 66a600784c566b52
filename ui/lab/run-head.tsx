// The head of a run's page: what it is, how it stands, and what can be done with it.

import { $, component$, useContext, useSignal } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, mayOperate, say } from '../app-state.ts';
import { Menu } from '../parts/menu.tsx';
import { navigate } from '../router.ts';
import type { Run } from '../wire.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { RunState } from './run-state.tsx';
import { StartDialog } from './start-dialog.tsx';
import { hasEnded, hasResult } from './words.ts';

export const RunHead = component$(({ run }: { readonly run: Run }) => (
  <div class="page-head device-head">
    <h1>{run.scenario}</h1>
    <RunState state={run.state} />
    <span class="tag">seed {run.seed}</span>
    <div class="row right wrap">
      {hasResult(run) && (
        <>
          <a
            class="btn primary" href={`/files/runs/${run.id}/report.html`} target="_blank"
            rel="noreferrer">
            Report
          </a>
          <a class="btn" href={`/lab/compare?a=${run.id}`}>Compare</a>
        </>
      )}
      <Downloads run={run} />
      <Actions run={run} />
    </div>
  </div>
));

const Downloads = component$(({ run }: { readonly run: Run }) => {
  const files = hasResult(run) ? ['result.json', 'run.duckdb', 'scenario.yaml'] : ['scenario.yaml'];
  return (
    <Menu label="Download">
      {files.map((file) => (
        <a key={file} href={`/files/runs/${run.id}/${file}`} download={file}>{file}</a>
      ))}
    </Menu>
  );
});

const Actions = component$(({ run }: { readonly run: Run }) => {
  const app = useContext(AppContext);
  const dialog = useSignal<'again' | 'delete'>();
  const close = $(() => { dialog.value = undefined; });
  const stop = $(async () => {
    try {
      await api.lab.stop.mutate({ id: run.id });
    } catch (error) {
      say(app, problemOf(error), 'bad');
    }
  });
  const forget = $(async () => {
    await api.lab.forget.mutate({ id: run.id });
    say(app, 'The run is deleted.');
    navigate('/lab');
  });
  if (!mayOperate(app)) return null;
  return (
    <>
      <button type="button" class="btn" onClick$={() => { dialog.value = 'again'; }}>
        Run again
      </button>
      {hasEnded(run)
        ? (
          <button type="button" class="btn danger" onClick$={() => { dialog.value = 'delete'; }}>
            Delete
          </button>
        )
        : <button type="button" class="btn danger" onClick$={stop}>Stop</button>}
      {dialog.value === 'again' && (
        <StartDialog
          shelf={run.shelf} file={run.file} name={run.scenario} seed={run.seed} onClose$={close} />
      )}
      {dialog.value === 'delete' && (
        <ConfirmDialog title="Delete this run?" name="" onConfirm$={forget} onClose$={close}>
          Its report and files are deleted for good. Scenario and seed make the same run again.
        </ConfirmDialog>
      )}
    </>
  );
});
