// What one webhook sent and how it went, the newest first, looked up again while it is shown.

import { $, component$, useSignal, useVisibleTask$, type QRL } from '@builder.io/qwik';
import type { DeliveryView } from '../../core/api/views.ts';
import { api, isMissing, problemOf } from '../api.ts';
import { exact } from '../format.ts';
import { serverNow } from '../live.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Scroll } from '../parts/scroll.tsx';

const PAGE = 20;
const REFRESH = 2_000;

const TONES: Readonly<Record<DeliveryView['state'], string>> = {
  delivered: 'good', waiting: 'waiting', 'given up': 'bad',
};

interface DeliveriesProps {
  readonly id: string;
  readonly url: string;
}

export const Deliveries = component$(({ id, url }: DeliveriesProps) => {
  const items = useSignal<readonly DeliveryView[]>();
  const count = useSignal(PAGE);
  const hasMore = useSignal(false);
  const problem = useSignal<string>();
  const shown = useSignal<DeliveryView>();
  useVisibleTask$(({ track, cleanup }) => {
    const limit = track(count);
    const load = (): void => {
      api.webhooks.deliveries.query({ webhook: id, limit }).then((page) => {
        items.value = page.items;
        hasMore.value = page.next !== null;
        problem.value = undefined;
      }, (error: unknown) => {
        problem.value = isMissing(error) ? undefined : problemOf(error);
      });
    };
    load();
    const timer = setInterval(load, REFRESH);
    cleanup(() => clearInterval(timer));
  });
  return (
    <section class="panel" aria-label="Deliveries">
      <header><h2>Deliveries</h2><span class="mono faint ellipsis">{url}</span></header>
      {problem.value !== undefined && <p class="problem in-place">{problem.value}</p>}
      {items.value === undefined && <p class="chart-empty"><i class="skeleton" /></p>}
      {items.value?.length === 0 && (
        <p class="body muted">Nothing was sent yet: none of its events happened.</p>
      )}
      {items.value !== undefined && items.value.length > 0 && (
        <DeliveryTable
          items={items.value} onShow$={$((one: DeliveryView) => { shown.value = one; })} />
      )}
      {hasMore.value && (
        <p class="body">
          <button
            type="button" class="btn small" onClick$={() => { count.value += PAGE; }}>
            Show older ones
          </button>
        </p>
      )}
      {shown.value !== undefined && (
        <BodyDialog delivery={shown.value} onClose$={$(() => { shown.value = undefined; })} />
      )}
    </section>
  );
});

interface TableProps {
  readonly items: readonly DeliveryView[];
  readonly onShow$: QRL<(delivery: DeliveryView) => void>;
}

const DeliveryTable = component$(({ items, onShow$ }: TableProps) => (
  <Scroll label="Deliveries">
    <table class="stacked">
      <thead>
        <tr>
          <th class="num">No.</th><th>State</th><th class="num">Events</th>
          <th class="num">Tries</th><th>Answer</th><th class="num">Made</th>
          <th class="num">Next try</th><th />
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={`${one.id} ${one.changedAt}`}>
            <td class="num" data-label="no.">{one.id}</td>
            <td class="nowrap"><span class={`tag ${TONES[one.state]}`}>{one.state}</span></td>
            <td class="num" data-label="events">{one.events}</td>
            <td class="num" data-label="tries">{one.attempts}</td>
            <td class="muted">{one.outcome}</td>
            <td class="num" data-label="made" title={exact(one.createdAt)}>
              <time-ago at={String(one.createdAt)} />
            </td>
            <td class="num nowrap" data-label={one.state === 'waiting' ? 'next' : undefined}>
              {one.state === 'waiting' && (one.nextAt <= serverNow()
                ? 'in its turn' : <time-left at={String(one.nextAt)} />)}
            </td>
            <td class="num">
              <button
                type="button" class="btn small" aria-label={`Body of delivery ${one.id}`}
                onClick$={() => onShow$(one)}>
                Body
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
));

interface BodyProps {
  readonly delivery: DeliveryView;
  readonly onClose$: QRL<() => void>;
}

const BodyDialog = component$(({ delivery, onClose$ }: BodyProps) => (
  <Dialog label={`Delivery ${delivery.id}`} onClose$={onClose$} class="wide">
    <div class="body">
      <h2>Delivery {delivery.id}</h2>
      <pre class="sent mono" tabIndex={0}>{pretty(delivery.body)}</pre>
      <div class="actions">
        <button type="button" class="btn" onClick$={onClose$}>Close</button>
      </div>
    </div>
  </Dialog>
));

function pretty(body: string): string {
  return JSON.stringify(JSON.parse(body), null, 2);
}
