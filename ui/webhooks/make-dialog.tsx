// A new webhook: where it sends what, and at the end its secret, which is shown only there.

import { $, component$, useSignal, type QRL } from '@builder.io/qwik';
import type { MadeWebhook, WebhookView } from '../../core/api/views.ts';
import { api, problemsOf } from '../api.ts';
import { Field } from '../parts/field.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { SecretDialog } from '../parts/secret.tsx';

type EventType = WebhookView['events'][number];

/** What each means, in the order in which they are offered. */
const EVENTS: Readonly<Record<EventType, string>> = {
  alert: 'raised, cleared, acknowledged or muted',
  registered: 'a device registered', updated: 'it updated its registration',
  deregistered: 'it left by its own word', expired: 'its registration expired',
  reconnected: 'it came back from another address', overdue: 'a report is missing',
  report: 'a device reported several values together', operation: 'an operation ended',
  value: 'a value of the paths below was stored',
};
const TYPES = Object.keys(EVENTS) as EventType[];

interface DialogProps {
  readonly onClose$: QRL<() => void>;
}

export const MakeWebhookDialog = component$(({ onClose$ }: DialogProps) => {
  const url = useSignal('');
  const devices = useSignal('*');
  const paths = useSignal('');
  const events = useSignal<readonly EventType[]>(['alert']);
  const problems = useSignal<Problems>({});
  const made = useSignal<MadeWebhook>();
  const make = $(async () => {
    try {
      const hasValues = events.value.includes('value');
      made.value = await api.webhooks.make.mutate({
        url: url.value.trim(), devices: devices.value.trim(), events: [...events.value],
        paths: hasValues ? paths.value.split(/[\s,]+/).filter((one) => one !== '') : [],
      });
    } catch (error) {
      problems.value = problemsOf(error, ['url', 'devices', 'events', 'paths']);
    }
  });
  if (made.value !== undefined) {
    return (
      <SecretDialog
        title="The secret of the webhook" text={made.value.secret} onClose$={onClose$}>
        Each delivery is signed with it, so that the receiver can tell it from what others send.
      </SecretDialog>
    );
  }
  return (
    <FormDialog
      title="Make a webhook" action="Make" onSubmit$={make} onClose$={onClose$}>
      <Field
        label="Address" value={url.value} isFirst problem={problems.value.url}
        hint="Like https://example.org/hook. The server sends there what happens."
        onValue$={$((value: string) => { url.value = value; })} />
      <Field
        label="Devices" value={devices.value} problem={problems.value.devices}
        hint="By name; * stands for any characters."
        onValue$={$((value: string) => { devices.value = value; })} />
      <Events
        chosen={events.value} problem={problems.value.events}
        onChange$={$((next: readonly EventType[]) => { events.value = next; })} />
      {events.value.includes('value') && (
        <Field
          label="Paths of the values" value={paths.value} problem={problems.value.paths}
          hint="Like /3303/0/5700 /3/0/9; a path has all below it."
          onValue$={$((value: string) => { paths.value = value; })} />
      )}
    </FormDialog>
  );
});

type Problems = Partial<Record<'url' | 'devices' | 'events' | 'paths', string>>;

interface EventsProps {
  readonly chosen: readonly EventType[];
  readonly problem: string | undefined;
  readonly onChange$: QRL<(next: readonly EventType[]) => void>;
}

const Events = component$(({ chosen, problem, onChange$ }: EventsProps) => (
  <div class="field" role="group" aria-label="Events">
    <span>Events</span>
    <div class="chips">
      {TYPES.map((type) => (
        <button
          key={type} type="button" class="chip" title={EVENTS[type]}
          aria-pressed={chosen.includes(type)}
          onClick$={() => onChange$(chosen.includes(type)
            ? chosen.filter((one) => one !== type) : [...chosen, type])}>
          {type}
        </button>
      ))}
    </div>
    {problem !== undefined && <span class="problem" role="alert">{problem}</span>}
  </div>
));
