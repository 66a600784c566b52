// Over the device page: which device, how it is, and what can be done to it as a whole.

import { $, component$, useContext, useSignal } from '@builder.io/qwik';
import { AppContext, isAdmin, mayOperate } from '../app-state.ts';
import { DeviceContext } from './context.ts';
import { DescribeDialog, ForgetDialog } from './dialogs.tsx';

export const DeviceHead = component$(() => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const { endpoint, news } = device;
  const dialog = useSignal<'describe' | 'forget'>();
  const close = $(() => { dialog.value = undefined; });
  const waiting = news?.operations.filter(({ status }) => status === 'QUEUED').length ?? 0;
  return (
    <div class="page-head device-head">
      <h1 class="mono">{endpoint}</h1>
      {news !== undefined && (
        <>
          <span class={`state ${news.state}`}>{news.state}</span>
          {news.displayName !== '' && <span>{news.displayName}</span>}
          {news.lastSeenAt > 0 && (
            <span class="muted">seen <time-ago at={String(news.lastSeenAt)} /></span>
          )}
          {news.tags.map((tag) => <span key={tag} class="tag">{tag}</span>)}
          {waiting > 0 && <span class="tag waiting">{waiting} waiting</span>}
        </>
      )}
      <span class="right row">
        {mayOperate(app) && news !== undefined && (
          <>
            <button
              type="button" class="btn"
              onClick$={() => { device.dialog = { form: 'wants', path: '' }; }}>
              Wants
            </button>
            <button type="button" class="btn" onClick$={() => { dialog.value = 'describe'; }}>
              Name and tags
            </button>
          </>
        )}
        {isAdmin(app) && news !== undefined && (
          <button type="button" class="btn danger" onClick$={() => { dialog.value = 'forget'; }}>
            Forget
          </button>
        )}
      </span>
      {dialog.value === 'describe' && <DescribeDialog onClose$={close} />}
      {dialog.value === 'forget' && <ForgetDialog onClose$={close} />}
    </div>
  );
});
