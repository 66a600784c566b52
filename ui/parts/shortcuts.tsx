// All keys on one card, and what the dashboard is drawn with.

import { $, component$, useContext } from '@builder.io/qwik';
import { AppContext } from '../app-state.ts';
import { Dialog } from './dialog.tsx';

const KEYS: readonly (readonly [readonly string[], string])[] = [
  [['Ctrl', 'K'], 'Go to a device or page'],
  [['/'], 'Search'],
  [['g', 'f'], 'Fleet'],
  [['g', 'e'], 'Alerts'],
  [['g', 'r'], 'Refused attempts'],
  [['g', 's'], 'Unmatched log lines'],
  [['g', 'l'], 'Lab'],
  [['g', 'm'], 'Models'],
  [['g', 'k'], 'Credentials'],
  [['g', 'q'], 'Query'],
  [['g', 'w'], 'Webhooks'],
  [['g', 'u'], 'Users'],
  [['g', 'a'], 'Your account'],
  [['↑', '↓'], 'Move in a table, the object tree or a menu'],
  [['Enter'], 'Open what is selected'],
  [['Esc'], 'Close, or empty the search'],
  [['?'], 'This card'],
];

export const Shortcuts = component$(() => {
  const app = useContext(AppContext);
  return (
    <Dialog label="Keyboard shortcuts" onClose$={$(() => { app.overlay = undefined; })}>
      <div class="body" tabIndex={-1} autoFocus>
        <h2>Keyboard</h2>
        <dl class="keys">
          {KEYS.map(([keys, meaning]) => (
            <>
              <dt class="row">{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
              <dd>{meaning}</dd>
            </>
          ))}
        </dl>
        <p class="faint">
          Flownexus {app.facts?.version}. Charts are drawn by{' '}
          <a class="link" href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
            TradingView
          </a>{' '}
          Lightweight Charts™.
        </p>
      </div>
    </Dialog>
  );
});
