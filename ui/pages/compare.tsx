// Two sides: two runs, or two groups of seeds, and what differs between them. The sides are in the
// address.

import { $, component$, useSignal, useVisibleTask$, type QRL } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { day } from '../format.ts';
import { hasResult } from '../lab/words.ts';
import { show } from '../live.ts';
import { Notice } from '../parts/notice.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { keepInAddress } from '../router.ts';
import type { Comparison, Run } from '../wire.ts';

export const ComparePage = component$(() => {
  const query = new URLSearchParams(location.search);
  const a = useSignal(query.get('a') ?? '');
  const b = useSignal(query.get('b') ?? '');
  const runs = useSignal<readonly Run[]>();
  const compared = useSignal<Comparison>();
  const problem = useSignal<string>();
  useVisibleTask$(() => {
    document.title = 'Compare · Flownexus';
    show({ page: 'other' });
    api.lab.runs.query().then((found) => {
      runs.value = found.filter(hasResult);
    }, (error: unknown) => {
      problem.value = problemOf(error);
    });
  });
  useVisibleTask$(({ track }) => {
    const sides = { a: track(a), b: track(b) };
    keepInAddress(sides);
    compared.value = undefined;
    problem.value = undefined;
    if (sides.a === '' || sides.b === '') return;
    const isShown = (): boolean => sides.a === a.value && sides.b === b.value;
    api.lab.compare.query(sides).then((found) => {
      if (isShown()) compared.value = found;
    }, (error: unknown) => {
      if (isShown()) problem.value = problemOf(error);
    });
  });
  const isChosen = a.value !== '' && b.value !== '';
  return (
    <>
      <div class="page-head device-head">
        <h1>Compare</h1>
        {compared.value !== undefined && <ChartsLink a={a.value} b={b.value} />}
      </div>
      <section class="panel sides" aria-label="Sides">
        <Side
          label="A" chosen={a.value} runs={runs.value}
          onChoose$={$((id: string) => { a.value = id; })} />
        <Side
          label="B" chosen={b.value} runs={runs.value}
          onChoose$={$((id: string) => { b.value = id; })} />
      </section>
      {problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>}
      {!isChosen && (
        <Notice
          title="Choose two sides"
          text="A side is one run, or all seeds that were started together." />
      )}
      {isChosen && compared.value === undefined && problem.value === undefined && (
        <p class="chart-empty"><i class="skeleton" /></p>
      )}
      {compared.value?.warnings.map((warning) => (
        <p key={warning} class="problem" role="alert">{warning}</p>
      ))}
      {compared.value !== undefined && <Figures compared={compared.value} />}
    </>
  );
});

const ChartsLink = component$(({ a, b }: { readonly a: string; readonly b: string }) => (
  <a
    class="btn primary right" href={`/files/comparison.html?a=${a}&b=${b}`} target="_blank"
    rel="noreferrer">
    Page with charts
  </a>
));

interface SideProps {
  readonly label: string;
  readonly chosen: string;
  readonly runs: readonly Run[] | undefined;
  readonly onChoose$: QRL<(id: string) => void>;
}

interface Choice {
  readonly id: string;
  readonly text: string;
}

const Side = component$(({ label, chosen, runs, onChoose$ }: SideProps) => {
  const choices = choicesOf(runs ?? []);
  return (
    <label class="field">
      <span>{label}</span>
      <select onChange$={(_, select) => onChoose$(select.value)}>
        <option value="" selected={chosen === ''}>
          {runs?.length === 0 ? 'no run has ended yet' : 'choose'}
        </option>
        {choices.map(({ id, text }) => (
          <option key={id} value={id} selected={id === chosen}>{text}</option>
        ))}
      </select>
    </label>
  );
});

/** Seeds that were started together stand before the runs they are. */
function choicesOf(runs: readonly Run[]): Choice[] {
  const choices: Choice[] = [];
  const seen = new Set<string>();
  for (const { id, group, scenario, seed, state, askedAt } of runs) {
    const together = runs.filter((run) => run.group === group).length;
    if (together > 1 && !seen.has(group)) {
      choices.push({ id: group, text: `${scenario}, ${together} seeds, ${day(askedAt)}` });
    }
    seen.add(group);
    choices.push({ id, text: `${scenario}, seed ${seed}, ${day(askedAt)}, ${state}` });
  }
  return choices;
}

const Figures = component$(({ compared }: { readonly compared: Comparison }) => {
  const isAll = useSignal(false);
  const differing = compared.figures.filter(({ differs }) => differs);
  const shown = isAll.value ? compared.figures : differing;
  return (
    <section class="panel" aria-label="What differs">
      <header>
        <h2>What differs</h2>
        <span class="muted">
          {compared.knowsNoise ? 'beyond the noise of the seeds'
            : 'How much of it is chance is not known; compare 5 seeds or more of each.'}
        </span>
        <label class="row right">
          <input
            type="checkbox" checked={isAll.value}
            onChange$={(_, box) => { isAll.value = box.checked; }} />
          Show all
        </label>
      </header>
      {shown.length === 0
        ? <Notice title="Nothing differs" text="All figures are the same, or as good as." />
        : (
          <Scroll label="What differs">
            <table>
              <thead>
                <tr>
                  <th /><th class="num" title={compared.a}>A</th>
                  <th class="num" title={compared.b}>B</th><th class="num">Change</th>
                </tr>
              </thead>
              <tbody>
                {shown.map(({ name, a, b, change, differs }) => (
                  <tr key={name} class={{ faint: !differs }}>
                    <td class="sentence">{name}</td>
                    <td class="num nowrap">{a}</td>
                    <td class="num nowrap">{b}</td>
                    <td class="num nowrap">{change}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
    </section>
  );
});
