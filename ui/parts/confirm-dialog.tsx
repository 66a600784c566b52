// Asks before something is deleted for good; what cannot be made again is asked for by its name.

import { $, component$, Slot, useSignal, type QRL } from '@builder.io/qwik';
import { problemOf } from '../api.ts';
import { Field } from './field.tsx';
import { FormDialog } from './form-dialog.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  /** To be typed before the button works; '' asks for nothing. */
  readonly name: string;
  /** What its button says; left out: Delete. */
  readonly action?: string;
  readonly onConfirm$: QRL<() => Promise<void>>;
  readonly onClose$: QRL<() => unknown>;
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
    <FormDialog
      title={props.title} action={props.action ?? 'Delete'} isDangerous
      isReady={typed.value === props.name} onSubmit$={confirm} onClose$={props.onClose$}>
      <p class="muted"><Slot /></p>
      {props.name === ''
        ? problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>
        : (
          <Field
            label={`Type ${props.name} to confirm`} value={typed.value} isFirst
            problem={problem.value} onValue$={$((value: string) => { typed.value = value; })} />
        )}
    </FormDialog>
  );
});
