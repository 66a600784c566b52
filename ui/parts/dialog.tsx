// A modal dialog: the browser's own, which keeps the focus inside and closes on Escape. The focus
// goes back to where it was.

import { component$, Slot, useSignal, useVisibleTask$, type QRL } from '@builder.io/qwik';

interface DialogProps {
  readonly label: string;
  readonly onClose$: QRL<() => unknown>;
  readonly class?: string;
}

export const Dialog = component$((props: DialogProps) => {
  const dialog = useSignal<HTMLDialogElement>();
  useVisibleTask$(({ cleanup }) => {
    const before = document.activeElement;
    dialog.value?.showModal();
    cleanup(() => {
      // While it is open nothing outside can have the focus.
      dialog.value?.close();
      if (before instanceof HTMLElement) before.focus();
    });
  });
  return (
    <dialog
      ref={dialog}
      class={props.class ?? ''}
      aria-label={props.label}
      onClose$={() => props.onClose$()}
      onClick$={(event, element) => {
        if (event.target === element) element.close();
      }}>
      <Slot />
    </dialog>
  );
});
