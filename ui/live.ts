// The page's one live stream. Pages say what they show and listen; after a break the stream comes
// back by itself, is told what is shown now, and the pages are told to catch up.

import type { LiveMessage } from './wire.ts';
import type { View } from '../core/api/inputs.ts';
import { api, isLoggedOut } from './api.ts';

/** A new session's cookie may still be on its way when the old one's stream ends. */
const ASK_AFTER = 300;
const ASK_AGAIN_AFTER = 2000;

export type Connection = 'open' | 'away' | 'logged out';

const listeners = new Set<(message: LiveMessage) => void>();
const resumeListeners = new Set<() => void>();
let view: View = { page: 'other' };
let id: string | undefined;
/** Server's clock minus ours, so that countdowns agree with the server. */
let skew = 0;

/** The server's time, as far as the last opening of the stream told it. */
export function serverNow(): number {
  return Date.now() + skew;
}

/** Says what the page shows from now on; the latest call counts. */
export function show(next: View): void {
  view = next;
  if (id !== undefined) watch();
}

/** The same until the returned function is called, unless something else is shown by then. */
export function showWhile(next: View & { readonly page: 'device' }): () => void {
  show(next);
  return () => {
    if (view === next) show({ page: 'device', endpoint: next.endpoint, charts: [] });
  };
}

export function onLive(listener: (message: LiveMessage) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Calls when the stream is back after a break: what was loaded before it may be old. */
export function onResume(listener: () => void): () => void {
  resumeListeners.add(listener);
  return () => resumeListeners.delete(listener);
}

/** Opens the stream until the returned function is called. */
export function startLive(onConnection: (state: Connection) => void): () => void {
  let openings = 0;
  let asking: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;
  const onFailure = (error: unknown): void => {
    if (!isLoggedOut(error)) onConnection('away');
    else if (!isStopped) asking ??= setTimeout(ask, ASK_AFTER);
  };
  /** The stream's session has ended, but the person may have a new one, as after another login. */
  const ask = (): void => {
    api.session.me.query().then((me) => {
      asking = undefined;
      if (isStopped) return;
      if (me === null) onConnection('logged out');
      else subscription = open();
    }, () => {
      if (isStopped) return;
      onConnection('away');
      asking = setTimeout(ask, ASK_AGAIN_AFTER);
    });
  };
  const open = () => api.live.stream.subscribe({ view }, {
    onData: ({ data }) => {
      if (data.kind === 'opened') opened(data.id, data.now);
      onConnection('open');
      for (const listener of listeners) listener(data);
      if (data.kind !== 'opened' || ++openings === 1) return;
      for (const listener of resumeListeners) listener();
    },
    onConnectionStateChange: (state) => {
      if (state.state === 'pending') return;
      id = undefined;
      if (state.state === 'idle' || state.error === null) return;
      onFailure(state.error);
    },
    onError: onFailure,
  });
  let subscription = open();
  return () => {
    isStopped = true;
    id = undefined;
    clearTimeout(asking);
    subscription.unsubscribe();
  };
}

function opened(streamId: string, now: number): void {
  id = streamId;
  skew = now - Date.now();
  watch();
}

let isTold = true;
let isTelling = false;

/** One after the other: of two at once the server could take the older one for the latest. */
function watch(): void {
  isTold = false;
  if (isTelling || id === undefined) return;
  isTelling = true;
  isTold = true;
  // A stream that is gone opens again by itself and then asks for the view it should show.
  void api.live.watch.mutate({ id, view }).catch(() => undefined).then(() => {
    isTelling = false;
    if (!isTold) watch();
  });
}
