// The arrow keys in a table whose rows lead somewhere: they move the focus from one row's link to
// the next, and Enter follows it as it does every link.

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

export function moveInRows(event: KeyboardEvent, rows: HTMLElement): void {
  const step = STEPS[event.key];
  if (step === undefined || !(event.target instanceof HTMLAnchorElement)) return;
  const links = [...rows.querySelectorAll<HTMLElement>('a.row-link')];
  const next = links[links.indexOf(event.target) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
