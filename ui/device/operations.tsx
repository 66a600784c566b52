// What people asked of the device: waiting, running and lately ended.

import { component$, useContext } from '@builder.io/qwik';
import { Scroll } from '../parts/scroll.tsx';
import { DeviceContext } from './context.ts';

const TONES: Readonly<Record<string, string>> = {
  QUEUED: 'waiting', SENDING: 'waiting', CONFIRMED: 'good', FAILED: 'bad',
};

export const Operations = component$(() => {
  const { news } = useContext(DeviceContext);
  if (news === undefined || news.operations.length === 0) {
    return (
      <p class="chart-empty muted">
        Nothing was asked of this device lately. Reads that wait for it to wake up appear here.
      </p>
    );
  }
  return (
    <Scroll label="Operations">
      <table>
        <thead>
          <tr>
            <th>Status</th><th>Operation</th><th>Outcome</th><th class="num">Asked</th>
            <th>By</th><th class="num">Tries</th>
          </tr>
        </thead>
        <tbody>
          {news.operations.map((operation) => (
            <tr key={operation.id}>
              <td>
                <span class={`tag ${TONES[operation.status] ?? ''}`}>
                  {operation.status.toLowerCase()}
                </span>
              </td>
              <td class="nowrap">{operation.kind} <span class="mono">{operation.path}</span></td>
              <td>{operation.outcome}</td>
              <td class="num nowrap"><time-ago at={String(operation.createdAt)} /></td>
              <td>{operation.requestedBy}</td>
              <td class="num">{operation.attempts}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
});
