// Keys that work on every page. What one page does with its own keys stays with that page.

import { navigate } from './router.ts';
import { moveInRows } from './row-keys.ts';

/** The second key after g. */
const PLACES: Readonly<Record<string, string>> = {
  f: '/', e: '/alerts', r: '/refused', s: '/logs', l: '/lab', m: '/models', u: '/users',
  w: '/webhooks', q: '/query', a: '/account', k: '/credentials',
};
const SEQUENCE_TIME = 1200;

export interface KeyActions {
  readonly palette: () => void;
  readonly shortcuts: () => void;
  readonly mayGo: (address: string) => boolean;
}

export function startKeyboard(actions: KeyActions): void {
  let startedAt = 0;
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      actions.palette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moveInRows(event)) {
      event.preventDefault();
      return;
    }
    if (isTyping(event.target)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    const isSecond = event.timeStamp - startedAt < SEQUENCE_TIME;
    startedAt = 0;
    const place = isSecond ? PLACES[event.key] : undefined;
    if (place !== undefined) {
      if (actions.mayGo(place)) navigate(place);
    } else if (event.key === 'g') startedAt = event.timeStamp;
    else if (event.key === '?') actions.shortcuts();
    else if (event.key === '/') focusSearch(event);
  });
}

function focusSearch(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>('input[type=search]');
  event.preventDefault();
  if (field === null) navigate('/?search=');
  else field.select();
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type !== 'checkbox'
    || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}
