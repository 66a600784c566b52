// What the compatible interface holds is bounded: requests that wait, and what waits for a listener
// who does not read.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { FakeManagement } from '../testing/fake-management.ts';
import { HandClock } from '../testing/world.ts';
import { BEHIND_MAX, Events } from './events.ts';
import { Requests, WAITING_MAX } from './requests.ts';
import { EventReader } from './testing.ts';

const PATH = { object: 3, instance: 0, resource: 9 };
const WISH = { kind: 'read', path: '/3/0/9' } as const;
const ASKED = { kind: 'read', path: PATH } as const;

it('so many requests wait, and each that ends makes room; nobody listens when none is left', async () => {
  const clock = new HandClock();
  const management = new FakeManagement(clock);
  management.add('dev');
  const requests = new Requests(management, clock, () => {});
  const ask = () => requests.operation('dev', WISH, ASKED, 5_000);
  const waiting = Array.from({ length: WAITING_MAX }, ask);
  expect(ask).toThrow('Too many requests are waiting');
  expect([requests.size, management.listeners]).toEqual([WAITING_MAX, 1]);
  clock.advance(5_000);
  await expect(Promise.any(waiting)).rejects.toMatchObject({
    errors: expect.arrayContaining([{ message: 'Request timeout' }].map((one) => (
      expect.objectContaining(one) as Error))) as Error[],
  });
  expect([requests.size, management.listeners]).toEqual([0, 0]);
  const last = ask();
  requests.close();
  await expect(last).rejects.toMatchObject({ status: 503, message: 'The server is stopping' });
  expect(management.listeners).toBe(0);
});

it('a listener that does not read is cut off, and the others hear on', async () => {
  const clock = new HandClock();
  const management = new FakeManagement(clock);
  const events = new Events(management, clock);
  const server = createServer((_request, response) => events.open(response, undefined));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => { server.on('listening', resolve); });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const deaf = await EventReader.open(url);
  deaf.response.pause();
  const value = { type: 'string', value: 'x'.repeat(BEHIND_MAX / 4) } as const;
  const tell = () => management.tell({
    kind: 'send', endpoint: 'dev', entries: [{ path: PATH, value }],
  });
  for (let told = 0; events.size > 0; told++) {
    expect(told).toBeLessThan(200);
    tell();
  }
  expect(management.listeners).toBe(0);
  const reader = await EventReader.open(url);
  tell();
  await reader.until(({ events: heard }) => heard.length === 1);
  reader.close();
  deaf.close();
  server.close();
});
