// One labelled input with what is wrong with it below.

import { component$, type QRL } from '@builder.io/qwik';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onValue$: QRL<(value: string) => void>;
  readonly type?: 'text' | 'password';
  readonly autocomplete?: 'username' | 'current-password' | 'new-password' | 'off';
  readonly problem?: string | undefined;
  readonly hint?: string;
  readonly isFirst?: boolean;
  /** Of text over several lines; left out: one. */
  readonly rows?: number;
}

export const Field = component$((props: FieldProps) => {
  const common = {
    value: props.value,
    autoFocus: props.isFirst ?? false,
    autoCapitalize: 'none',
    spellcheck: false,
    'aria-invalid': props.problem !== undefined,
  } as const;
  return (
    <label class="field">
      <span>{props.label}</span>
      {props.rows === undefined ? (
        <input
          {...common} type={props.type ?? 'text'} autoComplete={props.autocomplete ?? 'off'}
          onInput$={(_, input) => props.onValue$(input.value)} />
      ) : (
        <textarea
          {...common} class="mono" rows={props.rows}
          onInput$={(_, input) => props.onValue$(input.value)} />
      )}
      {props.problem !== undefined && <span class="problem" role="alert">{props.problem}</span>}
      {props.hint !== undefined && <span class="faint">{props.hint}</span>}
    </label>
  );
});
