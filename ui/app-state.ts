// What all pages share: who is logged in, where we are, how the server is. One store, given down
// by context.

import { createContextId } from '@builder.io/qwik';
import type { FleetCounts } from '../core/api/management.ts';
import type { Me, ServerView } from '../core/api/views.ts';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isBad: boolean;
}

export interface AppState {
  /** undefined until the server said; null when nobody is logged in. */
  user: Me | null | undefined;
  path: string;
  counts: FleetCounts | undefined;
  facts: ServerView | undefined;
  /** Since when the server does not answer. */
  awaySince: number | undefined;
  overlay: 'palette' | 'shortcuts' | undefined;
  toasts: readonly Toast[];
}

export const AppContext = createContextId<AppState>('app');

let toastId = 0;
const TOAST_SHOWN = 5000;
const TOASTS_MAX = 4;

/** Says something in the corner for a few seconds. */
export function say(app: AppState, text: string, kind: 'good' | 'bad' = 'good'): void {
  const id = ++toastId;
  app.toasts = [...app.toasts, { id, text, isBad: kind === 'bad' }].slice(-TOASTS_MAX);
  setTimeout(() => {
    app.toasts = app.toasts.filter((toast) => toast.id !== id);
  }, TOAST_SHOWN);
}

/** Operators and admins act on devices; viewers only look. */
export function mayOperate(app: AppState): boolean {
  return app.user?.role === 'admin' || app.user?.role === 'operator';
}

export function isAdmin(app: AppState): boolean {
  return app.user?.role === 'admin';
}
