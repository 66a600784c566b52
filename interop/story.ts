// What every peer must live through, while the server runs: one list of checks for all of them,
// judged by what the API tells. What the store holds afterwards is judged in stored.ts.

import assert from 'node:assert/strict';
import type { ValueView } from '../core/api/views.ts';
import { FACTS, LIFETIME_SECONDS, type Device, type Peer } from './device.ts';
import type { Report } from './report.ts';
import type { Api, ServerUnderTest } from './server.ts';
import { until } from './until.ts';

export const TEMPERATURE = '/3303/0/5700';
export const NOTIFIED = [22.5, 23.25] as const;
export const AFTER_RESTART = 24.75;
/** Set after the observation was cancelled: must never be stored. */
export const UNOBSERVED = 99;
const ON_DEMAND = '/3/0/1';

export interface Step {
  readonly sentence: string;
  run(device: Device, server: ServerUnderTest, endpoint: string): Promise<void>;
}

export const STORY: readonly Step[] = [
  {
    sentence: 'registers',
    async run(device, { api }, endpoint) {
      await device.register();
      const { registration, state } = await detailOf(api, endpoint);
      assert.equal(registration?.lifetime, LIFETIME_SECONDS);
      assert.equal(registration.lwm2mVersion, '1.1');
      assert.equal(state, 'awake');
    },
  },
  {
    sentence: 'is read without anyone asking',
    async run(_device, { api }, endpoint) {
      await known(api, endpoint, '/3/0/0', FACTS.manufacturer);
      await known(api, endpoint, '/3/0/9', FACTS.batteryPercent);
      for (const [instance, millivolts] of FACTS.millivolts.entries()) {
        await known(api, endpoint, `/3/0/7/${instance}`, millivolts);
      }
    },
  },
  {
    sentence: 'is read when an operator asks',
    async run(_device, { api }, endpoint) {
      await readOnDemand(api, endpoint);
    },
  },
  {
    sentence: 'is observed',
    async run(_device, { api }, endpoint) {
      await observing(api, endpoint, true);
      await known(api, endpoint, TEMPERATURE, FACTS.temperature);
    },
  },
  {
    sentence: 'notifies, confirmably, and is heard each time',
    async run(device, { api }, endpoint) {
      for (const celsius of NOTIFIED) {
        await device.setTemperature(celsius);
        await known(api, endpoint, TEMPERATURE, celsius);
      }
    },
  },
  {
    sentence: 'is still heard after the server was killed and started again',
    async run(device, server, endpoint) {
      await server.killAndRestart();
      await observing(server.api, endpoint, true);
      await device.setTemperature(AFTER_RESTART);
      await known(server.api, endpoint, TEMPERATURE, AFTER_RESTART);
    },
  },
  {
    sentence: 'updates its registration',
    async run(device, { api }, endpoint) {
      const before = await detailOf(api, endpoint);
      const lifetime = await device.update();
      const after = await detailOf(api, endpoint);
      assert.equal(after.registration?.id, before.registration?.id);
      assert.equal(after.registration?.lifetime, lifetime);
      assert.ok(after.registration.updatedAt > (before.registration?.updatedAt ?? Infinity));
    },
  },
  {
    sentence: 'is no longer observed when an operator says so',
    async run(device, { api }, endpoint) {
      await api.device.setObserved.mutate({ endpoint, path: TEMPERATURE, observed: false });
      await observing(api, endpoint, false);
      await device.setTemperature(UNOBSERVED);
    },
  },
  {
    sentence: 'de-registers',
    async run(device, { api }, endpoint) {
      await device.deregister();
      const { ended, registration, state } = await detailOf(api, endpoint);
      assert.equal(registration, null);
      assert.equal(ended, 'deregistered');
      assert.equal(state, 'deregistered');
    },
  },
];

/** One peer's story up to its end or the first step that fails; true when it came to its end. */
export async function tell(
  report: Report, { name, endpoint }: Peer, device: Device, server: ServerUnderTest,
): Promise<boolean> {
  try {
    for (const { sentence, run } of STORY) {
      if (!await report.check(name, sentence, () => run(device, server, endpoint))) return false;
    }
    return true;
  } finally {
    await device.stop();
  }
}

/** An operator asks for what nobody had asked for. */
export async function readOnDemand(api: Api, endpoint: string): Promise<void> {
  const asked = await api.device.request.mutate({
    endpoint, wish: { kind: 'read', path: ON_DEMAND },
  });
  await until(`the read of ${ON_DEMAND} ends`, async () => {
    const { operations } = await detailOf(api, endpoint);
    const operation = operations.find(({ id }) => id === asked.id);
    assert.notEqual(operation?.status, 'FAILED', operation?.outcome);
    return operation?.status === 'CONFIRMED' || undefined;
  });
  await known(api, endpoint, ON_DEMAND, FACTS.model);
}

/** device.detail as it comes out of JSON. */
type Detail = Awaited<ReturnType<Api['device']['detail']['query']>>;

async function detailOf(api: Api, endpoint: string): Promise<Detail> {
  return api.device.detail.query({ endpoint });
}

/** Waits until the newest value of a resource (or resource instance) is this one. */
async function known(
  api: Api, endpoint: string, path: string, expected: string | number,
): Promise<void> {
  let last: ValueView | undefined;
  await until(`${path} is ${expected}`, async () => {
    last = newest(await detailOf(api, endpoint), path);
    // 64-bit integers arrive as strings.
    return String(last?.value) === String(expected) || undefined;
  }, () => `Last known: ${JSON.stringify(last)}`);
}

function newest(detail: Detail, path: string): ValueView | undefined {
  const ids = path.slice(1).split('/').map(Number);
  const [object, instance, resource, resourceInstance = null] = ids;
  return detail.objects.find(({ id }) => id === object)
    ?.instances.find(({ id }) => id === instance)
    ?.resources.find(({ id }) => id === resource)
    ?.values.find((held) => held.resourceInstance === resourceInstance)?.value;
}

async function observing(api: Api, endpoint: string, expected: boolean): Promise<void> {
  let detail: Detail | undefined;
  await until(`${TEMPERATURE} is ${expected ? '' : 'not '}observed`, async () => {
    detail = await detailOf(api, endpoint);
    return detail.observing.includes(TEMPERATURE) === expected || undefined;
  }, () => JSON.stringify([detail?.observing, detail?.notObserving]));
}
