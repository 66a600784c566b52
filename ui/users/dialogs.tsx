// What an admin does to accounts, each in its own dialog.

import { $, component$, useContext, useSignal, useVisibleTask$, type QRL } from '@builder.io/qwik';
import type { LoginLink, Role } from '../../core/api/views.ts';
import { api, problemOf, problemsOf } from '../api.ts';
import { AppContext, say } from '../app-state.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
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
    <FormDialog
      title="Add a user" action="Add" onSubmit$={add} onClose$={onClose$}>
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
    </FormDialog>
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
    <FormDialog
      title={`Set the password of ${name}`} action="Set password"
      onSubmit$={save} onClose$={onClose$}>
      <Field
        label="New password" type="password" value={password.value} autocomplete="new-password"
        isFirst hint="At least 10 characters." problem={problem.value}
        onValue$={$((value: string) => { password.value = value; })} />
    </FormDialog>
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
  return (
    <ConfirmDialog
      title={`Remove ${name}?`} name={name} action="Remove" onClose$={onClose$}
      onConfirm$={$(async () => {
        await api.users.remove.mutate({ name });
        say(app, `${name} is removed.`);
        await onClose$();
      })}>
      Their sessions end at once. What they did stays in the audit log.
    </ConfirmDialog>
  );
});
