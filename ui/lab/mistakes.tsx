// What is wrong with a scenario, as `flownexus run` says it: file, line, column, and what would be
// right.

import { component$, type QRL } from '@builder.io/qwik';
import { count } from '../format.ts';
import type { Mistake } from '../wire.ts';

interface MistakesProps {
  readonly file: string;
  readonly mistakes: readonly Mistake[];
  /** Leads to the place of a mistake, where the text can be changed. */
  readonly onGo$?: QRL<(mistake: Mistake) => void>;
}

export const Mistakes = component$(({ file, mistakes, onGo$ }: MistakesProps) => (
  <section class="panel" aria-label="Mistakes">
    <header>
      <h2>{mistakes.length === 1 ? '1 mistake' : `${count(mistakes.length)} mistakes`}</h2>
    </header>
    <ul class="mistakes">
      {mistakes.map((mistake, index) => {
        const place = `${file}:${mistake.line}:${mistake.column}`;
        return (
          <li key={index}>
            {onGo$ === undefined ? <code>{place}</code> : (
              <button type="button" class="btn plain mono" onClick$={() => onGo$(mistake)}>
                {place}
              </button>
            )}
            <span>{mistake.what}</span>
          </li>
        );
      })}
    </ul>
  </section>
));
