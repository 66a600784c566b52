// Any operation on a path that is typed: for what the tree does not show.

import { $, component$, useContext, useSignal, type Signal } from '@builder.io/qwik';
import { problemOf } from '../api.ts';
import { AppContext } from '../app-state.ts';
import { Field } from '../parts/field.tsx';
import { request, setObserved } from './actions.ts';
import { DeviceContext } from './context.ts';
import type { DialogAbout } from './device-state.ts';
import { OperationForm } from './operation-form.tsx';
import { isPath } from './resources.ts';

type Choice = 'read' | 'discover' | 'observe' | DialogAbout['form'];

const CHOICES: readonly (readonly [Choice, string])[] = [
  ['read', 'Read'], ['write', 'Write…'], ['execute', 'Execute…'], ['create', 'Create…'],
  ['delete', 'Delete…'], ['discover', 'Discover'], ['observe', 'Observe'],
  ['attributes', 'Attributes…'],
];

/** What an answer may be asked for in (Core 1.1.1 table 7.5-1), as Accept. */
const FORMATS: readonly (readonly [format: number, words: string])[] = [
  [11542, 'TLV'], [110, 'SenML JSON'], [112, 'SenML CBOR'], [11544, 'LwM2M CBOR'],
  [0, 'plain text'], [42, 'opaque'], [60, 'CBOR'], [11543, 'LwM2M JSON'],
];

export const PathForm = component$(() => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const path = useSignal('/');
  const choice = useSignal<Choice>('read');
  const format = useSignal<number>();
  const isForced = useSignal(false);
  const problem = useSignal<string>();
  const send = $(async (waitAtMost: number | undefined) => {
    const kind = choice.value;
    try {
      if (!isPath(path.value)) {
        problem.value = 'A path belongs here, like /3303 or /3303/0/5700.';
      } else if (kind === 'read' || kind === 'discover') {
        await request(app, device, {
          kind, path: path.value, format: kind === 'read' ? format.value : undefined,
          isForced: (kind === 'read' && isForced.value) || undefined,
        }, { waitAtMost });
        return true;
      } else if (kind === 'observe') {
        await setObserved(app, device.endpoint, path.value, true);
        return true;
      } else device.dialog = { form: kind, path: path.value };
    } catch (error) {
      problem.value = problemOf(error);
    }
    return false;
  });
  return (
    <OperationForm title="Any path" action="Go on" problem={undefined} onSubmit$={send}>
      <Field
        label="Path of an object, an instance, a resource or an instance of one"
        value={path.value} isFirst problem={problem.value}
        onValue$={$((value: string) => {
          path.value = value.trim();
          problem.value = undefined;
        })} />
      <label class="field">
        <span>Operation</span>
        <select onChange$={(_, select) => { choice.value = select.value as Choice; }}>
          {CHOICES.map(([kind, words]) => <option key={kind} value={kind}>{words}</option>)}
        </select>
      </label>
      {choice.value === 'read' && <ReadOptions format={format} isForced={isForced} />}
    </OperationForm>
  );
});

interface ReadOptionsProps {
  readonly format: Signal<number | undefined>;
  readonly isForced: Signal<boolean>;
}

const ReadOptions = component$(({ format, isForced }: ReadOptionsProps) => (
  <>
    <label class="field">
      <span>Format of the answer</span>
      <select
        onChange$={(_, select) => {
          format.value = select.value === '' ? undefined : Number(select.value);
        }}>
        <option value="">as the device likes</option>
        {FORMATS.map(([id, words]) => (
          <option key={id} value={id} selected={id === format.value}>{words}</option>
        ))}
      </select>
    </label>
    <label class="row">
      <input
        type="checkbox" checked={isForced.value}
        onChange$={(_, box) => { isForced.value = box.checked; }} />
      Ask even where the definition forbids it
    </label>
  </>
));
