// What people do to one device; each says how it went in the corner.

import { api, problemOf } from '../api.ts';
import { say, type AppState } from '../app-state.ts';
import type { Operation } from '../wire.ts';
import type { DeviceState } from './device-state.ts';

/** Reads asked for here whose outcome is still to be told. */
const asked = new Set<number>();

export async function readNow(app: AppState, device: DeviceState, path: string): Promise<void> {
  try {
    const { id } = await api.device.request.mutate({
      endpoint: device.endpoint, wish: { kind: 'read', path },
    });
    asked.add(id);
    if (device.news !== undefined && device.news.state !== 'awake') {
      say(app, `Read of ${path} waits for the device to wake up.`);
    }
    // The answer may have been here before the server confirmed the question.
    tellOutcomes(app, device.news?.operations ?? []);
  } catch (error) {
    say(app, problemOf(error), 'bad');
  }
}

/** Says how the reads went that ended since the last call. */
export function tellOutcomes(app: AppState, operations: readonly Operation[]): void {
  for (const { id, path, status, outcome } of operations) {
    if (status === 'QUEUED' || status === 'SENDING' || !asked.delete(id)) continue;
    if (status === 'CONFIRMED') say(app, `Read of ${path}: the device has answered.`);
    else say(app, `Read of ${path} failed: ${outcome}.`, 'bad');
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
