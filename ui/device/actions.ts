// What people do to one device; each says how it went in the corner.

import { api, problemOf } from '../api.ts';
import { say, type AppState } from '../app-state.ts';
import type { Operation } from '../wire.ts';
import type { DeviceState } from './device-state.ts';
import { allows, isOpen, readAfter, subjectOf } from './operation-words.ts';
import { resourceAt } from './resources.ts';

export type Wish = Parameters<typeof api.device.request.mutate>[0]['wish'];

interface Asked {
  readonly wish: Wish;
  /** Part of something larger: only a failure is worth a word. */
  readonly isQuiet: boolean;
}

/** Operations asked for here whose outcome is still to be told. */
const asked = new Map<number, Asked>();

/** Asks the device now, or when it next listens; throws what the server refuses. */
export async function request(
  app: AppState, device: DeviceState, wish: Wish,
  { waitAtMost, isQuiet = false }: { waitAtMost?: number | undefined; isQuiet?: boolean } = {},
): Promise<void> {
  const { endpoint } = device;
  const operation = await api.device.request.mutate({ endpoint, wish, waitAtMost });
  asked.set(operation.id, { wish, isQuiet });
  if (!isQuiet && device.news !== undefined && device.news.state !== 'awake') {
    say(app, `${subjectOf(operation)} waits for the device to wake up.`);
  }
  // The answer may have been here before the server confirmed the question.
  tellOutcomes(app, device, device.news?.operations ?? []);
}

/** The same from a menu: what the server refuses is said in the corner. */
export async function ask(
  app: AppState, device: DeviceState, wish: Wish, isQuiet = false,
): Promise<void> {
  try {
    await request(app, device, wish, { isQuiet });
  } catch (error) {
    say(app, problemOf(error), 'bad');
  }
}

/** Says how it went with what ended since the last call, and asks for what it changed. */
export function tellOutcomes(
  app: AppState, device: DeviceState, operations: readonly Operation[],
): void {
  for (const operation of operations) {
    const { id, kind, status, outcome, answer } = operation;
    const known = isOpen(operation) ? undefined : asked.get(id);
    if (known === undefined) continue;
    asked.delete(id);
    if (status !== 'CONFIRMED') say(app, `${subjectOf(operation)} failed: ${outcome}.`, 'bad');
    else if (kind === 'create') say(app, `The device has made ${answer}.`);
    else if (!known.isQuiet) say(app, `${subjectOf(operation)}: the device has answered.`);
    const next = status === 'CONFIRMED'
      ? readAfter(known.wish, answer, (path) => isReadable(device, path)) : undefined;
    if (next !== undefined) void ask(app, device, next, true);
  }
}

export async function cancel(app: AppState, endpoint: string, operation: number): Promise<void> {
  try {
    await api.device.cancel.mutate({ endpoint, operation });
  } catch (error) {
    say(app, problemOf(error), 'bad');
  }
}

export async function setObserved(
  app: AppState, endpoint: string, path: string, observed: boolean,
): Promise<void> {
  try {
    await api.device.setObserved.mutate({ endpoint, path, observed });
    say(app, observed ? `${path} will be observed.` : `${path} is no longer observed.`);
  } catch (error) {
    say(app, problemOf(error), 'bad');
  }
}

function isReadable(device: DeviceState, path: string): boolean {
  const facts = resourceAt(device.objects ?? [], path);
  return facts === undefined || allows(facts, 'R');
}
