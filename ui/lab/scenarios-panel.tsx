// The scenarios there are: what each is about, how long, how many devices, and the way to play it.

import { component$, useContext, type QRL } from '@builder.io/qwik';
import { AppContext, mayOperate } from '../app-state.ts';
import { count } from '../format.ts';
import { Notice } from '../parts/notice.tsx';
import { Scroll } from '../parts/scroll.tsx';
import type { Scenario } from '../wire.ts';
import { scenarioAddress, virtual } from './words.ts';

interface ScenariosPanelProps {
  /** undefined: not known yet. */
  readonly scenarios: readonly Scenario[] | undefined;
  readonly onRun$: QRL<(scenario: Scenario) => void>;
}

export const ScenariosPanel = component$(({ scenarios, onRun$ }: ScenariosPanelProps) => {
  const app = useContext(AppContext);
  return (
    <section class="panel list" aria-label="Scenarios">
      <header>
        <h2>Scenarios</h2>
        {mayOperate(app) && <a class="btn small right" href="/lab/new">Write one</a>}
      </header>
      {scenarios === undefined && <p class="chart-empty"><i class="skeleton" /></p>}
      {scenarios?.length === 0 && (
        <Notice title="No scenario matches" text="No scenario has these words." />
      )}
      {scenarios !== undefined && scenarios.length > 0 && (
        <Scroll label="Scenarios">
          <table class="rows">
            <thead>
              <tr>
                <th>Name</th><th class="num">Virtual time</th><th class="num wide-only">Devices</th>
                {mayOperate(app) && <th />}
              </tr>
            </thead>
            <tbody>
              {scenarios.map((scenario) => (
                <ScenarioRow
                  key={`${scenario.shelf}/${scenario.file}`} scenario={scenario} onRun$={onRun$} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
});

/** The lab reaches nothing outside. */
const ONLY_BY_COMMAND = <span class="faint" title="Play it with flownexus run">by command</span>;

interface RowProps {
  readonly scenario: Scenario;
  readonly onRun$: QRL<(scenario: Scenario) => void>;
}

const ScenarioRow = component$(({ scenario, onRun$ }: RowProps) => {
  const app = useContext(AppContext);
  const { facts, file, shelf, mistakes } = scenario;
  return (
    <tr>
      <td class="name">
        <a class="row-link" href={scenarioAddress(scenario)}>{facts?.name ?? file}</a>
        {shelf === 'own' && <span class="tag">{file}</span>}
        {facts === null
          ? <p class="bad-text">{mistakes === 1 ? '1 mistake' : `${count(mistakes)} mistakes`}</p>
          : <p class="faint" title={facts.why}>{facts.why}</p>}
      </td>
      <td class="num nowrap">{facts && virtual(facts.duration)}</td>
      <td class="num wide-only" title={facts?.fleets.join('\n') ?? ''}>
        {facts && count(facts.devices)}
      </td>
      {mayOperate(app) && (
        <td class="num">
          {facts?.isOutside === true && ONLY_BY_COMMAND}
          {facts?.isOutside === false && (
            <button
              type="button" class="btn small" aria-label={`Run ${facts.name}`}
              onClick$={() => onRun$(scenario)}>
              Run
            </button>
          )}
        </td>
      )}
    </tr>
  );
});
