// What people do to one device; each says how it went in the corner.

import { api, problemOf } from '../api.ts';
import { say, type AppState } from '../app-state.ts';

export async function readNow(app: AppState, endpoint: string, path: string): Promise<void> {
  try {
    const { status } = await api.device.read.mutate({ endpoint, path });
    say(app, status === 'QUEUED'
      ? `Read of ${path} waits for the device.` : `Read of ${path} is on its way.`);
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
