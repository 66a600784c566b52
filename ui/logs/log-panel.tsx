// A log: the newest lines on top, going on by themselves until somebody scrolls down to read.

import { $, component$, useSignal, useStore, useVisibleTask$ } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { count } from '../format.ts';
import { onLive, onResume, show } from '../live.ts';
import { SearchField } from '../parts/search-field.tsx';
import { LogEmpty } from './log-empty.tsx';
import { LogLines } from './log-lines.tsx';
import { emptyLog, PAGE, takeNews, takeOlder, type LogState } from './log-state.ts';
import { fileAddress, LEAST } from './words.ts';

interface LogPanelProps {
  /** null: the lines of nobody knows which device. */
  readonly endpoint: string | null;
}

/** While somebody types, the search waits. */
const TYPING_PAUSE = 200;

export const LogPanel = component$(({ endpoint }: LogPanelProps) => {
  const log = useStore<LogState>(emptyLog, { deep: false });
  const list = useSignal<HTMLElement>();
  useVisibleTask$(({ cleanup }) => {
    cleanup(onResume(() => { void load(log, endpoint); }));
    cleanup(onLive((message) => {
      if (message.kind === 'log') takeNews(log, message, (list.value?.scrollTop ?? 0) > 0);
    }));
  });
  useVisibleTask$(({ track, cleanup }) => {
    track(() => log.severity);
    track(() => log.search);
    const wait = setTimeout(() => { void load(log, endpoint); },
      log.rows === undefined ? 0 : TYPING_PAUSE);
    cleanup(() => clearTimeout(wait));
  });
  const follow = $(() => {
    list.value?.scrollTo(0, 0);
    void load(log, endpoint);
  });

  const { rows } = log;
  return (
    <>
      <LogHead log={log} endpoint={endpoint} />
      {log.problem !== undefined && <p class="problem in-place" role="alert">{log.problem}</p>}
      {rows === undefined && log.problem === undefined && (
        <p class="chart-empty"><i class="skeleton" /></p>
      )}
      {rows?.length === 0 && (
        <LogEmpty endpoint={endpoint} isFiltered={log.search !== '' || log.severity < 7} />
      )}
      {rows !== undefined && rows.length > 0 && (
        <div
          ref={list} class="log" tabIndex={0} role="region" aria-label="Log lines"
          onScroll$={(_, element) => {
            if (element.scrollTop === 0 && log.waiting > 0) void load(log, endpoint);
          }}>
          {log.waiting > 0 && (
            <button type="button" class="btn small log-news" onClick$={follow}>
              {log.waiting === 1 ? '1 new line' : `${count(log.waiting)} new lines`}
            </button>
          )}
          <LogLines rows={rows} hasSource={endpoint === null} />
          {log.hasMore && (
            <button
              type="button" class="btn small log-more"
              onClick$={() => loadOlder(log, endpoint)}>
              Older lines
            </button>
          )}
        </div>
      )}
    </>
  );
});

interface LogHeadProps extends LogPanelProps {
  readonly log: LogState;
}

const LogHead = component$(({ log, endpoint }: LogHeadProps) => (
  <div class="chart-head">
    <select
      aria-label="Severity"
      onChange$={(_, choice) => { log.severity = Number(choice.value); }}>
      {LEAST.map(([severity, label]) => (
        <option key={severity} value={severity} selected={severity === log.severity}>
          {label}
        </option>
      ))}
    </select>
    <SearchField
      label="Search lines" value={log.search}
      onValue$={$((value: string) => { log.search = value; })} />
    <a class="btn" download="device.log" href={fileAddress(endpoint, log)}>Download</a>
  </div>
));

/** The newest page, and from there on what comes. */
async function load(log: LogState, endpoint: string | null): Promise<void> {
  const { severity, search } = log;
  try {
    const { rows, last } = await api.logs.lines.query({ endpoint, severity, search, limit: PAGE });
    // Somebody chose other lines meanwhile.
    if (severity !== log.severity || search !== log.search) return;
    log.rows = rows;
    log.last = last;
    log.hasMore = rows.length === PAGE;
    log.waiting = 0;
    log.problem = undefined;
    const tail = { severity, search, after: last };
    if (endpoint === null) show({ page: 'logs', log: tail });
    else show({ page: 'device', endpoint, charts: [], log: tail });
  } catch (error) {
    log.problem = problemOf(error);
  }
}

async function loadOlder(log: LogState, endpoint: string | null): Promise<void> {
  const { severity, search } = log;
  const before = log.rows?.at(-1)?.id;
  try {
    const { rows } = await api.logs.lines.query(
      { endpoint, severity, search, before, limit: PAGE });
    if (before === log.rows?.at(-1)?.id) takeOlder(log, rows);
  } catch (error) {
    log.problem = problemOf(error);
  }
}
