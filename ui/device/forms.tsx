// The forms of all operations, one of which is open. Loaded when one is first asked for.

import { $, component$, useContext, useSignal } from '@builder.io/qwik';
import { problemOf } from '../api.ts';
import { AppContext } from '../app-state.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Field } from '../parts/field.tsx';
import { request } from './actions.ts';
import { AttributesForm } from './attributes-form.tsx';
import { DeviceContext } from './context.ts';
import type { DialogAbout } from './device-state.ts';
import { OperationForm } from './operation-form.tsx';
import { PathForm } from './path-form.tsx';
import { resourceAt } from './resources.ts';
import { ValuesForm } from './values-form.tsx';

export const Forms = component$(({ about }: { readonly about: DialogAbout }) => {
  switch (about.form) {
    case 'write':
    case 'create':
    case 'write together': return <ValuesForm about={about} />;
    case 'execute': return <ExecuteForm path={about.path} />;
    case 'delete': return <DeleteForm path={about.path} />;
    case 'attributes': return <AttributesForm path={about.path} />;
    default: return <PathForm />;
  }
});

type PathProps = Pick<DialogAbout, 'path'>;

const ExecuteForm = component$(({ path }: PathProps) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const given = useSignal('');
  const problem = useSignal<string>();
  const name = resourceAt(device.objects ?? [], path)?.name;
  const send = $(async (waitAtMost: number | undefined) => {
    try {
      await request(app, device, { kind: 'execute', path, arguments: given.value.trim() },
        { waitAtMost });
      return true;
    } catch (error) {
      problem.value = problemOf(error);
      return false;
    }
  });
  return (
    <OperationForm
      title={`Execute ${name ?? path}`} action="Execute" problem={undefined} onSubmit$={send}>
      <p class="mono faint">{path}</p>
      <Field
        label="Arguments, if it takes any" value={given.value} isFirst problem={problem.value}
        hint="Digits, each once, with a value or without: 0='on',5"
        onValue$={$((value: string) => {
          given.value = value;
          problem.value = undefined;
        })} />
    </OperationForm>
  );
});

const DeleteForm = component$(({ path }: PathProps) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  return (
    <ConfirmDialog
      title={`Delete ${path}?`} name=""
      onConfirm$={async () => {
        await request(app, device, { kind: 'delete', path });
        device.dialog = undefined;
      }}
      onClose$={$(() => { device.dialog = undefined; })}>
      The device is asked to give it up, with all its values and observations. What is stored of it
      here stays.
    </ConfirmDialog>
  );
});
