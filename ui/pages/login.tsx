// Login by name and password, or by a one-time link, which then asks for a new password.

import { $, component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, type AppState } from '../app-state.ts';
import { Field } from '../parts/field.tsx';
import icon from '../icon.svg?no-inline';

export const LoginPage = component$(() => {
  const app = useContext(AppContext);
  return (
    <main class="login">
      {app.user?.mustSetPassword ? <FirstPassword /> : (
        <>
          <Login />
          <p class="under">
            Forgotten? An admin makes a one-time login link, or run{' '}
            <code>node dist/app/cli.js user login-link NAME</code> on the server.
          </p>
        </>
      )}
    </main>
  );
});

const Brand = component$(() => (
  <h1 class="brand"><img src={icon} alt="" width="20" height="20" />Flownexus</h1>
));

const Login = component$(() => {
  const app = useContext(AppContext);
  const name = useSignal('');
  const password = useSignal('');
  const problem = useSignal<string>();
  const isBusy = useSignal(false);

  useVisibleTask$(async () => {
    const token = location.hash.slice(1);
    if (location.pathname !== '/login' || token === '') return;
    leaveLoginAddress(app);
    try {
      app.user = await api.session.loginByLink.mutate({ token });
    } catch (error) {
      problem.value = problemOf(error);
    }
  });

  const logIn = $(async () => {
    isBusy.value = true;
    problem.value = undefined;
    try {
      app.user = await api.session.login.mutate({ name: name.value, password: password.value });
      leaveLoginAddress(app);
    } catch (error) {
      problem.value = problemOf(error);
    }
    isBusy.value = false;
  });

  return (
    <form preventdefault:submit onSubmit$={logIn}>
      <Brand />
      <Field
        label="Name" value={name.value} autocomplete="username" isFirst
        onValue$={(value) => { name.value = value; }} />
      <Field
        label="Password" type="password" value={password.value} autocomplete="current-password"
        problem={problem.value} onValue$={(value) => { password.value = value; }} />
      <button class="btn primary" disabled={isBusy.value}>Log in</button>
    </form>
  );
});

const FirstPassword = component$(() => {
  const app = useContext(AppContext);
  const next = useSignal('');
  const problem = useSignal<string>();
  const save = $(async () => {
    problem.value = undefined;
    try {
      await api.session.setFirstPassword.mutate({ next: next.value });
      app.user = await api.session.me.query();
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  return (
    <form preventdefault:submit onSubmit$={save}>
      <Brand />
      <p class="muted">
        You are logged in as <b>{app.user?.name}</b> by a one-time link. Set a password for the
        next time.
      </p>
      <Field
        label="New password" type="password" value={next.value} autocomplete="new-password"
        isFirst hint="At least 10 characters." problem={problem.value}
        onValue$={(value) => { next.value = value; }} />
      <button class="btn primary">Set password</button>
    </form>
  );
});

/** The token must not stay in the history, nor /login after the login. */
function leaveLoginAddress(app: AppState): void {
  if (location.pathname !== '/login') return;
  history.replaceState(null, '', '/');
  app.path = '/';
}
