// docs/api.md: what it shows is sent as it stands there, and shows every route.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operationRow } from '../../store/testing.ts';
import { alertView } from '../testing/fake-management.ts';
import type { DeviceDetail } from '../management.ts';
import { tokenOf, type Program } from '../testing/program.ts';
import { startWorld, type World } from '../testing/world.ts';
import type { MadeWebhook } from '../views.ts';
import { ROUTES } from './routes.ts';

interface Shown {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

const TEXT = readFileSync('docs/api.md', 'utf8');
const SHOWN = commandsOf(TEXT);
let world: World;
let admin: Program;
let webhook: string;

beforeAll(async () => {
  world = await startWorld({ post: async () => ({ isDelivered: true, outcome: '200' }) });
  admin = await tokenOf(world, 'admin');
  world.management.add('sensor-1', { id: 1 });
  const detail = world.management.device('sensor-1') as DeviceDetail;
  world.management.devices.set('sensor-1', { ...detail, operations: [
    operationRow(43, { kind: 'discover', status: 'CONFIRMED', answer: '</3303>' }), operationRow(42),
  ] });
  world.management.raised = [alertView(7)];
  const cancel = world.management.cancel.bind(world.management);
  world.management.cancel = (endpoint, _operation, by) => cancel(endpoint, 1, by);
  const made = await admin.send('POST', '/webhooks', { url: 'http://x/', events: ['expired'] });
  webhook = (made.body as MadeWebhook).id;
});
afterAll(() => world.end());

test('the signature that it checks is in the documentation word for word', () => {
  expect(TEXT).toContain('createHmac(\'sha256\', secret).update(`${time}.${body}`)');
});

test.each(SHOWN.map((shown) => [`${shown.method} ${shown.path}`, shown] as const))(
  '%s works', async (_, { method, path, body }) => {
    // Nothing ends by itself here, so nothing is waited for.
    const place = path.replace(/wait=\d+/, 'wait=0').replace('ID', webhook);
    const { status, text } = await admin.send(method, place, body);
    expect([200, 201, 202, 204], text).toContain(status);
  },
);

test('every route is shown', () => {
  const unshown = ROUTES.filter((route) => {
    const form = new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/?]+')}(\\?|$)`);
    return !SHOWN.some(({ method, path }) => method === route.method && form.test(path));
  });
  expect(unshown.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});

/** The lines of curl, each as the request it makes. */
function commandsOf(text: string): Shown[] {
  const commands = text.matchAll(/^api ((?:'[^']*'|"[^"]*"|[^'"\n])*)/gm);
  return [...commands].map(([, line = '']) => {
    const words = [...line.replace(/ #.*/, '').matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)]
      .map(([word]) => word.replace(/^'([^]*)'$|^"([^]*)"$/, '$1$2'));
    const json = words.indexOf('--json');
    const address = words.find((word) => /^\$(API|OPERATIONS)/.test(word)) ?? '';
    return {
      method: words[words.indexOf('-X') + 1]?.match(/^[A-Z]+$/)?.[0]
        ?? (json === -1 ? 'GET' : 'POST'),
      path: address.replace('$OPERATIONS', '/devices/sensor-1/operations').replace('$API', ''),
      body: json === -1 ? undefined : JSON.parse(words[json + 1] ?? '') as unknown,
    };
  });
}
