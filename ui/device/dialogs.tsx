// Naming a device, and forgetting it for good, which asks for its name first.

import { $, component$, useContext, useSignal, type QRL } from '@builder.io/qwik';
import { api, problemOf, problemsOf } from '../api.ts';
import { AppContext, say } from '../app-state.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
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
    <Dialog label="Name and tags" onClose$={onClose$}>
      <form preventdefault:submit onSubmit$={save}>
        <h2>Name and tags</h2>
        <Field
          label="Name for people" value={name.value} isFirst problem={problems.value.displayName}
          onValue$={$((value: string) => { name.value = value; })} />
        <Field
          label="Tags, separated by commas" value={tags.value} problem={problems.value.tags}
          hint="The search of the fleet finds both."
          onValue$={$((value: string) => { tags.value = value; })} />
        <div class="actions">
          <button type="button" class="btn" onClick$={onClose$}>Cancel</button>
          <button class="btn primary">Save</button>
        </div>
      </form>
    </Dialog>
  );
});

export const ForgetDialog = component$(({ onClose$ }: DialogProps) => {
  const app = useContext(AppContext);
  const { endpoint } = useContext(DeviceContext);
  const typed = useSignal('');
  const problem = useSignal<string>();
  const forget = $(async () => {
    if (typed.value !== endpoint) return;
    try {
      await api.device.forget.mutate({ endpoint });
      say(app, `${endpoint} is forgotten.`);
      navigate('/');
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  return (
    <Dialog label="Forget this device" onClose$={onClose$}>
      <form preventdefault:submit onSubmit$={forget}>
        <h2>Forget this device?</h2>
        <p class="muted">
          Its registration, every stored value, event and operation are deleted for good. If it
          still runs, it comes back as a new device with its next registration.
        </p>
        <Field
          label={`Type ${endpoint} to confirm`} value={typed.value} isFirst problem={problem.value}
          onValue$={$((value: string) => { typed.value = value; })} />
        <div class="actions">
          <button type="button" class="btn" onClick$={onClose$}>Cancel</button>
          <button class="btn danger" disabled={typed.value !== endpoint}>Forget</button>
        </div>
      </form>
    </Dialog>
  );
});
