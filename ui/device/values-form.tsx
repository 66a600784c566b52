// Writing values: of a resource, of an instance, of a new instance, or of paths picked together.

import {
  $, component$, useContext, useSignal, type QRL, type Signal,
} from '@builder.io/qwik';
import { problemOf } from '../api.ts';
import { AppContext } from '../app-state.ts';
import { Field } from '../parts/field.tsx';
import { request } from './actions.ts';
import { DeviceContext, ValuesContext } from './context.ts';
import type { DialogAbout } from './device-state.ts';
import { draftNamed, draftOf, problemIn, type Draft } from './drafts.ts';
import { ValueEditor } from './editor.tsx';
import { OperationForm } from './operation-form.tsx';
import { nextPath, numbered, planOf, wishOf } from './plans.ts';
import { idsOf, isPath, resourceAt } from './resources.ts';

interface Problem {
  /** Of the value it is about; undefined: the whole. */
  readonly path: string | undefined;
  readonly text: string;
}

export const ValuesForm = component$(({ about }: { readonly about: DialogAbout }) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const values = useContext(ValuesContext);
  // As it is when the form opens: values that come meanwhile do not change what is being written.
  const { value: plan } = useSignal(() => planOf(about, {
    objects: device.objects ?? [], values, picked: device.picked ?? [],
  }));
  const drafts = useSignal(plan.drafts);
  const mode = useSignal<'update' | 'replace'>('update');
  const instance = useSignal('');
  const problem = useSignal<Problem>();
  const levels = idsOf(about.path).length;

  const send = $(async (waitAtMost: number | undefined) => {
    const chosen = drafts.value.filter(({ isChosen }) => isChosen);
    const wrong = chosen.find((draft) => problemIn(draft) !== undefined);
    if (wrong !== undefined) {
      problem.value = { path: wrong.path, text: problemIn(wrong) ?? '' };
      return false;
    }
    const [named, sent] = numbered(about, plan, chosen, instance.value.trim());
    try {
      await request(app, device, wishOf(named, sent, mode.value), { waitAtMost });
      return true;
    } catch (error) {
      const text = problemOf(error);
      problem.value = { path: chosen[draftNamed(sent, text)]?.path, text };
      return false;
    }
  });
  return (
    <OperationForm
      title={plan.title} action={about.form === 'create' ? 'Create' : 'Write'} isWide={plan.isList}
      problem={problem.value?.path === undefined ? problem.value?.text : undefined}
      onSubmit$={send}>
      {about.form === 'write' && levels === 2 && <ModeChoice mode={mode} />}
      {about.form === 'create' && levels === 1 && (
        <Field
          label="Instance" value={instance.value}
          hint="A number; the device chooses it when nothing stands here."
          onValue$={$((value: string) => { instance.value = value; })} />
      )}
      {plan.leftOut.length > 0 && (
        <p class="muted">Left out, since it cannot be written: {plan.leftOut.join(', ')}.</p>
      )}
      <DraftList drafts={drafts} problem={problem} isList={plan.isList} />
      {plan.isList && <AddDraft drafts={drafts} base={plan.base} />}
    </OperationForm>
  );
});

interface DraftsProps {
  readonly drafts: Signal<readonly Draft[]>;
}

interface DraftListProps extends DraftsProps {
  readonly problem: Signal<Problem | undefined>;
  readonly isList: boolean;
}

const DraftList = component$(({ drafts, problem, isList }: DraftListProps) => {
  const put = $((draft: Draft) => {
    problem.value = undefined;
    drafts.value = drafts.value.map((one) => one.path === draft.path ? draft : one);
  });
  const first = Math.max(0, drafts.value.findIndex(({ isChosen }) => isChosen));
  return (
    <div class="drafts">
      {drafts.value.map((draft, index) => (
        <DraftRow
          key={draft.path} draft={draft} isList={isList} isFirst={index === first} onDraft$={put}
          problem={problem.value?.path === draft.path ? problem.value.text
            // An empty field is only told of when it is sent.
            : draft.isChosen && draft.text !== '' ? problemIn(draft) : undefined} />
      ))}
      {drafts.value.length === 0 && (
        <p class="muted">Nothing here is known to be writable. Name it below.</p>
      )}
    </div>
  );
});

interface DraftRowProps {
  readonly draft: Draft;
  readonly isList: boolean;
  readonly isFirst: boolean;
  readonly problem: string | undefined;
  readonly onDraft$: QRL<(draft: Draft) => void>;
}

const DraftRow = component$((props: DraftRowProps) => {
  const { draft: { path, facts, isChosen } } = props;
  const resourceInstance = idsOf(path)[3];
  return (
    <div class="draft">
      <label class="row">
        {props.isList && (
          <input
            type="checkbox" checked={isChosen}
            onChange$={(_, input) => props.onDraft$({ ...props.draft, isChosen: input.checked })} />
        )}
        <span>{facts.name}{resourceInstance === undefined ? '' : ` ${resourceInstance}`}</span>
        <span class="mono faint">{path}</span>
        {facts.mandatory && props.isList && <span class="tag">mandatory</span>}
      </label>
      <ValueEditor
        draft={props.draft} isFirst={props.isFirst} problem={props.problem}
        onDraft$={props.onDraft$} />
    </div>
  );
});

const ModeChoice = component$(({ mode }: { readonly mode: Signal<'update' | 'replace'> }) => (
  <div class="row wrap">
    <span class="segmented">
      {(['update', 'replace'] as const).map((one) => (
        <button
          key={one} type="button" aria-pressed={mode.value === one}
          onClick$={() => { mode.value = one; }}>
          {one === 'update' ? 'Update' : 'Replace'}
        </button>
      ))}
    </span>
    <span class="muted">
      {mode.value === 'update' ? 'What is not chosen stays as it is.'
        : 'The device drops what is not chosen.'}
    </span>
  </div>
));

interface AddDraftProps extends DraftsProps {
  readonly base: string;
}

const AddDraft = component$(({ drafts, base }: AddDraftProps) => {
  const { objects } = useContext(DeviceContext);
  const typed = useSignal<string>();
  const path = typed.value ?? nextPath(base, drafts.value);
  const isUsable = isPath(path) && idsOf(path).length > 2
    && drafts.value.every((one) => one.path !== path);
  return (
    <div class="row wrap">
      <label class="row">
        <span class="muted">Another value at</span>
        <input
          type="text" class="mono" value={path} autoComplete="off" spellcheck={false}
          onInput$={(_, input) => { typed.value = input.value.trim(); }} />
      </label>
      <button
        type="button" class="btn" disabled={!isUsable}
        onClick$={() => {
          const facts = resourceAt(objects ?? [], path);
          drafts.value = [...drafts.value, draftOf(path, facts, undefined, true)];
          typed.value = undefined;
        }}>
        Add
      </button>
    </div>
  );
});
