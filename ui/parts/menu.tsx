// A button that opens a small list over everything: the browser's own popover, which closes on
// Escape or a press elsewhere. The list is made when it is first opened.

import { component$, Slot, useId, useSignal } from '@builder.io/qwik';

interface MenuProps {
  readonly label: string;
  readonly class?: string;
  readonly title?: string;
  readonly side?: 'left' | 'right';
}

const GAP = 4;

export const Menu = component$((props: MenuProps) => {
  const id = useId();
  const isOpen = useSignal(false);
  const button = useSignal<HTMLButtonElement>();
  return (
    <>
      <button
        ref={button} type="button" class={props.class ?? 'btn'} popovertarget={id}
        title={props.title ?? ''}>
        {props.label}
      </button>
      <div
        id={id} popover="auto" class="menu"
        onBeforeToggle$={(event, list) => {
          isOpen.value = event.newState === 'open';
          if (isOpen.value && button.value !== undefined) {
            place(list, button.value.getBoundingClientRect(), props.side ?? 'right');
          }
        }}
        onClick$={(event, list) => {
          const { target } = event;
          if (target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement) {
            list.hidePopover();
          }
        }}>
        {isOpen.value && <Slot />}
      </div>
    </>
  );
});

function place(list: HTMLElement, beside: DOMRect, side: 'left' | 'right'): void {
  const isLow = beside.bottom > innerHeight * 0.6;
  list.style.top = isLow ? 'auto' : `${beside.bottom + GAP}px`;
  list.style.bottom = isLow ? `${innerHeight - beside.top + GAP}px` : 'auto';
  list.style.left = side === 'left' ? `${beside.left}px` : 'auto';
  list.style.right = side === 'right' ? `${innerWidth - beside.right}px` : 'auto';
}
