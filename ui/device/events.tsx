// What happened to the device, newest first.

import { component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { exact } from '../format.ts';
import { Scroll } from '../parts/scroll.tsx';
import type { DeviceEvent } from '../wire.ts';
import { DeviceContext } from './context.ts';

const SHOWN_MAX = 100;

export const Events = component$(() => {
  const device = useContext(DeviceContext);
  const events = useSignal<readonly DeviceEvent[]>();
  const problem = useSignal<string>();
  useVisibleTask$(({ track }) => {
    // Whatever makes an event changes one of these.
    track(() => device.loads);
    track(() => device.news?.registration?.updatedAt);
    track(() => device.news?.registration?.port);
    track(() => device.news?.session.registration);
    api.device.events.query({ endpoint: device.endpoint, limit: SHOWN_MAX }).then((found) => {
      events.value = found;
      problem.value = undefined;
    }, (error: unknown) => {
      problem.value = problemOf(error);
    });
  });
  if (problem.value !== undefined) return <p class="problem in-place">{problem.value}</p>;
  if (events.value === undefined) return <p class="chart-empty"><i class="skeleton" /></p>;
  if (events.value.length === 0) return <p class="chart-empty muted">Nothing has happened yet.</p>;
  return (
    <Scroll label="Events">
      <table>
        <thead><tr><th>Time</th><th>Event</th><th>Detail</th><th class="num">Ago</th></tr></thead>
        <tbody>
          {events.value.map((event, index) => (
            <tr key={index}>
              <td class="mono faint">{exact(event.at)}</td>
              <td>{event.type}</td>
              <td class="muted">{event.detail}</td>
              <td class="num"><time-ago at={String(event.at)} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
});
