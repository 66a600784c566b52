// What people asked of the device: waiting, running and lately ended, with what was sent and what
// came back. What waits can be taken back.

import { component$, useContext, useSignal, useTask$ } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, mayOperate } from '../app-state.ts';
import { Scroll } from '../parts/scroll.tsx';
import type { DeviceNews, Link, Operation } from '../wire.ts';
import { cancel } from './actions.ts';
import { DeviceContext } from './context.ts';

const TONES: Readonly<Record<string, string>> = {
  QUEUED: 'waiting', SENDING: 'waiting', CONFIRMED: 'good', FAILED: 'bad',
};
const COLUMNS = 4;

export const Operations = component$(() => {
  const { news } = useContext(DeviceContext);
  if (news === undefined || news.operations.length === 0) {
    return (
      <p class="chart-empty muted">
        Nothing was asked of this device lately. What the menus of its objects ask for appears here,
        and waits here for a device that sleeps.
      </p>
    );
  }
  return (
    <Scroll label="Operations">
      <table class="operations">
        <thead>
          <tr>
            <th>Status</th><th>Operation</th><th>Outcome</th><th class="num">Asked</th>
          </tr>
        </thead>
        <tbody>
          {news.operations.map((operation) => (
            <OperationRow key={operation.id} operation={operation} state={news.state} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
});

interface RowProps {
  readonly operation: Operation;
  readonly state: DeviceNews['state'];
}

const OperationRow = component$(({ operation, state }: RowProps) => {
  const isShown = useSignal(false);
  const { id, kind, path, status, detail, createdAt, requestedBy } = operation;
  const hasLinks = kind === 'discover' && status === 'CONFIRMED';
  return (
    <>
      <tr>
        <td><span class={`tag ${TONES[status] ?? ''}`}>{status.toLowerCase()}</span></td>
        <td>
          <span class="nowrap">{kind} <span class="mono">{path}</span></span>
          {detail !== '' && <span class="mono muted detail">{detail}</span>}
        </td>
        <td class="outcome">
          <Outcome operation={operation} state={state} />{' '}
          {hasLinks && (
            <button
              type="button" class="btn small" aria-expanded={isShown.value}
              onClick$={() => { isShown.value = !isShown.value; }}>
              {isShown.value ? 'Hide links' : 'Show links'}
            </button>
          )}
        </td>
        <td class="num">
          <time-ago class="nowrap" at={String(createdAt)} />{' '}
          <span class="faint wide-only">{requestedBy}</span>
        </td>
      </tr>
      {isShown.value && <tr><td colSpan={COLUMNS}><Links operation={id} /></td></tr>}
    </>
  );
});

const Outcome = component$(({ operation, state }: RowProps) => {
  const app = useContext(AppContext);
  const { endpoint } = useContext(DeviceContext);
  const { id, status, outcome, answer, attempts, expiresAt } = operation;
  if (status !== 'QUEUED') {
    return (
      <>
        {outcome}
        {answer !== '' && <span class="mono"> {answer}</span>}
        {attempts > 1 && <span class="faint"> {attempts} tries</span>}
      </>
    );
  }
  return (
    <span class="row wrap">
      <span class="muted">
        {state === 'awake' ? 'in its turn' : 'waits for the device'}
        {attempts > 0 && <>, {attempts} tries unanswered</>}
        {expiresAt !== null && <>, <time-left at={String(expiresAt)} word="left" /></>}
      </span>
      {mayOperate(app) && (
        <button type="button" class="btn small" onClick$={() => cancel(app, endpoint, id)}>
          Cancel
        </button>
      )}
    </span>
  );
});

/** What a Discover found, a line each. */
const Links = component$((props: { readonly operation: number }) => {
  const { endpoint } = useContext(DeviceContext);
  const links = useSignal<readonly Link[]>();
  const problem = useSignal<string>();
  useTask$(async () => {
    try {
      links.value = await api.device.links.query({ endpoint, operation: props.operation });
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  if (problem.value !== undefined) return <p class="problem">{problem.value}</p>;
  if (links.value === undefined) return <i class="skeleton" />;
  return (
    <ul class="links">
      {links.value.map(({ path, attributes }) => (
        <li key={path}>
          <span class="mono">{path}</span>
          {attributes.map(({ name, value }) => (
            <span key={name} class="tag">{value === undefined ? name : `${name} ${value}`}</span>
          ))}
        </li>
      ))}
    </ul>
  );
});
