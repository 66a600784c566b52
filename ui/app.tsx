// The root: finds out who is logged in, keeps the live stream open, and shows login or a page.

import {
  component$, useContextProvider, useStore, useTask$, useVisibleTask$,
} from '@builder.io/qwik';
import { api, problemOf } from './api.ts';
import { AppContext, isAdmin, mayOperate, type AppState } from './app-state.ts';
import { startCountsHistory } from './fleet/counts-history.ts';
import { startKeyboard } from './keyboard.ts';
import { onLive, serverNow, startLive } from './live.ts';
import { LoginPage } from './pages/login.tsx';
import { Overlay } from './parts/overlay.tsx';
import { Shell } from './parts/shell.tsx';
import { Splash } from './parts/splash.tsx';
import { onNavigate } from './router.ts';

const RETRY = 2000;
const FOR_ADMINS: readonly string[] = ['/users', '/webhooks', '/query'];

export const App = component$(() => {
  const app = useStore<AppState>({
    user: undefined, path: location.pathname, counts: undefined, facts: undefined,
    awaySince: undefined, overlay: undefined, toasts: [],
  }, { deep: false });
  useContextProvider(AppContext, app);

  useVisibleTask$(({ cleanup }) => {
    cleanup(onNavigate(() => {
      app.path = location.pathname;
      app.overlay = undefined;
    }));
    startKeyboard({
      palette: () => { if (isLoggedIn(app)) app.overlay = 'palette'; },
      shortcuts: () => { if (isLoggedIn(app)) app.overlay = 'shortcuts'; },
      mayGo: (address) => isLoggedIn(app) && (!FOR_ADMINS.includes(address) || isAdmin(app))
        && (address !== '/credentials' || mayOperate(app)),
    });
    askWhoIsLoggedIn(app);
  });

  useTask$(({ track, cleanup }) => {
    const name = track(() => isLoggedIn(app) ? app.user?.name : undefined);
    if (name !== undefined) cleanup(connect(app));
  });

  if (app.user === undefined) return <Splash isAway={app.awaySince !== undefined} />;
  if (app.user === null || app.user.mustSetPassword) return <LoginPage />;
  return (
    <>
      <Shell />
      <Overlay />
    </>
  );
});

function isLoggedIn(app: AppState): boolean {
  return app.user !== undefined && app.user !== null && !app.user.mustSetPassword;
}

function askWhoIsLoggedIn(app: AppState): void {
  api.session.me.query().then((user) => {
    app.awaySince = undefined;
    app.user = user;
  }, () => {
    app.awaySince ??= Date.now();
    setTimeout(() => askWhoIsLoggedIn(app), RETRY);
  });
}

/** Opens the live stream for the time somebody is logged in. */
function connect(app: AppState): () => void {
  const stopCounts = startCountsHistory();
  const stopListening = onLive((message) => {
    if (message.kind === 'counts') app.counts = message.counts;
    if (message.kind === 'opened') askFacts(app);
  });
  const stopLive = startLive((connection) => {
    if (connection === 'open') app.awaySince = undefined;
    if (connection === 'away') app.awaySince ??= serverNow();
    // The session ended, here or elsewhere; the page comes back after the next login.
    if (connection === 'logged out') app.user = null;
  });
  return () => {
    stopLive();
    stopListening();
    stopCounts();
  };
}

function askFacts(app: AppState): void {
  api.server.facts.query().then((facts) => {
    app.facts = facts;
  }, (error: unknown) => console.warn(problemOf(error)));
}
