// Object models: what the server knows of objects, and the way to add what it does not.

import { $, component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, isAdmin } from '../app-state.ts';
import { onResume, show } from '../live.ts';
import { ModelPage } from '../models/model.tsx';
import { ModelTable } from '../models/table.tsx';
import { UploadButton } from '../models/upload-button.tsx';
import { matchesWords } from '../models/words.ts';
import { Notice } from '../parts/notice.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { keepInAddress } from '../router.ts';
import type { Model, ModelList } from '../wire.ts';

export const ModelPages = component$((props: { readonly path: string }) => (
  props.path === '/models' ? <ModelsPage /> : <ModelPage path={props.path} />
));

const ModelsPage = component$(() => {
  const app = useContext(AppContext);
  const list = useSignal<ModelList>();
  const problem = useSignal<string>();
  const refused = useSignal<readonly string[]>([]);
  const search = useSignal(new URLSearchParams(location.search).get('search') ?? '');
  const load = $(async () => {
    try {
      list.value = await api.models.list.query();
      problem.value = undefined;
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  useVisibleTask$(({ cleanup }) => {
    document.title = 'Models · Flownexus';
    cleanup(onResume(() => { void load(); }));
    show({ page: 'other' });
    void load();
  });
  useVisibleTask$(({ track }) => keepInAddress({ search: track(search) }));

  const models = list.value?.models.filter((model) => matchesWords(model, search.value));
  return (
    <>
      <div class="page-head">
        <h1>Models</h1>
        <SearchField
          label="Search objects" value={search.value}
          onValue$={$((value: string) => { search.value = value; })} />
        {isAdmin(app) && (
          <UploadButton
            onDone$={$((sentences: readonly string[]) => {
              refused.value = sentences;
              return load();
            })} />
        )}
      </div>
      {problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>}
      <div class="stack">
        {refused.value.length > 0 && <Sentences title="Not added" sentences={refused.value} />}
        <ModelsPanel models={models} />
        {list.value !== undefined && list.value.problems.length > 0 && (
          <Sentences title="Not read when the server started" sentences={list.value.problems} />
        )}
      </div>
      <p class="faint under-panel">
        A device says which version of an object it means when it registers, and is read by that.
        What was stored before a model was added stays as it is.
      </p>
    </>
  );
});

const ModelsPanel = component$((props: { readonly models: readonly Model[] | undefined }) => (
  <section class="panel" aria-label="Models">
    {props.models === undefined && <p class="chart-empty"><i class="skeleton" /></p>}
    {props.models?.length === 0 && (
      <Notice
        title="No object matches"
        text="An object that is not here is shown by its numbers until its definition is added." />
    )}
    {props.models !== undefined && props.models.length > 0 && <ModelTable models={props.models} />}
  </section>
));

interface SentencesProps {
  readonly title: string;
  readonly sentences: readonly string[];
}

const Sentences = component$(({ title, sentences }: SentencesProps) => (
  <section class="panel" role="alert">
    <header><h2>{title}</h2></header>
    <ul class="mistakes">
      {sentences.map((sentence) => <li key={sentence}><span>{sentence}</span></li>)}
    </ul>
  </section>
));
