// One's own account: password, sessions, theme, and the way out.

import { $, component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import type { SessionView } from '../../core/api/views.ts';
import { api, problemOf, problemsOf } from '../api.ts';
import { AppContext, say } from '../app-state.ts';
import { show } from '../live.ts';
import { Field } from '../parts/field.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { TokensPanel } from '../users/tokens.tsx';
import { setTheme, theme, type Theme } from '../theme.ts';

const THEMES: readonly Theme[] = ['system', 'dark', 'light'];

export const AccountPage = component$(() => {
  const app = useContext(AppContext);
  useVisibleTask$(() => {
    document.title = 'Account · Flownexus';
    show({ page: 'other' });
  });
  return (
    <>
      <div class="page-head">
        <h1>{app.user?.name}</h1>
        <span class="tag">{app.user?.role}</span>
        <button
          type="button" class="btn right"
          onClick$={async () => {
            try {
              await api.session.logout.mutate();
              app.user = null;
            } catch (error) {
              say(app, problemOf(error), 'bad');
            }
          }}>
          Log out
        </button>
      </div>
      <div class="cards">
        <Appearance />
        <PasswordForm />
        <Sessions />
        <TokensPanel />
      </div>
    </>
  );
});

const Appearance = component$(() => {
  const app = useContext(AppContext);
  const chosen = useSignal(theme());
  return (
    <section class="panel">
      <header><h2>Appearance</h2></header>
      <div class="body stack">
        <div class="segmented" role="group" aria-label="Theme">
          {THEMES.map((choice) => (
            <button
              key={choice} type="button" aria-pressed={chosen.value === choice}
              onClick$={() => {
                setTheme(choice);
                chosen.value = choice;
              }}>
              {choice}
            </button>
          ))}
        </div>
        <p class="muted">
          Press <kbd>?</kbd> for all keys, or{' '}
          <button
            type="button" class="btn small" onClick$={() => { app.overlay = 'shortcuts'; }}>
            show them
          </button>
        </p>
      </div>
    </section>
  );
});

const PasswordForm = component$(() => {
  const app = useContext(AppContext);
  const current = useSignal('');
  const next = useSignal('');
  const problems = useSignal<{ readonly current?: string; readonly next?: string }>({});
  const save = $(async () => {
    try {
      await api.session.changePassword.mutate({ current: current.value, next: next.value });
      current.value = '';
      next.value = '';
      problems.value = {};
      say(app, 'The password is changed; your other sessions are closed.');
    } catch (error) {
      problems.value = problemsOf(error, ['current', 'next']);
    }
  });
  return (
    <section class="panel">
      <header><h2>Password</h2></header>
      <form class="body stack" preventdefault:submit onSubmit$={save}>
        <Field
          label="Current password" type="password" value={current.value}
          autocomplete="current-password" problem={problems.value.current}
          onValue$={$((value: string) => { current.value = value; })} />
        <Field
          label="New password" type="password" value={next.value} autocomplete="new-password"
          hint="At least 10 characters." problem={problems.value.next}
          onValue$={$((value: string) => { next.value = value; })} />
        <div><button class="btn primary">Change password</button></div>
      </form>
    </section>
  );
});

const Sessions = component$(() => {
  const app = useContext(AppContext);
  const sessions = useSignal<readonly SessionView[]>();
  const problem = useSignal<string>();
  const load = $(async () => {
    try {
      sessions.value = await api.session.list.query();
      problem.value = undefined;
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  useVisibleTask$(() => { void load(); });
  const revoke = $(async (id: string) => {
    try {
      await api.session.revoke.mutate({ id });
    } catch (error) {
      say(app, problemOf(error), 'bad');
    }
    await load();
  });
  return (
    <section class="panel wide">
      <header><h2>Where you are logged in</h2></header>
      {problem.value !== undefined && <p class="problem in-place">{problem.value}</p>}
      <Scroll label="Sessions">
        <table class="stacked">
          <thead>
            <tr>
              <th>Browser</th><th>From</th><th class="num">Last used</th><th class="num">Since</th>
              <th class="num">Ends in</th><th />
            </tr>
          </thead>
          <tbody>
            {sessions.value?.map((session) => (
              <tr key={session.id}>
                <td title={session.agent}>{browserOf(session.agent)}</td>
                <td class="mono">{session.address}</td>
                <td class="num" data-label="used"><time-ago at={String(session.lastUsedAt)} /></td>
                <td class="num" data-label="since"><time-ago at={String(session.createdAt)} /></td>
                <td class="num" data-label="ends"><time-left at={String(session.expiresAt)} /></td>
                <td class="num">
                  {session.isCurrent
                    ? <span class="tag good">this one</span>
                    : (
                      <button type="button" class="btn small" onClick$={() => revoke(session.id)}>
                        Log out
                      </button>
                    )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
});

/** The browser and system in an agent text; the text itself where it names none we know. */
function browserOf(agent: string): string {
  const browser = ['Edg', 'Firefox', 'Chrome', 'Safari'].find((name) => agent.includes(`${name}/`));
  const system = ['iPhone', 'Android', 'Windows', 'Mac OS X', 'Linux']
    .find((name) => agent.includes(name));
  if (browser === undefined) return agent === '' ? 'unknown' : agent.slice(0, 40);
  return `${browser === 'Edg' ? 'Edge' : browser}${system === undefined ? '' : `, ${system}`}`;
}
