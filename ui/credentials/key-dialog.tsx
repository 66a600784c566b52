// Says how a device proves who it is, or gives it another key: a secret that is made here and shown
// once, or that the device has already; its public key; or that it comes with a certificate.

import { $, component$, useContext, useSignal, type QRL, type Signal } from '@builder.io/qwik';
import { api, problemsOf } from '../api.ts';
import { AppContext, say } from '../app-state.ts';
import { Field } from '../parts/field.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { SecretDialog } from '../parts/secret.tsx';
import type { Credential } from '../wire.ts';

type Kind = Credential['kind'];

export interface KeyAbout {
  /** Else the one with this identity gets another key. */
  readonly isNew: boolean;
  readonly kind: Kind;
  /** What stands in the form at first. */
  readonly endpoint: string;
  readonly identity: string;
  /** Somebody at this address has tried: the kind is the one he came with. */
  readonly from?: string;
  /** The key that it has proven to have. */
  readonly publicKey?: string;
}

interface KeyDialogProps {
  readonly about: KeyAbout;
  /** False: devices cannot come with certificates. */
  readonly takesCertificates: boolean;
  /** It is done; what was made may still be shown. */
  readonly onDone$: QRL<() => unknown>;
  readonly onClose$: QRL<() => unknown>;
}

type Problems = Readonly<Partial<Record<'identity' | 'endpoint' | 'key', string>>>;

interface Form {
  readonly kind: Signal<Kind>;
  readonly endpoint: Signal<string>;
  readonly identity: Signal<string>;
  /** Of a PSK; undefined: one is made. */
  readonly typed: Signal<string | undefined>;
  readonly publicKey: Signal<string>;
  readonly problems: Signal<Problems>;
}

/** RFC 7925 s4.2: what a device of any kind takes. */
const KEY_BYTES = 16;
const KINDS: readonly (readonly [Kind, string])[] =
  [['psk', 'Shared key'], ['rpk', 'Public key'], ['x509', 'Certificate']];

