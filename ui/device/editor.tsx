// One field for a value, as its type asks for: a switch, a choice, a time in UTC and in seconds,
// bytes in hex or from a file, a number, a link, a text.

import { $, component$, useSignal, type QRL } from '@builder.io/qwik';
import { problemOf } from '../api.ts';
import { base64Of, Unusable } from '../file-content.ts';
import { serverNow } from '../live.ts';
import { FILE_BYTES_MAX, TYPES, type Draft, type ValueType } from './drafts.ts';

interface EditorProps {
  readonly draft: Draft;
  readonly problem: string | undefined;
  readonly isFirst: boolean;
  readonly onDraft$: QRL<(draft: Draft) => void>;
}

interface InputProps extends Omit<EditorProps, 'onDraft$'> {
  readonly onText$: QRL<(text: string) => void>;
}

export const ValueEditor = component$((props: EditorProps) => {
  const { draft, problem } = props;
  const onText = $((text: string) =>
    props.onDraft$({ ...props.draft, text, file: undefined, isChosen: true }));
  const hint = hintOf(draft);
  return (
    <div class="editor">
      {draft.facts.type === 'unknown' && (
        <select
          aria-label={`Type of ${draft.path}`}
          onChange$={(_, select) => props.onDraft$({
            ...props.draft, type: select.value as ValueType,
            text: select.value === 'boolean' ? 'false' : '', file: undefined,
          })}>
          {Object.entries(TYPES).map(([type, name]) => (
            <option key={type} value={type} selected={type === draft.type}>{name}</option>
          ))}
        </select>
      )}
      {draft.type === 'opaque'
        ? <BytesInput {...props} />
        : <TypedInput draft={draft} problem={problem} isFirst={props.isFirst} onText$={onText} />}
      {problem !== undefined && <span class="problem" role="alert">{problem}</span>}
      {hint !== '' && <span class="faint">{hint}</span>}
    </div>
  );
});

const TypedInput = component$((props: InputProps) => {
  const { draft: { type, text, facts } } = props;
  if (type === 'boolean') {
    return (
      <label class="row">
        <input
          type="checkbox" role="switch" aria-label={facts.name} checked={text === 'true'}
          autoFocus={props.isFirst}
          onChange$={(_, input) => props.onText$(String(input.checked))} />
        <span class="muted">{text}</span>
      </label>
    );
  }
  if (facts.choices.length > 0) return <ChoiceInput {...props} />;
  if (type === 'time') return <TimeInput {...props} />;
  return <TextInput {...props} />;
});

const TextInput = component$((props: InputProps) => {
  const { draft: { type, text, facts } } = props;
  const isNumber = type === 'integer' || type === 'unsigned' || type === 'float';
  return (
    <input
      type="text" value={text} aria-label={facts.name} autoFocus={props.isFirst}
      autoComplete="off" autoCapitalize="none" spellcheck={false}
      inputMode={isNumber ? 'decimal' : 'text'} aria-invalid={props.problem !== undefined}
      onInput$={(_, input) => props.onText$(input.value)} />
  );
});

const ChoiceInput = component$((props: InputProps) => {
  const { draft: { text, facts } } = props;
  const isOffered = facts.choices.some(({ value }) => value === text);
  return (
    <select
      aria-label={facts.name} autoFocus={props.isFirst}
      aria-invalid={props.problem !== undefined}
      onChange$={(_, select) => props.onText$(select.value)}>
      {/* What is there may be none of them. */}
      {!isOffered && <option value={text} selected>{text === '' ? '—' : text}</option>}
      {facts.choices.map(({ value, name }) => (
        <option key={value} value={value} selected={value === text}>
          {name === '' ? value : `${value}: ${name}`}
        </option>
      ))}
    </select>
  );
});

const TimeInput = component$((props: InputProps) => {
  const { draft: { text, facts } } = props;
  return (
    <div class="row wrap">
      <input
        type="datetime-local" step="1" aria-label={`${facts.name}, UTC`} value={utcOf(text)}
        autoFocus={props.isFirst}
        onInput$={(_, input) => {
          const at = Date.parse(`${input.value}Z`);
          if (!Number.isNaN(at)) return props.onText$(String(at / 1000));
        }} />
      <span class="faint">UTC</span>
      <input
        type="text" class="seconds" inputMode="numeric" value={text}
        aria-label={`${facts.name}, seconds since 1970`}
        aria-invalid={props.problem !== undefined}
        onInput$={(_, input) => props.onText$(input.value)} />
      <span class="faint">s</span>
      <button
        type="button" class="btn small"
        onClick$={() => props.onText$(String(Math.floor(serverNow() / 1000)))}>
        Now
      </button>
    </div>
  );
});

const BytesInput = component$((props: EditorProps) => {
  const chooser = useSignal<HTMLInputElement>();
  const refused = useSignal<string>();
  const { draft: { text, file, facts } } = props;
  const put = $((change: Partial<Draft>) =>
    props.onDraft$({ ...props.draft, file: undefined, isChosen: true, ...change }));
  const choose = $(async (chosen: File | undefined) => {
    refused.value = undefined;
    if (chosen === undefined) return;
    try {
      if (chosen.size > FILE_BYTES_MAX) throw new Unusable(`${chosen.name} is larger than 1 MB.`);
      const content = { name: chosen.name, bytes: chosen.size, base64: await base64Of(chosen) };
      await put({ text: '', file: content });
    } catch (error) {
      refused.value = error instanceof Unusable ? error.message : problemOf(error);
    }
  });
  return (
    <>
      {file === undefined ? (
        <textarea
          class="mono" rows={2} value={text} placeholder="hex, like 00 ff" spellcheck={false}
          aria-label={`${facts.name}, in hex`} autoFocus={props.isFirst}
          aria-invalid={props.problem !== undefined}
          onInput$={(_, input) => put({ text: input.value })} />
      ) : (
        <span class="row">
          <span class="mono">{file.name}</span><span class="faint">{file.bytes} bytes</span>
          <button type="button" class="btn small" onClick$={() => put({})}>Remove</button>
        </span>
      )}
      <input
        ref={chooser} type="file" hidden aria-label={`File for ${facts.name}`}
        onChange$={async (_, input) => {
          const chosen = input.files?.[0];
          input.value = '';
          await choose(chosen);
        }} />
      <span>
        <button type="button" class="btn small" onClick$={() => chooser.value?.click()}>
          From a file
        </button>
      </span>
      {refused.value !== undefined && <span class="problem" role="alert">{refused.value}</span>}
    </>
  );
});

/** `integer, 0..100, in s`, as far as it is known and the field does not show it. */
function hintOf({ type, facts: { type: defined, range, choices, unit } }: Draft): string {
  const isNumber = type === 'integer' || type === 'unsigned' || type === 'float';
  return [
    isNumber && defined !== 'unknown' ? TYPES[type] : '', choices.length > 0 ? '' : range,
    unit === '' ? '' : `in ${unit}`, type === 'objlnk' ? 'object and instance, like 3303:0' : '',
  ].filter((part) => part !== '').join(', ');
}

/** As the browser's input wants it; '' for what it cannot show. */
function utcOf(seconds: string): string {
  const at = /^-?\d{1,12}$/.test(seconds.trim()) ? new Date(Number(seconds) * 1000) : undefined;
  return at === undefined || Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, 19);
}
