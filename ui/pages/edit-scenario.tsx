// Writing a scenario: a new one, one made of another, or an own one changed. The server checks the
// text when asked; what is saved may have mistakes and is not played until they are gone.

import {
  $, component$, useContext, useSignal, useStore, useVisibleTask$, type Signal,
} from '@builder.io/qwik';
import { api, problemOf, problemsOf } from '../api.ts';
import { AppContext, mayOperate, say } from '../app-state.ts';
import { Mistakes } from '../lab/mistakes.tsx';
import { scenarioAddress } from '../lab/words.ts';
import { show } from '../live.ts';
import { Field } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { navigate } from '../router.ts';
import type { Mistake } from '../wire.ts';

const TEMPLATE = `name: Meters in the cellar
why: Do meters stay registered on a bad link?
duration: 6h
fleets:
  meters: { count: 20, network: nb-iot }
expect:
  - registered meters >= 99% from 10m
  - telemetry lost = 0
`;

interface Draft {
  file: string;
  /** undefined: not loaded yet. */
  text: string | undefined;
  saved: string;
  /** undefined: not checked since it changed. */
  mistakes: readonly Mistake[] | undefined;
  problems: { readonly file?: string; readonly text?: string };
}

/** What was written and not saved, by address, for coming back within this page load. */
const unsaved = new Map<string, string>();

export const EditScenarioPage = component$((props: { readonly path: string }) => {
  const app = useContext(AppContext);
  const edited = props.path.startsWith('/lab/edit/') ? props.path.slice('/lab/edit/'.length) : '';
  const draft = useStore<Draft>(
    { file: edited, text: undefined, saved: '', mistakes: undefined, problems: {} },
    { deep: false },
  );
  const area = useSignal<HTMLTextAreaElement>();
  useVisibleTask$(({ cleanup }) => {
    document.title = `${edited === '' ? 'New scenario' : edited} · Flownexus`;
    show({ page: 'other' });
    load(draft, edited).catch((error: unknown) => {
      draft.problems = { text: problemOf(error) };
    });
    const ask = (event: BeforeUnloadEvent): void => {
      if (isChanged(draft)) event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    cleanup(() => window.removeEventListener('beforeunload', ask));
  });
  if (!mayOperate(app)) {
    return <Notice title="For operators only" text="An operator writes and plays scenarios." />;
  }
  return (
    <>
      <div class="page-head device-head">
        <h1>{edited === '' ? 'New scenario' : edited}</h1>
        <EditActions draft={draft} isNew={edited === ''} />
      </div>
      <div class="stack">
        {edited === '' && (
          <Field
            label="File name" value={draft.file} problem={draft.problems.file}
            hint="Like cellar.yaml; it goes to the folder scenarios of the data folder."
            onValue$={$((value: string) => { draft.file = value.trim(); })} />
        )}
        {draft.mistakes !== undefined && draft.mistakes.length > 0 && (
          <Mistakes
            file={draft.file} mistakes={draft.mistakes}
            onGo$={$((mistake: Mistake) => select(area.value, mistake))} />
        )}
        <Editor draft={draft} area={area} />
      </div>
    </>
  );
});

interface EditorProps {
  readonly draft: Draft;
  readonly area: Signal<HTMLTextAreaElement | undefined>;
}

const Editor = component$(({ draft, area }: EditorProps) => (
  <label class="field">
    <span>Text</span>
    {draft.text === undefined && draft.problems.text === undefined && <i class="skeleton" />}
    {draft.text !== undefined && (
      <textarea
        ref={area} class="mono" rows={24} spellcheck={false} autoCapitalize="none" wrap="off"
        value={draft.text}
        onInput$={(_, { value }) => {
          draft.text = value;
          draft.mistakes = undefined;
          unsaved.set(location.pathname + location.search, value);
        }} />
    )}
    {draft.problems.text !== undefined && (
      <span class="problem" role="alert">{draft.problems.text}</span>
    )}
    <span class="faint">The parts of a scenario are in docs/scenarios.md.</span>
  </label>
));

interface EditActionsProps {
  readonly draft: Draft;
  readonly isNew: boolean;
}

const EditActions = component$(({ draft, isNew }: EditActionsProps) => {
  const app = useContext(AppContext);
  const check = $(async () => {
    try {
      draft.mistakes = (await api.lab.check.mutate({ text: draft.text ?? '' })).mistakes;
      draft.problems = {};
    } catch (error) {
      draft.problems = { text: problemOf(error) };
    }
  });
  const save = $(async () => {
    const { file, text = '' } = draft;
    const address = location.pathname + location.search;
    try {
      await api.lab.save.mutate({ file, text, replaces: !isNew });
      draft.saved = text;
      unsaved.delete(address);
      say(app, `${file} is saved.`);
      navigate(scenarioAddress({ shelf: 'own', file }));
    } catch (error) {
      draft.problems = problemsOf(error, isNew ? ['file', 'text'] : ['text']);
    }
  });
  return (
    <div class="row right wrap">
      <span class="muted" role="status">{draft.mistakes?.length === 0 && 'No mistakes'}</span>
      <button type="button" class="btn" onClick$={check}>Check</button>
      <button
        type="button" class="btn primary" onClick$={save}
        disabled={draft.text === undefined || draft.file === ''}>
        Save
      </button>
    </div>
  );
});

async function load(draft: Draft, edited: string): Promise<void> {
  const from = new URLSearchParams(location.search).get('from') ?? `own/${edited}`;
  const [shelf, file = ''] = from.split('/');
  const text = file === '' ? TEMPLATE : (await api.lab.scenario.query({
    shelf: shelf === 'own' ? 'own' : 'shipped', file,
  })).text;
  draft.saved = text;
  draft.text = unsaved.get(location.pathname + location.search) ?? text;
}

function isChanged({ text, saved }: Draft): boolean {
  return text !== undefined && text !== saved;
}

function select(area: HTMLTextAreaElement | undefined, { line, column }: Mistake): void {
  if (area === undefined) return;
  const before = area.value.split('\n').slice(0, line - 1);
  const from = before.reduce((sum, one) => sum + one.length + 1, column - 1);
  const end = area.value.indexOf('\n', from);
  area.focus();
  area.setSelectionRange(from, end === -1 ? area.value.length : end);
}
