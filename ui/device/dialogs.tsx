// Naming a device, and forgetting it for good, which asks for its name first.

import { $, component$, useContext, useSignal, type QRL } from '@builder.io/qwik';
import { api, problemsOf } from '../api.ts';
import { AppContext, say } from '../app-state.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Field } from '../parts/field.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { navigate } from '../router.ts';
import { DeviceContext } from './context.ts';

interface DialogProps {
  readonly onClose$: QRL<() => void>;
}

export const DescribeDialog = component$(({ onClose$ }: DialogProps) => {
  const device = useContext(DeviceContext);
  const name = useSignal(device.news?.displayName ?? '');
  const tags = useSignal((device.news?.tags ?? []).join(', '));
  const problems = useSignal<{ readonly displayName?: string; readonly tags?: string }>({});
  const save = $(async () => {
    try {
      await api.device.describe.mutate({
        endpoint: device.endpoint,
        displayName: name.value,
        tags: tags.value.split(',').map((tag) => tag.trim()).filter((tag) => tag !== ''),
      });
      await onClose$();
    } catch (error) {
      problems.value = problemsOf(error, ['displayName', 'tags']);
    }
  });
  return (
    <FormDialog
      title="Name and tags" action="Save" onSubmit$={save} onClose$={onClose$}>
      <Field
        label="Name for people" value={name.value} isFirst problem={problems.value.displayName}
        onValue$={$((value: string) => { name.value = value; })} />
      <Field
        label="Tags, separated by commas" value={tags.value} problem={problems.value.tags}
        hint="The search of the fleet finds both."
        onValue$={$((value: string) => { tags.value = value; })} />
    </FormDialog>
  );
});

export const ForgetDialog = component$(({ onClose$ }: DialogProps) => {
  const app = useContext(AppContext);
  const { endpoint } = useContext(DeviceContext);
  return (
    <ConfirmDialog
      title="Forget this device?" name={endpoint} action="Forget" onClose$={onClose$}
      onConfirm$={$(async () => {
        await api.device.forget.mutate({ endpoint });
        say(app, `${endpoint} is forgotten.`);
        navigate('/');
      })}>
      Its registration, every stored value, event and operation are deleted for good. If it still
      runs, it comes back as a new device with its next registration.
    </ConfirmDialog>
  );
});
