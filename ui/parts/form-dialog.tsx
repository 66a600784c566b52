// A dialog that asks for something: a heading, the fields, and at its end the way out and the way
// on.

import { component$, Slot, type QRL } from '@builder.io/qwik';
import { Dialog } from './dialog.tsx';

interface FormDialogProps {
  readonly title: string;
  /** What the button that sends it says. */
  readonly action: string;
  readonly isDangerous?: boolean;
  /** The button waits for it. */
  readonly isReady?: boolean;
  readonly onSubmit$: QRL<() => unknown>;
  readonly onClose$: QRL<() => unknown>;
}

export const FormDialog = component$((props: FormDialogProps) => (
  <Dialog label={props.title} onClose$={props.onClose$}>
    <form preventdefault:submit onSubmit$={() => props.onSubmit$()}>
      <h2>{props.title}</h2>
      <Slot />
      <div class="actions">
        <button type="button" class="btn" onClick$={() => props.onClose$()}>Cancel</button>
        <button
          class={props.isDangerous ? 'btn danger' : 'btn primary'}
          disabled={!(props.isReady ?? true)}>
          {props.action}
        </button>
      </div>
    </form>
  </Dialog>
));
