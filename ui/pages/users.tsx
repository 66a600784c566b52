// Accounts, for admins: who may log in, and as what.

import { $, component$, useContext, useSignal, useVisibleTask$, type QRL } from '@builder.io/qwik';
import type { Role, UserView } from '../../core/api/views.ts';
import { api, problemOf } from '../api.ts';
import { AppContext, isAdmin, say } from '../app-state.ts';
import { show } from '../live.ts';
import { Menu } from '../parts/menu.tsx';
import { Notice } from '../parts/notice.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { AddUserDialog, LinkDialog, PasswordDialog, RemoveUserDialog } from '../users/dialogs.tsx';

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

export type UserDialog =
  | { readonly kind: 'add' }
  | { readonly kind: 'password' | 'remove' | 'link'; readonly name: string };

export const UsersPage = component$(() => {
  const app = useContext(AppContext);
  const users = useSignal<readonly UserView[]>();
  const problem = useSignal<string>();
  const dialog = useSignal<UserDialog>();
  const load = $(async () => {
    try {
      users.value = await api.users.list.query();
      problem.value = undefined;
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  useVisibleTask$(() => {
    document.title = 'Users · Flownexus';
    show({ page: 'other' });
    if (isAdmin(app)) void load();
  });
  const close = $(() => {
    dialog.value = undefined;
    return load();
  });
  if (!isAdmin(app)) {
    return <Notice title="For admins only" text="An admin manages who may log in." />;
  }
  return (
    <>
      <div class="page-head">
        <h1>Users</h1>
        <button
          type="button" class="btn primary right"
          onClick$={() => { dialog.value = { kind: 'add' }; }}>
          Add a user
        </button>
      </div>
      {problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>}
      <section class="panel">
        {users.value === undefined
          ? <p class="chart-empty"><i class="skeleton" /></p>
          : (
            <UserTable
              users={users.value} onChanged$={load}
              onDialog$={$((next: UserDialog) => { dialog.value = next; })} />
          )}
      </section>
      <p class="faint under-panel">
        A viewer looks; an operator also asks devices to do things, names them and plays scenarios;
        an admin does everything.
      </p>
      {dialog.value?.kind === 'add' && <AddUserDialog onClose$={close} />}
      {dialog.value?.kind === 'password' && (
        <PasswordDialog name={dialog.value.name} onClose$={close} />
      )}
      {dialog.value?.kind === 'link' && <LinkDialog name={dialog.value.name} onClose$={close} />}
      {dialog.value?.kind === 'remove' && (
        <RemoveUserDialog name={dialog.value.name} onClose$={close} />
      )}
    </>
  );
});

interface RoleProps {
  readonly user: UserView;
  readonly onChanged$: QRL<() => Promise<void>>;
}

const RoleSelect = component$(({ user, onChanged$ }: RoleProps) => {
  const app = useContext(AppContext);
  const { name } = user;
  const setRole = $(async (select: HTMLSelectElement) => {
    const role = select.value as Role;
    try {
      await api.users.setRole.mutate({ name, role });
      say(app, `${name} is now ${role}.`);
    } catch (error) {
      // Nothing changed, so nothing would be drawn anew.
      select.value = user.role;
      say(app, problemOf(error), 'bad');
    }
    await onChanged$();
  });
  return (
    <select
      aria-label={`Role of ${name}`} value={user.role} onChange$={(_, select) => setRole(select)}>
      {ROLES.map((role) => (
        <option key={role} value={role} selected={role === user.role}>{role}</option>
      ))}
    </select>
  );
});

interface TableProps {
  readonly users: readonly UserView[];
  readonly onChanged$: QRL<() => Promise<void>>;
  readonly onDialog$: QRL<(dialog: UserDialog) => void>;
}

const UserTable = component$(({ users, onChanged$, onDialog$ }: TableProps) => {
  const app = useContext(AppContext);
  return (
    <Scroll label="Users">
      <table>
        <thead>
          <tr>
            <th>Name</th><th>Role</th><th class="num wide-only">Logged in</th>
            <th class="wide-only">Password</th><th />
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <tr key={`${user.name} ${user.role}`}>
              <td>{user.name}{user.name === app.user?.name && <span class="faint"> you</span>}</td>
              <td>
                <RoleSelect user={user} onChanged$={onChanged$} />
              </td>
              <td class="num wide-only">{user.sessions === 0 ? '—' : user.sessions}</td>
              <td class="muted wide-only">{user.hasPassword ? 'set' : 'not set yet'}</td>
              <td class="num">
                <Menu label="Change" class="btn small">
                  <button
                    type="button"
                    onClick$={() => onDialog$({ kind: 'password', name: user.name })}>
                    Set password
                  </button>
                  <button
                    type="button" onClick$={() => onDialog$({ kind: 'link', name: user.name })}>
                    One-time login link
                  </button>
                  <button
                    type="button" class="bad-text"
                    onClick$={() => onDialog$({ kind: 'remove', name: user.name })}>
                    Remove
                  </button>
                </Menu>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
});
