// SQL on what is stored, for admins: one SELECT, its answer as a table and as CSV.

import {
  $, component$, noSerialize, useContext, useSignal, useVisibleTask$, type NoSerialize, type QRL,
} from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, isAdmin } from '../app-state.ts';
import { count } from '../format.ts';
import { show } from '../live.ts';
import { Notice } from '../parts/notice.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { cellText, csvOf } from '../query/csv.ts';

const ROWS_MAX = 1_000;

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['Every column', 'SELECT * FROM telemetry ORDER BY receive_time DESC LIMIT 20'],
  ['Values by device', `SELECT device, count(*) AS values, max(receive_time) AS last
FROM telemetry GROUP BY device ORDER BY last DESC`],
  ['Mean by hour', `SELECT device, path, time_bucket(INTERVAL 1 HOUR, device_time) AS hour,
  round(avg(number), 2) AS mean, count(*) AS values
FROM telemetry WHERE object = 3303 AND resource = 5700
GROUP BY ALL ORDER BY hour DESC, device`],
  ['Failed operations', `SELECT created_at, device, kind, path, attempts, outcome
FROM device_operation WHERE status = 'FAILED' ORDER BY created_at DESC`],
  ['Events by type', `SELECT type, count(*) AS events
FROM event GROUP BY type ORDER BY events DESC`],
];

/** Kept while the page is left and come back to. */
let lastText = EXAMPLES[1]?.[1] ?? '';

type Answer = Awaited<ReturnType<typeof api.sql.query.mutate>> & {
  readonly milliseconds: number;
};

export const QueryPage = component$(() => {
  const app = useContext(AppContext);
  const text = useSignal(lastText);
  const answer = useSignal<NoSerialize<Answer>>();
  const problem = useSignal<string>();
  const isAsking = useSignal(false);
  useVisibleTask$(() => {
    document.title = 'Query · Flownexus';
    show({ page: 'other' });
  });
  const ask = $(async () => {
    if (isAsking.value || text.value.trim() === '') return;
    isAsking.value = true;
    answer.value = problem.value = undefined;
    const begin = performance.now();
    try {
      const table = await api.sql.query.mutate({ sql: text.value, limit: ROWS_MAX });
      answer.value = noSerialize({ ...table, milliseconds: performance.now() - begin });
    } catch (error) {
      problem.value = problemOf(error);
    } finally {
      isAsking.value = false;
    }
  });
  if (!isAdmin(app)) {
    return <Notice title="For admins only" text="An admin may ask the database by SQL." />;
  }
  return (
    <>
      <div class="page-head">
        <h1>Query</h1>
        <span class="muted">One SELECT on telemetry, device, event, device_operation and more</span>
      </div>
      <div class="stack">
        <section class="panel" aria-label="Question">
          <form class="body query" preventdefault:submit onSubmit$={ask}>
            <textarea
              class="mono" rows={6} spellcheck={false} autoCapitalize="none" value={text.value}
              aria-label="SQL" aria-invalid={problem.value !== undefined}
              onInput$={(_, input) => { lastText = text.value = input.value; }}
              onKeyDown$={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void ask();
              }} />
            {problem.value !== undefined && (
              <span class="problem" role="alert">{problem.value}</span>
            )}
            <Examples onChoose$={$((sql: string) => { lastText = text.value = sql; })} />
            <div class="actions">
              <span class="faint">Ctrl Enter</span>
              <button class="btn primary" disabled={isAsking.value}>
                {isAsking.value ? 'Asking …' : 'Ask'}
              </button>
            </div>
          </form>
        </section>
        {answer.value !== undefined && <AnswerPanel answer={answer.value} />}
      </div>
    </>
  );
});

const Examples = component$(({ onChoose$ }: { readonly onChoose$: QRL<(sql: string) => void> }) => (
  <div class="chips" role="group" aria-label="Examples">
    {EXAMPLES.map(([label, sql]) => (
      <button key={label} type="button" class="chip" onClick$={() => onChoose$(sql)}>
        {label}
      </button>
    ))}
  </div>
));

const AnswerPanel = component$(({ answer }: { readonly answer: Answer }) => {
  const { columns, rows, isCut, milliseconds } = answer;
  return (
    <section class="panel" aria-label="Answer">
      <header>
        <h2>Answer</h2>
        <span class="faint" role="status">
          {count(rows.length)} {rows.length === 1 ? 'row' : 'rows'}
          {isCut ? ', the first of more' : ''} in {Math.round(milliseconds)} ms
        </span>
        {rows.length > 0 && (
          <button type="button" class="btn small right" onClick$={() => save(csvOf(columns, rows))}>
            Save as CSV
          </button>
        )}
      </header>
      {rows.length === 0 && <p class="body muted">No row is like that.</p>}
      {rows.length > 0 && (
        <Scroll label="Answer">
          <table class="answer">
            <thead>
              <tr>{columns.map(({ name, type }) => <th key={name} title={type}>{name}</th>)}</tr>
            </thead>
            <tbody>
              {rows.map((cells, index) => (
                <tr key={index}>
                  {cells.map((cell, column) => (
                    <td key={column} class={typeof cell === 'number' ? 'num' : 'mono'}>
                      {cellText(cell)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
});

function save(csv: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
  link.download = 'answer.csv';
  link.click();
  URL.revokeObjectURL(link.href);
}
