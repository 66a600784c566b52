// The notification attributes of one path: what the device says is attached at each level, what is
// in effect, and what shall be attached here.

import {
  $, component$, useContext, useSignal, useStore, useVisibleTask$, type QRL, type Signal,
} from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext } from '../app-state.ts';
import type { Link } from '../wire.ts';
import { request } from './actions.ts';
import {
  attachedBy, attributesFor, changesOf, discoverable, discoversOf, MEANINGS, placesOf,
  type Attached, type Attribute, type Place,
} from './attributes.ts';
import { DeviceContext, ValuesContext } from './context.ts';
import type { DeviceState } from './device-state.ts';
import { OperationForm } from './operation-form.tsx';
import { isOpen } from './operation-words.ts';
import { resourceAt } from './resources.ts';

interface Problem {
  readonly name: string | undefined;
  readonly text: string;
}

export const AttributesForm = component$(({ path }: { readonly path: string }) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const values = useContext(ValuesContext);
  /** Those that were edited. */
  const fields = useStore<Record<string, string>>({}, { deep: false });
  const problem = useSignal<Problem>();
  const links = useLinks(path, problem);
  const attached = attachedIn(device, path, links);
  const own = attached.get(path) ?? {};
  const isKnown = attached.size > 0;
  const names = attributesFor(
    path, resourceAt(device.objects ?? [], path)?.type ?? 'unknown',
    device.news?.registration?.lwm2mVersion ?? '1.1',
  );
  const send = $(async (waitAtMost: number | undefined) => {
    // Asked again: what was known when the form opened is old by now.
    const attributes = changesOf(fields, attachedIn(device, path, links).get(path));
    const wrong = Object.keys(attributes).find((name) => Number.isNaN(attributes[name]));
    if (wrong !== undefined) {
      problem.value = { name: wrong, text: 'A number belongs here.' };
      return false;
    }
    try {
      await request(app, device, { kind: 'write-attributes', path, attributes }, { waitAtMost });
      return true;
    } catch (error) {
      const text = problemOf(error);
      problem.value = { name: names.find((name) => startsWith(text, name)), text };
      return false;
    }
  });
  return (
    <OperationForm
      title={`Attributes of ${path}`} action="Set" isWide onSubmit$={send}
      problem={problem.value?.name === undefined ? problem.value?.text : undefined}>
      <Knowledge path={path} problem={problem} />
      <div class="attributes">
        {['Attribute', 'Attached here', 'In effect'].map((title) => (
          <span key={title} class="muted title">{title}</span>
        ))}
        {names.map((name, index) => (
          <Row
            key={name} name={name} isFirst={index === 0} isKnown={isKnown}
            text={fields[name] ?? own[name] ?? ''} places={placesOf(name, path, attached, values)}
            problem={problem.value?.name === name ? problem.value.text : undefined}
            onText$={$((text: string) => {
              problem.value = undefined;
              fields[name] = text;
            })} />
        ))}
      </div>
      <p class="faint">
        An empty field takes the attribute away; then the nearest level above has the word.
      </p>
    </OperationForm>
  );
});

/** By the Discover that they answer. */
type LinksStore = Record<number, readonly Link[]>;

/** Fetches what the last Discovers of all levels were answered with. */
function useLinks(path: string, problem: Signal<Problem | undefined>): LinksStore {
  const device = useContext(DeviceContext);
  const links = useStore<LinksStore>({}, { deep: false });
  useVisibleTask$(({ track }) => {
    const operations = track(() => device.news?.operations ?? []);
    for (const { id, status } of discoversOf(path, operations).values()) {
      if (status !== 'CONFIRMED' || links[id] !== undefined) continue;
      api.device.links.query({ endpoint: device.endpoint, operation: id }).then((found) => {
        links[id] = found;
      }, (error: unknown) => {
        problem.value = { name: undefined, text: problemOf(error) };
      });
    }
  });
  return links;
}

function attachedIn({ news }: DeviceState, path: string, links: LinksStore): Attached {
  const said = [...discoversOf(path, news?.operations ?? [])]
    .flatMap(([level, { id }]): [string, readonly Link[]][] =>
      links[id] === undefined ? [] : [[level, links[id]]]);
  return attachedBy(path, new Map(said));
}

interface KnowledgeProps {
  readonly path: string;
  readonly problem: Signal<Problem | undefined>;
}

/** How far the device has told what is attached. */
const Knowledge = component$(({ path, problem }: KnowledgeProps) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const { news } = device;
  const discover = $(async () => {
    try {
      for (const level of discoverable(path)) {
        await request(app, device, { kind: 'discover', path: level }, { isQuiet: true });
      }
    } catch (error) {
      problem.value = { name: undefined, text: problemOf(error) };
    }
  });
  useVisibleTask$(() => {
    const known = discoversOf(path, device.news?.operations ?? []);
    // A sleeping device is not made to answer what nobody asked for.
    if (device.news?.state === 'awake' && known.size < discoverable(path).length) void discover();
  });
  const discovers = [...discoversOf(path, news?.operations ?? []).values()];
  const failed = discovers.find(({ status }) => status === 'FAILED');
  if (discovers.some(isOpen)) {
    return (
      <p class="row muted" role="status">
        <span class="tag waiting">{news?.state === 'awake' ? 'asking' : 'waiting'}</span>
        {news?.state === 'awake' ? 'The device is asked what is attached.'
          : 'What is attached is told when the device listens. It can be set before.'}
      </p>
    );
  }
  return (
    <p class="row wrap muted" role="status">
      {failed !== undefined ? `The device did not tell all: ${failed.outcome}.`
        : discovers.length === 0 ? 'What is attached is not known yet.'
          : <span>As the device said <time-ago at={String(discovers[0]?.changedAt)} />.</span>}
      <button type="button" class="btn small" onClick$={discover}>
        {discovers.length === 0 ? 'Ask the device' : 'Ask again'}
      </button>
    </p>
  );
});

interface RowProps {
  readonly name: Attribute;
  readonly text: string;
  readonly places: readonly Place[];
  readonly isKnown: boolean;
  readonly isFirst: boolean;
  readonly problem: string | undefined;
  readonly onText$: QRL<(text: string) => void>;
}

const Row = component$((props: RowProps) => {
  const { name, places: [holding, ...others] } = props;
  return (
    <>
      <span><code>{name}</code> <span class="faint">{MEANINGS[name]}</span></span>
      <span class="editor">
        <input
          type="text" inputMode="decimal" aria-label={name} value={props.text} autoComplete="off"
          autoFocus={props.isFirst} aria-invalid={props.problem !== undefined}
          onInput$={(_, input) => props.onText$(input.value)} />
        {props.problem !== undefined && (
          <span class="problem" role="alert">{props.problem}</span>
        )}
      </span>
      <span>
        {holding === undefined
          ? <span class="faint">{props.isKnown ? '—' : 'not known'}</span>
          : <><b>{holding.value}</b> <span class="muted">from {holding.at}</span></>}
        {others.map(({ at, value }) => (
          <span key={at} class="faint beaten"><s>{value}</s> at {at}</span>
        ))}
      </span>
    </>
  );
});

function startsWith(sentence: string, name: string): boolean {
  return sentence.toLowerCase().startsWith(`${name} `);
}
