// API tokens: one's own, for an admin those of all; made, shown once, revoked.

import {
  $, component$, useContext, useSignal, useVisibleTask$, type QRL,
} from '@builder.io/qwik';
import type { MadeToken, Role, TokenView } from '../../core/api/views.ts';
import { api, problemOf, problemsOf } from '../api.ts';
import { AppContext, isAdmin, say } from '../app-state.ts';
import { day } from '../format.ts';
import { Field } from '../parts/field.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { SecretDialog } from '../parts/secret.tsx';

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];
const DAYS: readonly number[] = [7, 30, 90, 365];

export const TokensPanel = component$(() => {
  const app = useContext(AppContext);
  const tokens = useSignal<readonly TokenView[]>();
  const problem = useSignal<string>();
  const isMaking = useSignal(false);
  const load = $(async () => {
    try {
      tokens.value = await api.tokens.list.query();
      problem.value = undefined;
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  useVisibleTask$(() => { void load(); });
  const revoke = $(async ({ id, name }: TokenView) => {
    try {
      await api.tokens.revoke.mutate({ id });
      say(app, `The token ${name} is revoked.`);
    } catch (error) {
      say(app, problemOf(error), 'bad');
    }
    await load();
  });
  return (
    <section class="panel wide">
      <header>
        <h2>API tokens</h2>
        <a class="link" href="/rest/v1/" target="_blank">The REST API</a>
        <button
          type="button" class="btn small right" onClick$={() => { isMaking.value = true; }}>
          Make a token
        </button>
      </header>
      {problem.value !== undefined && <p class="problem in-place">{problem.value}</p>}
      {tokens.value?.length === 0
        ? <p class="body muted">A program logs in with a token. There is none yet.</p>
        : <TokenTable tokens={tokens.value ?? []} onRevoke$={revoke} />}
      {isMaking.value && (
        <MakeDialog
          onClose$={$(() => {
            isMaking.value = false;
            return load();
          })} />
      )}
    </section>
  );
});

interface TableProps {
  readonly tokens: readonly TokenView[];
  readonly onRevoke$: QRL<(token: TokenView) => void>;
}

const TokenTable = component$(({ tokens, onRevoke$ }: TableProps) => {
  const app = useContext(AppContext);
  return (
    <Scroll label="API tokens">
      <table class="stacked">
        <thead>
          <tr>
            <th>Name</th>{isAdmin(app) && <th>Of</th>}<th>Role</th><th class="num">Last used</th>
            <th class="num">Ends</th><th />
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <td>{token.name}</td>
              {isAdmin(app) && <td>{token.user}</td>}
              <td>{token.role}</td>
              <td class="num nowrap" data-label="used">
                {token.lastUsedAt === null
                  ? <span class="faint">never</span>
                  : <time-ago at={String(token.lastUsedAt)} />}
              </td>
              <td class="num nowrap" data-label="ends">
                {day(token.expiresAt)}
              </td>
              <td class="num">
                <button
                  type="button" class="btn small" aria-label={`Revoke ${token.name}`}
                  onClick$={() => onRevoke$(token)}>
                  Revoke
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
});

const MakeDialog = component$(({ onClose$ }: { readonly onClose$: QRL<() => void> }) => {
  const app = useContext(AppContext);
  const name = useSignal('');
  const role = useSignal<Role>('viewer');
  const days = useSignal(30);
  const problems = useSignal<{ readonly name?: string }>({});
  const made = useSignal<MadeToken>();
  const make = $(async () => {
    try {
      const about = { name: name.value, role: role.value, days: days.value };
      made.value = await api.tokens.make.mutate(about);
    } catch (error) {
      problems.value = problemsOf(error, ['name']);
    }
  });
  const allowed = ROLES.slice(0, ROLES.indexOf(app.user?.role ?? 'viewer') + 1);
  if (made.value !== undefined) {
    return (
      <SecretDialog
        title="The new token" text={made.value.secret} expiresAt={made.value.expiresAt}
        onClose$={onClose$}>
        Programs send it with every request.
      </SecretDialog>
    );
  }
  return (
    <FormDialog
      title="Make a token" action="Make" onSubmit$={make} onClose$={onClose$}>
      <Field
        label="Name" value={name.value} isFirst problem={problems.value.name}
        hint="What uses it, like “backup script”."
        onValue$={$((value: string) => { name.value = value; })} />
      <label class="field">
        <span>Role</span>
        <select onChange$={(_, select) => { role.value = select.value as Role; }}>
          {allowed.map((one) => <option key={one} value={one}>{one}</option>)}
        </select>
      </label>
      <label class="field">
        <span>Ends in</span>
        <select onChange$={(_, select) => { days.value = Number(select.value); }}>
          {DAYS.map((one) => (
            <option key={one} value={String(one)} selected={one === 30}>{`${one} days`}</option>
          ))}
        </select>
      </label>
    </FormDialog>
  );
});
