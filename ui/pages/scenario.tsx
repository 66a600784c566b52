// One scenario: its text as it stands in the file, what is wrong with it, and the way to play it.

import { $, component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { api, isMissing, problemOf } from '../api.ts';
import { AppContext, mayOperate, say } from '../app-state.ts';
import { Mistakes } from '../lab/mistakes.tsx';
import { StartDialog } from '../lab/start-dialog.tsx';
import { virtual } from '../lab/words.ts';
import { onResume, show } from '../live.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Notice } from '../parts/notice.tsx';
import { navigate } from '../router.ts';
import type { ScenarioText } from '../wire.ts';

export const ScenarioPage = component$((props: { readonly path: string }) => {
  const scenario = useSignal<ScenarioText | null>();
  const problem = useSignal<string>();
  useVisibleTask$(({ cleanup }) => {
    document.title = 'Scenario · Flownexus';
    const [, , , shelf, file = ''] = props.path.split('/');
    const load = async (): Promise<void> => {
      try {
        const place = { shelf: shelf === 'own' ? 'own' : 'shipped', file } as const;
        scenario.value = await api.lab.scenario.query(place);
        problem.value = undefined;
        document.title = `${scenario.value.facts?.name ?? file} · Flownexus`;
      } catch (error) {
        if (isMissing(error)) scenario.value = null;
        else problem.value = problemOf(error);
      }
    };
    cleanup(onResume(() => { void load(); }));
    show({ page: 'other' });
    void load();
  });

  if (problem.value !== undefined) return <p class="problem" role="alert">{problem.value}</p>;
  if (scenario.value === undefined) return <p class="chart-empty"><i class="skeleton" /></p>;
  if (scenario.value === null) {
    return (
      <Notice title="There is no such scenario" text="It was deleted, or has another name now.">
        <a class="btn" href="/lab">To the lab</a>
      </Notice>
    );
  }
  const { facts, file, text, mistakes } = scenario.value;
  return (
    <>
      <ScenarioHead scenario={scenario.value} />
      {facts !== null && <p class="muted why">{facts.why}</p>}
      <div class="stack">
        {mistakes.length > 0 && <Mistakes file={file} mistakes={mistakes} />}
        <Source text={text} lines={mistakes.map(({ line }) => line)} />
      </div>
    </>
  );
});

const ScenarioHead = component$(({ scenario }: { readonly scenario: ScenarioText }) => {
  const app = useContext(AppContext);
  const dialog = useSignal<'run' | 'delete'>();
  const close = $(() => { dialog.value = undefined; });
  const { shelf, file, facts } = scenario;
  const remove = $(async () => {
    await api.lab.remove.mutate({ file });
    say(app, `${file} is deleted.`);
    navigate('/lab');
  });
  return (
    <div class="page-head device-head">
      <h1>{facts?.name ?? file}</h1>
      {facts !== null && (
        <>
          <span class="tag">{virtual(facts.duration)}</span>
          {facts.fleets.map((fleet) => <span key={fleet} class="tag">{fleet}</span>)}
        </>
      )}
      {mayOperate(app) && (
        <div class="row right wrap">
          {facts?.isOutside === true && (
            <span class="muted">
              reaches programs outside: play it with <code>flownexus run</code>
            </span>
          )}
          {facts?.isOutside === false && (
            <button
              type="button" class="btn primary" onClick$={() => { dialog.value = 'run'; }}>
              Run
            </button>
          )}
          {shelf === 'own' && <a class="btn" href={`/lab/edit/${file}`}>Edit</a>}
          <a class="btn" href={`/lab/new?from=${shelf}/${file}`}>Make another of it</a>
          {shelf === 'own' && (
            <button
              type="button" class="btn danger" onClick$={() => { dialog.value = 'delete'; }}>
              Delete
            </button>
          )}
        </div>
      )}
      {dialog.value === 'run' && facts !== null && (
        <StartDialog
          shelf={shelf} file={file} name={facts.name} seed={facts.seed} onClose$={close} />
      )}
      {dialog.value === 'delete' && (
        <ConfirmDialog title={`Delete ${file}?`} name={file} onConfirm$={remove} onClose$={close}>
          The text is deleted for good. Runs that were made of it stay, each with a copy.
        </ConfirmDialog>
      )}
    </div>
  );
});

interface SourceProps {
  readonly text: string;
  /** Where mistakes are. */
  readonly lines: readonly number[];
}

const Source = component$(({ text, lines }: SourceProps) => (
  <section class="panel" aria-label="Text">
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Text of the scenario">
      <ol class="source">
        {text.replace(/\n$/, '').split('\n').map((line, index) => (
          <li key={index} class={{ wrong: lines.includes(index + 1) }}><code>{line}</code></li>
        ))}
      </ol>
    </div>
  </section>
));