export const KeyDialog = component$((props: KeyDialogProps) => {
  const { onDone$, onClose$ } = props;
  // As it was at first: on closing the caller takes it away while parts of this still stand.
  const { value: about } = useSignal(props.about);
  const app = useContext(AppContext);
  const kind = useSignal<Kind>(about.kind);
  const endpoint = useSignal(about.endpoint);
  const identity = useSignal(about.identity);
  const typed = useSignal<string>();
  const publicKey = useSignal(about.publicKey ?? '');
  const problems = useSignal<Problems>({});
  const form: Form = { kind, endpoint, identity, typed, publicKey, problems };
  // The same for each try: an answer that is lost on its way may have been a yes.
  const made = useSignal(newKey);
  const isSending = useSignal(false);
  const isDone = useSignal(false);
  const id = identity.value || endpoint.value;
  const send = $(async () => {
    isSending.value = true;
    try {
      await store(about, form, made.value);
      await onDone$();
      say(app, doneWords(about, form));
      if (kind.value === 'psk' && typed.value === undefined) isDone.value = true;
      else await onClose$();
    } catch (error) {
      problems.value = problemsOf(error, fieldsOf(about, kind.value));
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
  /** What a certificate names cannot be chosen. */
  const isAsked = about.from === undefined || about.kind !== 'x509';
  const isReady = id !== '' && (!about.isNew || endpoint.value !== '')
    && (kind.value !== 'rpk' || publicKey.value.trim() !== '');
  return (
    <FormDialog
      title={titleOf(about, id)} isReady={isReady && !isSending.value} onSubmit$={send}
      action={!about.isNew ? 'Rotate' : !isAsked ? 'Accept' : 'Add'}
      onClose$={onClose$}>
      {about.from !== undefined && isAsked && <p class="muted">{doubtOf(about, about.from)}</p>}
      {about.isNew && isAsked && <NewFields about={about} form={form} />}
      {!about.isNew && <Warning problem={problems.value.identity} />}
      {kind.value === 'psk' && <KeyChoice typed={typed} problem={problems.value.key} />}
      {kind.value === 'rpk' && about.publicKey === undefined && (
        <PublicKey text={publicKey} problem={problems.value.key} isFirst={!about.isNew} />
      )}
      {kind.value === 'x509' && (
        <Certified form={form} isPossible={props.takesCertificates} isAlone={!isAsked} />
      )}
    </FormDialog>
  );
});

async function store(about: KeyAbout, form: Form, made: string): Promise<void> {
  const [kind, endpoint] = [form.kind.value, form.endpoint.value];
  const identity = form.identity.value;
  if (kind === 'x509') {
    await api.credentials.add.mutate({ kind, endpoint });
    return;
  }
  if (kind === 'rpk') {
    const key = form.publicKey.value.trim();
    if (!about.isNew) await api.credentials.rotate.mutate({ kind, identity, key });
    else await api.credentials.add.mutate({ kind, endpoint, identity: identity || undefined, key });
    return;
  }
  const given = {
    kind, identity: identity || endpoint, key: form.typed.value?.replace(/[\s:]/g, '') ?? made,
  };
  if (about.isNew) await api.credentials.add.mutate({ ...given, endpoint });
  else await api.credentials.rotate.mutate(given);
}

function doneWords({ isNew }: KeyAbout, { kind, endpoint, identity }: Form): string {
  if (!isNew) return `${identity.value} has another key.`;
  return kind.value === 'x509' ? `${endpoint.value} comes with a certificate from now on.`
    : `${identity.value || 'Its key'} may register as ${endpoint.value}.`;
}

/** Those that are shown, first where what is about none of them stands. */
function fieldsOf({ isNew, publicKey }: KeyAbout, kind: Kind): ['identity' | 'endpoint' | 'key',
  ...('identity' | 'endpoint' | 'key')[]] {
  if (kind === 'x509' || publicKey !== undefined) return ['endpoint'];
  if (kind === 'rpk') return isNew ? ['key', 'endpoint', 'identity'] : ['key'];
  return isNew ? ['identity', 'endpoint', 'key'] : ['identity', 'key'];
}

/** Who has tried may be another than he said. */
function doubtOf({ isNew, publicKey }: KeyAbout, from: string): string {
  const doubt = publicKey === undefined ? `Anybody can say this name: this one came from ${from}.`
    : `Anybody can prove a key of his own: this one came from ${from}. Compare its fingerprint `
      + 'with that of the device.';
  return doubt + (isNew ? ' What the device has registered without this key ends.' : '');
}

function titleOf({ isNew, from, kind }: KeyAbout, id: string): string {
  if (!isNew) return `Rotate the key of ${id}`;
  if (from === undefined) return 'Say how a device proves who it is';
  return kind === 'psk' ? 'Give a device a key' : kind === 'rpk' ? 'Add its public key'
    : `Accept ${id}`;
}

interface FieldsProps {
  readonly about: KeyAbout;
  readonly form: Form;
}

const NewFields = component$(({ about, form }: FieldsProps) => {
  const { kind, endpoint, identity, problems } = form;
  const hasIdentity = kind.value !== 'x509' && about.publicKey === undefined;
  return (
    <>
      {about.from === undefined && <KindChoice kind={kind} />}
      {about.publicKey !== undefined && (
        <p class="muted">
          Fingerprint: <code class="breaks">{about.identity}</code>
        </p>
      )}
      <Field
        label="Endpoint" value={endpoint.value} isFirst problem={problems.value.endpoint}
        hint={`The name it registers with${about.publicKey === undefined ? ''
          : ', which the handshake does not say'}. From now on it comes in by DTLS alone.`}
        onValue$={$((value: string) => { endpoint.value = value.trim(); })} />
      {hasIdentity && (
        <Field
          label="Identity" value={identity.value} problem={problems.value.identity}
          hint={kind.value === 'psk' ? 'What it says in the handshake; left out, its endpoint.'
            : 'What it is called here; left out, the fingerprint of its key.'}
          onValue$={$((value: string) => { identity.value = value.trim(); })} />
      )}
    </>
  );
});

const KindChoice = component$(({ kind }: { readonly kind: Signal<Kind> }) => (
  <div class="segmented" role="group" aria-label="Kind">
    {KINDS.map(([value, label]) => (
      <button
        key={value} type="button" aria-pressed={kind.value === value}
        onClick$={() => { kind.value = value; }}>
        {label}
      </button>
    ))}
  </div>
));

interface CertifiedProps {
  readonly form: Form;
  readonly isPossible: boolean;
  /** No field has what is wrong below it. */
  readonly isAlone: boolean;
}

const Certified = component$(({ form, isPossible, isAlone }: CertifiedProps) => (
  <>
    <p class="muted">
      It comes with a certificate that names <b>{form.endpoint.value || 'this endpoint'}</b>, of an
      authority that the server trusts. Nobody can register as it without one any more.
    </p>
    {!isPossible && (
      <p class="problem">
        This server takes no certificates yet: start it with --dtls-cert, --dtls-key and --dtls-ca,
        or the device cannot come in.
      </p>
    )}
    {isAlone && <p class="problem" role="alert">{form.problems.value.endpoint}</p>}
  </>
));

const Warning = component$(({ problem }: { readonly problem: string | undefined }) => (
  <>
    <p class="muted">The old key is good for nothing at once, and what it began ends.</p>
    {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
  </>
));

interface PublicKeyProps {
  readonly text: Signal<string>;
  readonly problem: string | undefined;
  readonly isFirst: boolean;
}

const PublicKey = component$(({ text, problem, isFirst }: PublicKeyProps) => (
  <Field
    label="Its public key" value={text.value} rows={4} problem={problem} isFirst={isFirst}
    hint="PEM, or the same in base64 or hex; on secp256r1 (P-256). Never the private one."
    onValue$={$((value: string) => { text.value = value; })} />
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
