// Ctrl-K: go to a device or a page by typing a part of its name.

import { $, component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, isAdmin, mayOperate, type AppState } from '../app-state.ts';
import { deviceAddress, navigate } from '../router.ts';
import { setTheme, theme } from '../theme.ts';
import { Dialog } from './dialog.tsx';

interface Choice {
  readonly label: string;
  readonly aside: string;
  /** Where it leads; '' switches the theme. */
  readonly address: string;
}

const DEVICES_MAX = 8;

export const Palette = component$(() => {
  const app = useContext(AppContext);
  const text = useSignal('');
  const selected = useSignal(0);
  const choices = useSignal<readonly Choice[]>(pagesFor(app, ''));
  const problem = useSignal<string>();

  useVisibleTask$(async ({ track }) => {
    const search = track(text).trim();
    const pages = pagesFor(app, search);
    try {
      const found = await devicesFor(search);
      if (search !== text.value.trim()) return;
      choices.value = [...found, ...pages];
      problem.value = undefined;
    } catch (error) {
      choices.value = pages;
      problem.value = problemOf(error);
    }
    selected.value = 0;
  });

  const onKey = $((event: KeyboardEvent) => {
    const length = Math.max(1, choices.value.length);
    if (event.key === 'ArrowDown') selected.value = (selected.value + 1) % length;
    else if (event.key === 'ArrowUp') selected.value = (selected.value + length - 1) % length;
    else if (event.key === 'Enter') take(app, choices.value[selected.value]);
  });

  return (
    <Dialog
      label="Go to" class="palette" onClose$={$(() => { app.overlay = undefined; })}>
      <input
        type="text" role="combobox" aria-label="Go to a device or page" aria-expanded="true"
        aria-controls="palette-choices" aria-activedescendant={`choice-${selected.value}`}
        placeholder="Go to a device or page" autoFocus spellcheck={false} autoComplete="off"
        onInput$={(_, input) => { text.value = input.value; }} onKeyDown$={onKey} />
      {problem.value !== undefined && <p class="problem in-place">{problem.value}</p>}
      {choices.value.length === 0 && <p class="none muted" role="status">Nothing found</p>}
      <ul
        id="palette-choices" role="listbox" aria-label="Choices"
        hidden={choices.value.length === 0}>
        {choices.value.map((choice, index) => (
          <li
            key={choice.address} id={`choice-${index}`} role="option"
            aria-selected={index === selected.value}
            onPointerMove$={() => { selected.value = index; }}
            onClick$={() => take(app, choice)}>
            <span class={{ mono: choice.address.startsWith('/device/') }}>{choice.label}</span>
            <span class="right">{choice.aside}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
});

function take(app: AppState, choice: Choice | undefined): void {
  if (choice === undefined) return;
  app.overlay = undefined;
  if (choice.address === '') setTheme(theme() === 'dark' ? 'light' : 'dark');
  else navigate(choice.address);
}

function pagesFor(app: AppState, search: string): Choice[] {
  const pages: Choice[] = [
    { label: 'Fleet', aside: 'g f', address: '/' },
    { label: 'Alerts', aside: 'g e', address: '/alerts' },
    { label: 'Refused attempts', aside: 'g r', address: '/refused' },
    { label: 'Unmatched log lines', aside: 'g s', address: '/logs' },
    { label: 'Lab', aside: 'g l', address: '/lab' },
    { label: 'Compare two runs', aside: 'lab', address: '/lab/compare' },
    { label: 'Models', aside: 'g m', address: '/models' },
    { label: 'Your account', aside: 'g a', address: '/account' },
    { label: 'Switch between dark and light', aside: 'theme', address: '' },
  ];
  if (mayOperate(app)) {
    pages.splice(4, 0, { label: 'Write a scenario', aside: 'lab', address: '/lab/new' });
    pages.splice(-2, 0, { label: 'Credentials', aside: 'g k', address: '/credentials' });
  }
  if (isAdmin(app)) {
    pages.splice(-2, 0, { label: 'Query by SQL', aside: 'g q', address: '/query' },
      { label: 'Webhooks', aside: 'g w', address: '/webhooks' },
      { label: 'Users', aside: 'g u', address: '/users' });
  }
  return pages.filter((page) => page.label.toLowerCase().includes(search.toLowerCase()));
}

async function devicesFor(search: string): Promise<Choice[]> {
  const { rows } = await api.fleet.window.query({
    search, state: 'all', sort: search === '' ? 'lastSeenAt' : 'endpoint',
    descending: search === '', offset: 0, limit: DEVICES_MAX,
  });
  return rows.map((row) => ({
    label: row.endpoint,
    aside: row.displayName === '' ? row.state : `${row.displayName}, ${row.state}`,
    address: deviceAddress(row.endpoint),
  }));
}
