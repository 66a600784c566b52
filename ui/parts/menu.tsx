// A button that opens a small list over everything: the browser's own popover, which closes on
// Escape or a press elsewhere. The list is made when it is first opened.

import { component$, Slot, useId, useSignal, useVisibleTask$ } from '@builder.io/qwik';

interface MenuProps {
  readonly label: string;
  readonly class?: string;
  readonly title?: string;
  readonly side?: 'left' | 'right';
}

const GAP = 4;

export const Menu = component$((props: MenuProps) => {
  const id = useId();
  const wasOpened = useSignal(false);
  const button = useSignal<HTMLButtonElement>();
  const list = useSignal<HTMLElement>();
  useVisibleTask$(() => {
    // Of the browser itself: the framework would wait for what the line does, which may replace it.
    list.value?.addEventListener('click', ({ target, currentTarget }) => {
      const isLine = target instanceof Element && target.closest('button, a') !== null;
      if (isLine && currentTarget instanceof HTMLElement) currentTarget.hidePopover();
    });
  });
  return (
    <>
      <button
        ref={button} type="button" class={props.class ?? 'btn'} popovertarget={id}
        title={props.title ?? ''}>
        {props.label}
      </button>
      <div
        ref={list} id={id} popover="auto" class="menu"
        onBeforeToggle$={(event, element) => {
          if (event.newState !== 'open' || button.value === undefined) return;
          wasOpened.value = true;
          place(element, button.value.getBoundingClientRect(), props.side ?? 'right');
        }}>
        {wasOpened.value && <Slot />}
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
