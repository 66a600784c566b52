// What is wanted of this device alone, beside what its profile and groups want, and what of it is
// not so.

import { $, component$, useContext, useSignal, useStore, type QRL } from '@builder.io/qwik';
import { api, inputOf, problemOf } from '../api.ts';
import { AppContext, say } from '../app-state.ts';
import { Dialog } from '../parts/dialog.tsx';
import { DeviceContext } from './context.ts';
import {
  placeOf, textsOf, unmetIn, wantsIn, type Area, type Wants, type WantsTexts,
} from './wants.ts';

const AREAS: readonly (readonly [area: Area, label: string, example: string])[] = [
  ['observe', 'Observed', '/3303/*/5700, or together: /3/0/9 + /4/0/2'],
  ['attributes', 'Attributes', '/3303/*/5700 pmin=10 pmax=300'],
  ['read', 'Read at each registration', '/3/0'],
  ['hold', 'Values that shall hold', '/1/0/1 = 3600'],
];

const NOTHING: Wants = {
  read: [], observe: [], observeTogether: [], attributes: {}, hold: {}, logs: [], eventLog: null,
};

interface Problem {
  readonly area: Area | undefined;
  readonly text: string;
}

export const WantsForm = component$(() => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const { news } = device;
  const texts = useStore<Record<Area, string>>(
    () => ({ ...textsOf(news?.declared ?? NOTHING) }), { deep: false });
  const problem = useSignal<Problem>();
  const close = $(() => { device.dialog = undefined; });
  const save = $(async () => {
    const wanted = wantsIn(texts, device.news?.declared ?? NOTHING);
    try {
      await api.device.declare.mutate({ endpoint: device.endpoint, wanted });
      say(app, device.news?.state === 'awake' ? 'The device is asked for what is wanted.'
        : 'It is made so when the device next listens.');
      device.dialog = undefined;
    } catch (error) {
      const name = inputOf(error);
      const place = name === undefined ? undefined : placeOf(name, wanted);
      const line = place === undefined || place.line === '' ? '' : `${place.line}: `;
      problem.value = { area: place?.area, text: `${line}${problemOf(error)}` };
    }
  });
  if (news === undefined) return null;
  const inherited = textsOf(news.inherited);
  return (
    <Dialog label="What is wanted" class="wide" onClose$={close}>
      <form preventdefault:submit onSubmit$={save}>
        <h2>What is wanted</h2>
        <p class="muted">
          Made so at each registration, and now. One a line; * stands for every id the device has.
        </p>
        {AREAS.map(([area, label, example], index) => (
          <WantsArea
            key={area} area={area} label={label} example={example} text={texts[area]}
            inherited={inherited} isFirst={index === 0}
            problem={problem.value?.area === area ? problem.value.text : undefined}
            onText$={$((text: string) => {
              texts[area] = text;
              problem.value = undefined;
            })} />
        ))}
        {problem.value !== undefined && problem.value.area === undefined && (
          <p class="problem" role="alert">{problem.value.text}</p>
        )}
        <div class="actions">
          <button type="button" class="btn" onClick$={close}>Cancel</button>
          <button class="btn primary">Save</button>
        </div>
      </form>
    </Dialog>
  );
});

interface AreaProps {
  readonly area: Area;
  readonly label: string;
  readonly example: string;
  readonly text: string;
  /** What profile and groups want. */
  readonly inherited: WantsTexts;
  readonly isFirst: boolean;
  readonly problem: string | undefined;
  readonly onText$: QRL<(text: string) => void>;
}

const WantsArea = component$((props: AreaProps) => {
  const { news } = useContext(DeviceContext);
  const { area, label, example, text, inherited, problem } = props;
  const unmet = news === undefined ? [] : unmetIn(area, news);
  return (
    <div class="editor">
      <label class="field">
        <span>{label} <span class="faint">like {example}</span></span>
        <textarea
          class="mono" rows={Math.max(2, text.split('\n').length)} value={text}
          autoFocus={props.isFirst} autoCapitalize="none" spellcheck={false}
          aria-label={label} aria-invalid={problem !== undefined}
          onInput$={(_, input) => props.onText$(input.value)} />
      </label>
      {problem !== undefined && <span class="problem" role="alert">{problem}</span>}
      {inherited[area] !== '' && (
        <span class="faint">
          Already by {news === undefined ? '' : [news.profile, ...news.groups].join(', ')}:{' '}
          <span class="mono">{inherited[area].split('\n').join(', ')}</span>
        </span>
      )}
      {unmet.map(({ path, reason }) => (
        <span key={path}>
          <span class="tag waiting">not so</span>{' '}
          {!reason.startsWith(path) && <span class="mono">{path} </span>}
          <span class="muted">{reason}</span>
        </span>
      ))}
    </div>
  );
});
