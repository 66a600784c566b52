// Webhooks, for admins: where the server sends what happens, and how that went.

import { $, component$, useContext, useSignal, useVisibleTask$, type QRL } from '@builder.io/qwik';
import type { WebhookView } from '../../core/api/views.ts';
import { api, problemOf } from '../api.ts';
import { AppContext, isAdmin, say } from '../app-state.ts';
import { exact } from '../format.ts';
import { show } from '../live.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Notice } from '../parts/notice.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Deliveries } from '../webhooks/deliveries.tsx';
import { MakeWebhookDialog } from '../webhooks/make-dialog.tsx';

const REFRESH = 2_000;

export const WebhooksPage = component$(() => {
  const app = useContext(AppContext);
  const webhooks = useSignal<readonly WebhookView[]>();
  const problem = useSignal<string>();
  const isMaking = useSignal(false);
  const chosen = useSignal<WebhookView>();
  const removing = useSignal<WebhookView>();
  const load = $(async () => {
    try {
      webhooks.value = (await api.webhooks.list.query()).items;
      problem.value = undefined;
      const id = chosen.value?.id;
      chosen.value = webhooks.value.find((one) => one.id === id) ?? webhooks.value.at(-1);
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  useVisibleTask$(({ cleanup }) => {
    document.title = 'Webhooks · Flownexus';
    show({ page: 'other' });
    if (!isAdmin(app)) return;
    void load();
    const timer = setInterval(load, REFRESH);
    cleanup(() => clearInterval(timer));
  });
  if (!isAdmin(app)) {
    return <Notice title="For admins only" text="An admin says where events are sent." />;
  }
  return (
    <>
      <Head onMake$={$(() => { isMaking.value = true; })} />
      {problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>}
      <div class="stack">
        <WebhooksPanel
          webhooks={webhooks.value} chosen={chosen.value?.id ?? ''}
          onChoose$={$((one: WebhookView) => { chosen.value = one; })}
          onRemove$={$((one: WebhookView) => { removing.value = one; })} />
        {chosen.value !== undefined && (
          <Deliveries key={chosen.value.id} id={chosen.value.id} url={chosen.value.url} />
        )}
      </div>
      {isMaking.value && (
        <MakeWebhookDialog
          onClose$={$(() => {
            isMaking.value = false;
            chosen.value = undefined;
            return load();
          })} />
      )}
      {removing.value !== undefined && (
        <RemoveDialog
          webhook={removing.value}
          onClose$={$(() => {
            removing.value = undefined;
            return load();
          })} />
      )}
    </>
  );
});

const Head = component$(({ onMake$ }: { readonly onMake$: QRL<() => void> }) => (
  <div class="page-head">
    <h1>Webhooks</h1>
    <span class="muted">Signed posts of what happens, tried again until they arrive</span>
    <button type="button" class="btn primary right" onClick$={onMake$}>Make a webhook</button>
  </div>
));

interface RemoveProps {
  readonly webhook: WebhookView;
  readonly onClose$: QRL<() => void>;
}

const RemoveDialog = component$(({ webhook, onClose$ }: RemoveProps) => {
  const app = useContext(AppContext);
  return (
    <ConfirmDialog
      title="Delete the webhook?" name=""
      onConfirm$={$(async () => {
        await api.webhooks.remove.mutate({ webhook: webhook.id });
        say(app, 'The webhook is deleted.');
        await onClose$();
      })}
      onClose$={onClose$}>
      Nothing more is sent to {webhook.url}. What waits and its log go with it.
    </ConfirmDialog>
  );
});

interface TableProps {
  readonly webhooks: readonly WebhookView[];
  readonly chosen: string;
  readonly onChoose$: QRL<(webhook: WebhookView) => void>;
  readonly onRemove$: QRL<(webhook: WebhookView) => void>;
}

type PanelProps = Omit<TableProps, 'webhooks'> & {
  readonly webhooks: readonly WebhookView[] | undefined;
};

const WebhooksPanel = component$(({ webhooks, chosen, onChoose$, onRemove$ }: PanelProps) => (
  <section class="panel" aria-label="Webhooks">
    {webhooks === undefined && <p class="chart-empty"><i class="skeleton" /></p>}
    {webhooks?.length === 0 && (
      <Notice
        title="Nothing is sent anywhere"
        text="Make a webhook, and the server posts alerts, registrations, ended operations or
          values to an address of yours." />
    )}
    {webhooks !== undefined && webhooks.length > 0 && (
      <WebhookTable
        webhooks={webhooks} chosen={chosen} onChoose$={onChoose$} onRemove$={onRemove$} />
    )}
  </section>
));

const WebhookTable = component$(({ webhooks, chosen, onChoose$, onRemove$ }: TableProps) => (
  <Scroll label="Webhooks">
    <table class="stacked">
      <thead>
        <tr>
          <th>Address</th><th>Events</th><th>Devices</th><th class="num">Waiting</th>
          <th class="num">Dropped</th><th>Made by</th><th class="num">Since</th><th />
        </tr>
      </thead>
      <tbody>
        {webhooks.map((one) => (
          <tr key={`${one.id} ${one.waiting} ${one.dropped} ${chosen === one.id}`}>
            <td class="mono url">{one.url}</td>
            <td>
              {one.events.join(', ')}
              {one.paths.length > 0 && <span class="mono faint"> {one.paths.join(' ')}</span>}
            </td>
            <td class="mono">{one.devices}</td>
            <td class="num" data-label="waiting">
              {one.waiting > 0 ? <span class="tag waiting">{one.waiting}</span> : '—'}
            </td>
            <td
              class="num" data-label="dropped"
              title="Events that found no room since the server started">
              {one.dropped > 0 ? <span class="tag bad">{one.dropped}</span> : '—'}
            </td>
            <td data-label="by">{one.createdBy}</td>
            <td class="num" data-label="since" title={exact(one.createdAt)}>
              <time-ago at={String(one.createdAt)} />
            </td>
            <td class="num">
              <span class="row">
                <button
                  type="button" class="btn small" aria-pressed={chosen === one.id}
                  aria-label={`Deliveries to ${one.url}`} onClick$={() => onChoose$(one)}>
                  Deliveries
                </button>
                <button
                  type="button" class="btn small" aria-label={`Delete the webhook to ${one.url}`}
                  onClick$={() => onRemove$(one)}>
                  Delete
                </button>
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
));
