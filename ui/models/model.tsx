// One version of one object: what it is for and what each of its resources is.

import { $, component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { api, isMissing, problemOf } from '../api.ts';
import { AppContext, isAdmin, say } from '../app-state.ts';
import { onResume, show } from '../live.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Notice } from '../parts/notice.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { navigate } from '../router.ts';
import type { ModelDetail } from '../wire.ts';
import { modelOfAddress, operationsOf, ORIGINS, typeOf } from './words.ts';

export const ModelPage = component$((props: { readonly path: string }) => {
  const model = useSignal<ModelDetail | null>();
  const problem = useSignal<string>();
  useVisibleTask$(({ cleanup }) => {
    document.title = 'Model · Flownexus';
    const named = modelOfAddress(props.path);
    const load = async (): Promise<void> => {
      if (named === undefined) {
        model.value = null;
        return;
      }
      try {
        model.value = await api.models.detail.query(named);
        problem.value = undefined;
        document.title = `${model.value.name} · Flownexus`;
      } catch (error) {
        if (isMissing(error)) model.value = null;
        else problem.value = problemOf(error);
      }
    };
    cleanup(onResume(() => { void load(); }));
    show({ page: 'other' });
    void load();
  });

  if (problem.value !== undefined) return <p class="problem" role="alert">{problem.value}</p>;
  if (model.value === undefined) return <p class="chart-empty"><i class="skeleton" /></p>;
  if (model.value === null) {
    return (
      <Notice title="There is no such model" text="It was deleted, or never added.">
        <a class="btn" href="/models">To the models</a>
      </Notice>
    );
  }
  return (
    <>
      <ModelHead model={model.value} />
      {model.value.description !== '' && (
        <p class="muted why described">{model.value.description}</p>
      )}
      <section class="panel" aria-label="Resources">
        {model.value.resources.length === 0
          ? <Notice title="No resources" text="This object has none." />
          : <ResourceTable model={model.value} />}
      </section>
    </>
  );
});

const ModelHead = component$(({ model }: { readonly model: ModelDetail }) => {
  const app = useContext(AppContext);
  const isAsking = useSignal(false);
  const { object, version, name, origin, multiple, mandatory } = model;
  const remove = $(async () => {
    await api.models.remove.mutate({ object, version });
    say(app, `${name}, ${object} ${version}, is deleted.`);
    navigate('/models');
  });
  return (
    <div class="page-head device-head">
      <h1>{name}</h1>
      <span class="tag">/{object}</span>
      <span class="tag">version {version}</span>
      <span class="tag">{multiple ? 'several instances' : 'one instance'}</span>
      {mandatory && <span class="tag">mandatory</span>}
      <span class="tag">{ORIGINS[origin]}</span>
      <div class="row right">
        <a class="btn" href="/models">All models</a>
        {isAdmin(app) && origin === 'uploaded' && (
          <button
            type="button" class="btn danger" onClick$={() => { isAsking.value = true; }}>
            Delete
          </button>
        )}
      </div>
      {isAsking.value && (
        <ConfirmDialog
          title={`Delete ${name}, ${object} ${version}?`} name="" onConfirm$={remove}
          onClose$={$(() => { isAsking.value = false; })}>
          Values that come from now on lose its names and types, unless another version or another
          file has them. What is stored stays.
        </ConfirmDialog>
      )}
    </div>
  );
});

const ResourceTable = component$(({ model }: { readonly model: ModelDetail }) => (
  <Scroll label="Resources">
    <table class="resources">
      <thead>
        <tr>
          <th class="num">Id</th><th>Name</th><th>Operations</th><th>Type</th><th>Unit</th>
          <th class="wide-only">Range</th>
        </tr>
      </thead>
      <tbody>
        {model.resources.map((resource) => (
          <tr key={resource.id}>
            <td class="num">{resource.id}</td>
            <td class="name">
              {resource.name}
              {resource.mandatory && <span class="faint"> mandatory</span>}
              {resource.description !== '' && <p class="faint">{resource.description}</p>}
            </td>
            <td class="nowrap">{operationsOf(resource)}</td>
            <td class="nowrap">{typeOf(resource)}</td>
            <td>{resource.unit}</td>
            <td class="wide-only">{resource.range}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
));
