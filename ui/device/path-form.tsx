// Any operation on a path that is typed: for what the tree does not show.

import { $, component$, useContext, useSignal } from '@builder.io/qwik';
import { problemOf } from '../api.ts';
import { AppContext } from '../app-state.ts';
import { Field } from '../parts/field.tsx';
import { request } from './actions.ts';
import { DeviceContext } from './context.ts';
import type { DialogAbout } from './device-state.ts';
import { OperationForm } from './operation-form.tsx';
import { isPath } from './resources.ts';

type Choice = 'read' | 'discover' | DialogAbout['form'];

const CHOICES: readonly (readonly [Choice, string])[] = [
  ['read', 'Read'], ['write', 'Write…'], ['execute', 'Execute…'], ['create', 'Create…'],
  ['delete', 'Delete…'], ['discover', 'Discover'], ['attributes', 'Attributes…'],
];

export const PathForm = component$(() => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const path = useSignal('/');
  const choice = useSignal<Choice>('read');
  const problem = useSignal<string>();
  const send = $(async (waitAtMost: number | undefined) => {
    const kind = choice.value;
    try {
      if (!isPath(path.value)) {
        problem.value = 'A path belongs here, like /3303 or /3303/0/5700.';
      } else if (kind === 'read' || kind === 'discover') {
        await request(app, device, { kind, path: path.value }, { waitAtMost });
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
    </OperationForm>
  );
});
