// A secret as the end of a dialog: shown once, with a button that copies it.

import { component$, Slot, useSignal, type QRL } from '@builder.io/qwik';
import { Dialog } from './dialog.tsx';

interface SecretProps {
  readonly text: string;
  /** When it ends, in milliseconds; left out when it does not. */
  readonly expiresAt?: number | undefined;
  readonly onClose$: QRL<() => unknown>;
}

interface SecretDialogProps extends SecretProps {
  readonly title: string;
}

/** The whole dialog; what is inside says what the secret is for. */
export const SecretDialog = component$((props: SecretDialogProps) => (
  <Dialog label={props.title} onClose$={props.onClose$}>
    <div class="body">
      <h2>{props.title}</h2>
      <p class="muted">It is shown only now. <Slot /></p>
      <Secret text={props.text} expiresAt={props.expiresAt} onClose$={props.onClose$} />
    </div>
  </Dialog>
));

export const Secret = component$(({ text, expiresAt, onClose$ }: SecretProps) => {
  const shown = useSignal<HTMLElement>();
  const copy = useSignal('Copy');
  return (
    <>
      <code ref={shown} class="address">{text}</code>
      {expiresAt !== undefined && (
        <p class="faint">Ends in <time-left at={String(expiresAt)} />.</p>
      )}
      <div class="actions">
        <button type="button" class="btn" onClick$={onClose$}>Close</button>
        <button
          type="button" class="btn primary"
          onClick$={async () => { copy.value = await copied(shown.value); }}>
          {copy.value}
        </button>
      </div>
    </>
  );
});

/** Browsers copy for a page only over https or on this machine; else the person does. */
async function copied(element: HTMLElement | undefined): Promise<string> {
  if (element === undefined) return 'Copy';
  getSelection()?.selectAllChildren(element);
  try {
    await navigator.clipboard.writeText(element.textContent ?? '');
    return 'Copied';
  } catch {
    return 'Selected: press Ctrl C';
  }
}
