// One filter per state, each with its number where the server counts it.

import { component$, useContext, type QRL } from '@builder.io/qwik';
import type { DeviceState, FleetCounts } from '../../core/api/management.ts';
import { AppContext } from '../app-state.ts';
import { count } from '../format.ts';

type Choice = DeviceState | 'all';

const CHOICES: readonly (readonly [Choice, string, keyof FleetCounts | undefined])[] = [
  ['all', 'All', 'devices'], ['awake', 'Awake', 'awake'], ['asleep', 'Asleep', 'asleep'],
  ['silent', 'Silent', 'silent'], ['expired', 'Expired', 'expired'],
  ['deregistered', 'Deregistered', undefined], ['never', 'Never seen', undefined],
];

interface StateChipsProps {
  readonly chosen: Choice;
  readonly onChoose$: QRL<(choice: Choice) => void>;
}

export const StateChips = component$((props: StateChipsProps) => {
  const { counts } = useContext(AppContext);
  return (
    <div class="chips line" role="group" aria-label="State">
      {CHOICES.map(([choice, label, figure]) => (
        <button
          key={choice} type="button" class="chip" aria-pressed={props.chosen === choice}
          onClick$={() => props.onChoose$(choice)}>
          {label}{' '}
          {figure !== undefined && counts !== undefined && <b>{count(counts[figure])}</b>}
        </button>
      ))}
    </div>
  );
});
