// The arrow keys from the search of a page into its list and in a table whose rows lead somewhere:
// they move the focus from one row's link to the next, and Enter follows it as it does every link.
// Within the key's own event, so that the next key finds the focus moved and the page does not
// scroll: a component's handler is called later.

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
const LIST = '[role=grid], .rows a.row-link';

/** Whether the key moved the focus. */
export function moveInRows({ key, target }: KeyboardEvent): boolean {
  const next = target instanceof HTMLInputElement && target.type === 'search'
    ? fromSearch(key)
    : target instanceof HTMLAnchorElement && fromLink(key, target);
  if (!next) return false;
  next.focus();
  return true;
}

function fromSearch(key: string): HTMLElement | null {
  return key === 'ArrowDown' || key === 'Enter' ? document.querySelector<HTMLElement>(LIST) : null;
}

function fromLink(key: string, link: HTMLAnchorElement): HTMLElement | undefined {
  const step = STEPS[key];
  const rows = link.matches('a.row-link') && link.closest('.rows');
  if (step === undefined || !rows) return undefined;
  const links = [...rows.querySelectorAll<HTMLElement>('a.row-link')];
  return links[links.indexOf(link) + step];
}
