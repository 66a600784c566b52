// Gives a device a key, or another one: made here and shown once, or one that the device has
// already.

import { $, component$, useContext, useSignal, type QRL, type Signal } from '@builder.io/qwik';
import { api, problemsOf } from '../api.ts';
import { AppContext, say } from '../app-state.ts';
import { Field } from '../parts/field.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { SecretDialog } from '../parts/secret.tsx';

export interface KeyAbout {
  /** Else the one with this identity gets another key. */
  readonly isNew: boolean;
  /** What stands in the form at first. */
  readonly endpoint: string;
  readonly identity: string;
}

interface KeyDialogProps {
  readonly about: KeyAbout;
  /** The identity has its key; what was made may still be shown. */
  readonly onDone$: QRL<(identity: string) => unknown>;
  readonly onClose$: QRL<() => unknown>;
}

const FIELDS = ['identity', 'endpoint', 'key'] as const;
/** RFC 7925 s4.2: what a device of any kind takes. */
const KEY_BYTES = 16;

export const KeyDialog = component$(({ about, onDone$, onClose$ }: KeyDialogProps) => {
  const app = useContext(AppContext);
  const endpoint = useSignal(about.endpoint);
  const identity = useSignal(about.identity);
  /** undefined: one is made. */
  const typed = useSignal<string>();
  // The same for each try: an answer that is lost on its way may have been a yes.
  const made = useSignal(newKey);
  const problems = useSignal<Partial<Record<(typeof FIELDS)[number], string>>>({});
  const isSending = useSignal(false);
  const isDone = useSignal(false);
  const id = identity.value || endpoint.value;
  const send = $(async () => {
    const name = identity.value || endpoint.value;
    const key = typed.value?.replace(/[\s:]/g, '') ?? made.value;
    const given = { kind: 'psk', identity: name, key } as const;
    isSending.value = true;
    try {
      if (about.isNew) {
        await api.credentials.add.mutate({ ...given, endpoint: endpoint.value });
      } else await api.credentials.rotate.mutate(given);
      await onDone$(name);
      say(app, about.isNew ? `${name} may register as ${endpoint.value}.`
        : `${name} has another key.`);
      if (typed.value === undefined) isDone.value = true;
      else await onClose$();
    } catch (error) {
      problems.value = problemsOf(error, FIELDS);
    }
    isSending.value = false;
  });
  if (isDone.value) {
    return (
      <SecretDialog title={`The key of ${id}`} text={made.value} onClose$={onClose$}>
        Put it into the device, in hex, as its pre-shared key with the identity{' '}
        <code>{id}</code>.
      </SecretDialog>
    );
  }
  return (
    <FormDialog
      title={about.isNew ? 'Give a device a key' : `Rotate the key of ${id}`}
      action={about.isNew ? 'Add' : 'Rotate'} isReady={id !== '' && !isSending.value}
      onSubmit$={send} onClose$={onClose$}>
      {about.isNew ? (
        <>
          <Field
            label="Endpoint" value={endpoint.value} isFirst problem={problems.value.endpoint}
            hint="The name it registers with. From now on it comes in by DTLS alone."
            onValue$={$((value: string) => { endpoint.value = value.trim(); })} />
          <Field
            label="Identity" value={identity.value} problem={problems.value.identity}
            hint="What it says in the handshake; left out, its endpoint."
            onValue$={$((value: string) => { identity.value = value.trim(); })} />
        </>
      ) : <Warning problem={problems.value.identity} />}
      <KeyChoice typed={typed} problem={problems.value.key} />
    </FormDialog>
  );
});

const Warning = component$(({ problem }: { readonly problem: string | undefined }) => (
  <>
    <p class="muted">The old key is good for nothing at once, and what it began ends.</p>
    {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
  </>
));

interface ChoiceProps {
  readonly typed: Signal<string | undefined>;
  readonly problem: string | undefined;
}

const KeyChoice = component$(({ typed, problem }: ChoiceProps) => (
  <>
    <div class="field" role="group" aria-label="Key">
      <span>Key</span>
      <div class="segmented">
        {['Make one', 'I have one'].map((label, own) => (
          <button
            key={label} type="button" aria-pressed={(typed.value !== undefined) === (own === 1)}
            onClick$={() => { typed.value = own === 1 ? typed.value ?? '' : undefined; }}>
            {label}
          </button>
        ))}
      </div>
    </div>
    {typed.value !== undefined && (
      <Field
        label="The key, in hex" value={typed.value} problem={problem}
        hint="32 to 128 hexadecimal digits, as the device has them."
        onValue$={$((value: string) => { typed.value = value; })} />
    )}
  </>
));

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
