// What an admin does to accounts, each in its own dialog.

import { $, component$, useContext, useSignal, useVisibleTask$, type QRL } from '@builder.io/qwik';
import type { LoginLink, Role } from '../../core/api/views.ts';
import { api, problemOf, problemsOf } from '../api.ts';
import { AppContext, say } from '../app-state.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { Secret } from '../parts/secret.tsx';

interface AddProps {
  readonly onClose$: QRL<() => void>;
}

interface NamedProps extends AddProps {
  readonly name: string;
}

export const AddUserDialog = component$(({ onClose$ }: AddProps) => {
  const app = useContext(AppContext);
  const name = useSignal('');
  const password = useSignal('');
  const role = useSignal<Role>('viewer');
  const problems = useSignal<{ readonly name?: string; readonly password?: string }>({});
  const add = $(async () => {
    try {
      await api.users.add.mutate({ name: name.value, password: password.value, role: role.value });
      say(app, `${name.value} may log in now.`);
      await onClose$();
    } catch (error) {
      problems.value = problemsOf(error, ['name', 'password']);
    }
  });
  return (
    <Dialog label="Add a user" onClose$={onClose$}>
      <form preventdefault:submit onSubmit$={add}>
        <h2>Add a user</h2>
        <Field
          label="Name" value={name.value} isFirst problem={problems.value.name}
          onValue$={$((value: string) => { name.value = value.trim().toLowerCase(); })} />
        <label class="field">
          <span>Role</span>
          <select onChange$={(_, select) => { role.value = select.value as Role; }}>
            <option value="viewer">viewer</option>
            <option value="operator">operator</option>
            <option value="admin">admin</option>
          </select>
        </label>
        <Field
          label="Password" type="password" value={password.value} autocomplete="new-password"
          hint="At least 10 characters." problem={problems.value.password}
          onValue$={$((value: string) => { password.value = value; })} />
        <Actions label="Add" onCancel$={onClose$} />
      </form>
    </Dialog>
  );
});

export const PasswordDialog = component$(({ name, onClose$ }: NamedProps) => {
  const app = useContext(AppContext);
  const password = useSignal('');
  const problem = useSignal<string>();
  const save = $(async () => {
    try {
      await api.users.setPassword.mutate({ name, password: password.value });
      say(app, `The password of ${name} is changed; other sessions are closed.`);
      await onClose$();
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  return (
    <Dialog label={`Set the password of ${name}`} onClose$={onClose$}>
      <form preventdefault:submit onSubmit$={save}>
        <h2>Set the password of {name}</h2>
        <Field
          label="New password" type="password" value={password.value} autocomplete="new-password"
          isFirst hint="At least 10 characters." problem={problem.value}
          onValue$={$((value: string) => { password.value = value; })} />
        <Actions label="Set password" onCancel$={onClose$} />
      </form>
    </Dialog>
  );
});

export const LinkDialog = component$(({ name, onClose$ }: NamedProps) => {
  const link = useSignal<LoginLink>();
  const problem = useSignal<string>();
  useVisibleTask$(async () => {
    try {
      link.value = await api.users.loginLink.mutate({ name });
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  return (
    <Dialog label={`Login link for ${name}`} onClose$={onClose$}>
      <div class="body">
        <h2>Login link for {name}</h2>
        <p class="muted">It works once, and asks for a new password. Hand it over safely.</p>
        {problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>}
        {link.value === undefined
          ? <div class="actions"><button class="btn" onClick$={onClose$}>Close</button></div>
          : (
            <Secret
              text={location.origin + link.value.path} expiresAt={link.value.expiresAt}
              onClose$={onClose$} />
          )}
      </div>
    </Dialog>
  );
});

export const RemoveUserDialog = component$(({ name, onClose$ }: NamedProps) => {
  const app = useContext(AppContext);
  const typed = useSignal('');
  const problem = useSignal<string>();
  const remove = $(async () => {
    if (typed.value !== name) return;
    try {
      await api.users.remove.mutate({ name });
      say(app, `${name} is removed.`);
      await onClose$();
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  return (
    <Dialog label={`Remove ${name}`} onClose$={onClose$}>
      <form preventdefault:submit onSubmit$={remove}>
        <h2>Remove {name}?</h2>
        <p class="muted">Their sessions end at once. What they did stays in the audit log.</p>
        <Field
          label={`Type ${name} to confirm`} value={typed.value} isFirst problem={problem.value}
          onValue$={$((value: string) => { typed.value = value; })} />
        <div class="actions">
          <button type="button" class="btn" onClick$={onClose$}>Cancel</button>
          <button class="btn danger" disabled={typed.value !== name}>Remove</button>
        </div>
      </form>
    </Dialog>
  );
});

interface ActionsProps {
  readonly label: string;
  readonly onCancel$: QRL<() => void>;
}

const Actions = component$(({ label, onCancel$ }: ActionsProps) => (
  <div class="actions">
    <button type="button" class="btn" onClick$={onCancel$}>Cancel</button>
    <button class="btn primary">{label}</button>
  </div>
));
