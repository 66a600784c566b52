// The arrow keys from the search of a page into its list, in a table whose rows lead somewhere and
// in the object tree: they move the focus from one row's link or menu to the next, and Enter
// follows it as it does every link. In an open menu they move from line to line.
// Within the key's own event, so that the next key finds the focus moved and the page does not
// scroll: a component's handler is called later.

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
const MENU = ':popover-open';
const LIST = '[role=grid], .rows a.row-link';

/** Whether the key moved the focus. */
export function moveInRows({ key, target }: KeyboardEvent): boolean {
  const next = target instanceof HTMLInputElement && target.type === 'search'
    ? fromSearch(key)
    : target instanceof HTMLButtonElement ? fromButton(key, target)
      : target instanceof HTMLAnchorElement && fromLink(key, target);
  if (!next) return false;
  next.focus();
  return true;
}

function fromSearch(key: string): HTMLElement | null {
  return key === 'ArrowDown' || key === 'Enter' ? document.querySelector<HTMLElement>(LIST) : null;
}

/** From the button of an open menu into it, and there from line to line; else through the tree. */
function fromButton(key: string, button: HTMLButtonElement): HTMLElement | undefined {
  const step = STEPS[key];
  if (step === undefined) return undefined;
  const menu = button.closest(MENU) ?? button.parentElement?.querySelector(`:scope > ${MENU}`);
  const list = menu ?? button.closest('.tree');
  const items = [...list?.querySelectorAll<HTMLElement>(menu ? 'button' : 'button[popovertarget]')
    ?? []];
  return items[items.indexOf(button) + step];
}

function fromLink(key: string, link: HTMLAnchorElement): HTMLElement | undefined {
  const step = STEPS[key];
  const rows = link.matches('a.row-link') && link.closest('.rows');
  if (step === undefined || !rows) return undefined;
  const links = [...rows.querySelectorAll<HTMLElement>('a.row-link')];
  return links[links.indexOf(link) + step];
}
