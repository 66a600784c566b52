// Asks before something is deleted for good; what cannot be made again is asked for by its name.

import { $, component$, Slot, useSignal, type QRL } from '@builder.io/qwik';
import { problemOf } from '../api.ts';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  /** To be typed before the button works; '' asks for nothing. */
  readonly name: string;
  readonly onConfirm$: QRL<() => Promise<void>>;
  readonly onClose$: QRL<() => void>;
}

export const ConfirmDialog = component$((props: ConfirmDialogProps) => {
  const typed = useSignal('');
  const problem = useSignal<string>();
  const confirm = $(async () => {
    if (typed.value !== props.name) return;
    try {
      await props.onConfirm$();
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  return (
    <Dialog label={props.title} onClose$={props.onClose$}>
      <form preventdefault:submit onSubmit$={confirm}>
        <h2>{props.title}</h2>
        <p class="muted"><Slot /></p>
        {props.name === ''
          ? problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>
          : (
            <Field
              label={`Type ${props.name} to confirm`} value={typed.value} isFirst
              problem={problem.value} onValue$={$((value: string) => { typed.value = value; })} />
          )}
        <div class="actions">
          <button type="button" class="btn" onClick$={props.onClose$}>Cancel</button>
          <button class="btn danger" disabled={typed.value !== props.name}>Delete</button>
        </div>
      </form>
    </Dialog>
  );
});
