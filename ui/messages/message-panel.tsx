// The CoAP messages of a device as they come and go, the newest on top. An operator who opens this
// has the server record; it stops some time after the last one looked.

import { $, component$, useContext, useSignal, useStore, useVisibleTask$ } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, mayOperate } from '../app-state.ts';
import { count } from '../format.ts';
import { onLive, onResume, showWhile } from '../live.ts';
import { PAGE, takeNews, takeOlder, type ListState } from '../logs/log-state.ts';
import { Notice } from '../parts/notice.tsx';
import type { CoapMessage } from '../wire.ts';
import { MessageLines } from './message-lines.tsx';
import { fileAddress } from './words.ts';

interface MessagesState extends ListState<CoapMessage> {
  isRecording: boolean;
  dropped: number;
  problem: string | undefined;
  /** Ends what the page shows now. */
  cease: () => void;
  /** Another tab or page is shown by now: what is still loading must not take its place. */
  isLeft: boolean;
}

const emptyState = (): MessagesState => ({
  rows: undefined, last: 0, hasMore: false, waiting: 0, isRecording: true, dropped: 0,
  problem: undefined, cease: () => undefined, isLeft: false,
});

export const MessagePanel = component$(({ endpoint }: { readonly endpoint: string }) => {
  const app = useContext(AppContext);
  const state = useStore<MessagesState>(emptyState, { deep: false });
  const list = useSignal<HTMLElement>();
  const records = mayOperate(app);
  useVisibleTask$(({ cleanup }) => {
    const begin = () => { void load(state, endpoint, records ? 'go on' : undefined); };
    cleanup(onResume(begin));
    cleanup(onLive((message) => {
      if (message.kind !== 'messages') return;
      state.isRecording = message.isRecording;
      state.dropped = message.dropped;
      takeNews(state, message, (list.value?.scrollTop ?? 0) > 0);
    }));
    cleanup(() => leave(state));
    begin();
  });
  const follow = $(() => {
    list.value?.scrollTo(0, 0);
    void load(state, endpoint, undefined);
  });

  const { rows, isRecording, problem } = state;
  return (
    <>
      <MessageHead state={state} endpoint={endpoint} records={records} />
      {problem !== undefined && <p class="problem in-place" role="alert">{problem}</p>}
      {rows === undefined && problem === undefined && (
        <p class="chart-empty"><i class="skeleton" /></p>
      )}
      {rows?.length === 0 && (
        <Notice
          title={isRecording ? 'No message yet' : 'Nothing is recorded'}
          text={isRecording ? 'The next message from or to the device appears here.'
            : 'Recording begins when an operator opens this tab.'} />
      )}
      {rows !== undefined && rows.length > 0 && (
        <div
          ref={list} class="log" tabIndex={0} role="region" aria-label="Messages"
          onScroll$={(_, element) => {
            if (element.scrollTop === 0 && state.waiting > 0) void follow();
          }}>
          {state.waiting > 0 && (
            <button type="button" class="btn small log-news" onClick$={follow}>
              {state.waiting === 1 ? '1 new message' : `${count(state.waiting)} new messages`}
            </button>
          )}
          <MessageLines rows={rows} />
          {state.hasMore && (
            <button
              type="button" class="btn small log-more" onClick$={() => loadOlder(state, endpoint)}>
              Older messages
            </button>
          )}
        </div>
      )}
    </>
  );
});

interface HeadProps {
  readonly state: MessagesState;
  readonly endpoint: string;
  readonly records: boolean;
}

const MessageHead = component$(({ state, endpoint, records }: HeadProps) => {
  const { rows, isRecording } = state;
  return (
    <div class="chart-head">
      {records && (
        <button
          type="button" class="btn" disabled={rows === undefined}
          onClick$={() => load(state, endpoint, 'anew')}>
          {isRecording ? 'Start over' : 'Record'}
        </button>
      )}
      <span class="muted messages-state" role="status">{stateText(state)}</span>
      {rows !== undefined && rows.length > 0 && (
        <a class="btn" download="messages.pcapng" href={fileAddress(endpoint)}>Download</a>
      )}
    </div>
  );
});

function stateText({ rows, isRecording, dropped }: MessagesState): string {
  if (rows === undefined) return '';
  if (!isRecording) return 'Not recording';
  return dropped === 0 ? 'Recording' : `Recording; ${count(dropped)} older ones made room`;
}

/** The newest page, and from there on what comes. */
async function load(
  state: MessagesState, endpoint: string, recording: 'go on' | 'anew' | undefined,
): Promise<void> {
  try {
    if (recording !== undefined) {
      await api.messages.record.mutate({ endpoint, anew: recording === 'anew' });
    }
    const { rows, isRecording, dropped } = await api.messages.page.query({ endpoint });
    if (state.isLeft) return;
    const last = rows[0]?.id ?? 0;
    Object.assign(state, {
      rows, isRecording, dropped, last, hasMore: rows.length === PAGE, waiting: 0,
      problem: undefined,
    });
    state.cease = showWhile({ page: 'device', endpoint, charts: [], messages: { after: last } });
  } catch (error) {
    state.problem = problemOf(error);
  }
}

function leave(state: MessagesState): void {
  state.isLeft = true;
  state.cease();
}

async function loadOlder(state: MessagesState, endpoint: string): Promise<void> {
  const before = state.rows?.at(-1)?.id;
  try {
    const { rows } = await api.messages.page.query({ endpoint, before });
    if (before === state.rows?.at(-1)?.id) takeOlder(state, rows);
  } catch (error) {
    state.problem = problemOf(error);
  }
}
