// The frame of every form that asks something of the device: what a sleeping device means for it,
// what is wrong, and the focus back where it was.

import { component$, Slot, useContext, useSignal, type QRL } from '@builder.io/qwik';
import { Dialog } from '../parts/dialog.tsx';
import type { DeviceNews } from '../wire.ts';
import { DeviceContext } from './context.ts';

interface OperationFormProps {
  readonly title: string;
  /** What the button says. */
  readonly action: string;
  readonly problem: string | undefined;
  readonly isWide?: boolean;
  /** Whether it is done, and the form may go. */
  readonly onSubmit$: QRL<(waitAtMost: number | undefined) => Promise<boolean>>;
}

const WAITS: readonly (readonly [seconds: number, words: string])[] = [
  [3_600, 'at most an hour'], [86_400, 'at most a day'], [604_800, 'at most a week'],
];

export const OperationForm = component$((props: OperationFormProps) => {
  const device = useContext(DeviceContext);
  const waitAtMost = useSignal<number>();
  const isSending = useSignal(false);
  return (
    <Dialog
      label={props.title} class={props.isWide ? 'wide' : 'form'}
      onClose$={() => { device.dialog = undefined; }}>
      <form
        preventdefault:submit
        onSubmit$={async () => {
          if (isSending.value) return;
          isSending.value = true;
          if (await props.onSubmit$(waitAtMost.value)) device.dialog = undefined;
          isSending.value = false;
        }}>
        <h2>{props.title}</h2>
        <Slot />
        {device.news !== undefined && device.news.state !== 'awake' && (
          <p class="waits">
            <span>{absence(device.news)}</span>
            {device.news.registration !== null && (
              <select
                aria-label="Waits at most"
                onChange$={(_, select) => {
                  waitAtMost.value = select.value === '' ? undefined : Number(select.value);
                }}>
                <option value="">as long as it takes</option>
                {WAITS.map(([seconds, words]) => (
                  <option key={seconds} value={seconds}>{words}</option>
                ))}
              </select>
            )}
          </p>
        )}
        {props.problem !== undefined && <p class="problem" role="alert">{props.problem}</p>}
        <div class="actions">
          <button
            type="button" class="btn" onClick$={() => { device.dialog = undefined; }}>
            Cancel
          </button>
          <button class="btn primary" disabled={isSending.value}>{props.action}</button>
        </div>
      </form>
    </Dialog>
  );
});

function absence({ state, registration }: DeviceNews): string {
  return registration === null ? 'The device is not registered: nothing can be asked of it.'
    : `The device is ${state}: this waits until it listens,`;
}
