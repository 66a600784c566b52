// Alerts, live: what people should look at now, what they did about it, and what is over.

import { component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, mayOperate, say, type AppState } from '../app-state.ts';
import { exact } from '../format.ts';
import { onLive, onResume, show } from '../live.ts';
import { Menu } from '../parts/menu.tsx';
import { Notice } from '../parts/notice.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { deviceAddress } from '../router.ts';
import type { Alert } from '../wire.ts';

const TONES: Readonly<Record<Alert['severity'], string>> = {
  info: '', warning: 'waiting', critical: 'bad',
};

const MUTES: readonly (readonly [string, number])[] = [
  ['for an hour', 3_600], ['for a day', 86_400], ['for a week', 604_800],
];

export const AlertsPage = component$(() => {
  const open = useSignal<readonly Alert[]>();
  const past = useSignal<readonly Alert[]>();
  const problem = useSignal<string>();
  useVisibleTask$(({ cleanup }) => {
    document.title = 'Alerts · Flownexus';
    const load = (): void => {
      Promise.all([api.alerts.open.query(), api.alerts.past.query()]).then((found) => {
        [open.value, past.value] = found;
        problem.value = undefined;
      }, (error: unknown) => {
        problem.value = problemOf(error);
      });
    };
    cleanup(onLive((message) => {
      if (message.kind !== 'alerts') return;
      open.value = message.alerts;
      // What is no longer raised is in the past now.
      api.alerts.past.query().then((found) => { past.value = found; }, () => undefined);
    }));
    cleanup(onResume(load));
    show({ page: 'alerts' });
    load();
  });
  return (
    <>
      <div class="page-head">
        <h1>Alerts</h1>
        <span class="muted">Raised by the rules of the configuration</span>
      </div>
      {problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>}
      <div class="stack">
        <section class="panel" aria-label="Raised">
          {open.value === undefined && <p class="chart-empty"><i class="skeleton" /></p>}
          {open.value?.length === 0 && (
            <Notice
              title="No alert is raised"
              text="Rules for values, silence and registrations stand under alerts: in the
                configuration file; what they find appears here." />
          )}
          {open.value !== undefined && open.value.length > 0
            && <AlertTable alerts={open.value} label="Raised" />}
        </section>
        {past.value !== undefined && past.value.length > 0 && (
          <section class="panel" aria-label="Over">
            <header><h2>Over</h2></header>
            <AlertTable alerts={past.value} label="Over" />
          </section>
        )}
      </div>
    </>
  );
});

interface TableProps {
  readonly alerts: readonly Alert[];
  readonly label: string;
}

const AlertTable = component$(({ alerts, label }: TableProps) => {
  const app = useContext(AppContext);
  const isOpen = label === 'Raised';
  return (
    <Scroll label={label}>
      <table class="stacked">
        <thead>
          <tr>
            <th>Alert</th><th>Device</th><th>Path</th><th>Why</th><th class="num">Raised</th>
            {isOpen ? <th>State</th> : <th class="num">Over</th>}
            {isOpen && mayOperate(app) && <th />}
          </tr>
        </thead>
        <tbody>
          {alerts.map((alert) => (
            <tr key={alert.id}>
              <td class="nowrap">
                <span class={`tag ${TONES[alert.severity]}`}>{alert.severity}</span> {alert.rule}
              </td>
              <td class="mono nowrap">
                <a class="link" href={deviceAddress(alert.endpoint)}>{alert.endpoint}</a>
              </td>
              <td class="mono faint">{alert.path}</td>
              <td class="nowrap">{alert.detail}</td>
              <td class="num" data-label="raised" title={exact(alert.raisedAt)}>
                <time-ago at={String(alert.raisedAt)} />
              </td>
              {isOpen ? <State alert={alert} /> : (
                <td class="num" data-label="over" title={exact(alert.clearedAt ?? 0)}>
                  <time-ago at={String(alert.clearedAt)} />
                </td>
              )}
              {isOpen && mayOperate(app) && <td class="num"><Actions alert={alert} /></td>}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
});

const State = component$(({ alert }: { readonly alert: Alert }) => {
  const { acknowledgedBy, mutedUntil } = alert;
  if (acknowledgedBy === '' && mutedUntil === undefined) return <td>new</td>;
  return (
    <td>
      {acknowledgedBy !== '' && `seen by ${acknowledgedBy}`}
      {acknowledgedBy !== '' && mutedUntil !== undefined && ', '}
      {mutedUntil !== undefined && (
        <span title={exact(mutedUntil)}>muted, <time-left at={String(mutedUntil)} /> left</span>
      )}
    </td>
  );
});

const Actions = component$(({ alert }: { readonly alert: Alert }) => {
  const app = useContext(AppContext);
  const { id, rule } = alert;
  return (
    <span class="row">
      {alert.acknowledgedBy === '' && (
        <button
          type="button" class="btn small"
          onClick$={() => act(app, () => api.alerts.acknowledge.mutate({ id }))}>
          Acknowledge
        </button>
      )}
      <Menu label="Mute" class="btn small" title={`Raise no "${rule}" of this for a while`}>
        {MUTES.map(([label, seconds]) => (
          <button
            key={seconds} type="button"
            onClick$={() => act(app, () => api.alerts.mute.mutate({ id, seconds }))}>
            {label}
          </button>
        ))}
      </Menu>
    </span>
  );
});

/** The table shows what came of it. */
async function act(app: AppState, change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    say(app, problemOf(error), 'bad');
  }
}
