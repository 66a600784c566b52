// The proxy that all peers of DTLS are behind: fates that do not depend on time, and a new port.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { LossyProxy, NO_LOSS, type Fate, type Loss } from './lossy-proxy.ts';

const HOST = '127.0.0.1';
/** The header of a record of application data in epoch 1; the proxy reads no further. */
const RECORD = Buffer.from('17fefd00010000000000000000', 'hex');

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.close()));

async function boundSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  opened.push(socket);
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket;
}

async function world(loss: Loss) {
  const [client, server] = [await boundSocket(), await boundSocket()];
  const proxy = await LossyProxy.to(server.address().port, loss);
  opened.push(proxy);
  return { client, server, proxy };
}

async function fates(loss: Loss, count: number): Promise<Fate[]> {
  const { client, proxy } = await world(loss);
  const found: Fate[] = [];
  for (let number = 0; number < count; number++) {
    const fate = proxy.next('up');
    client.send(RECORD, proxy.port, HOST);
    found.push(await fate);
  }
  expect(proxy.records.up.lost).toBe(found.filter((fate) => fate === 'lost').length);
  return found;
}

it('loses the same datagrams for the same seed, and others for another', async () => {
  const first = await fates({ share: 0.2, seed: 'a' }, 200);
  expect(await fates({ share: 0.2, seed: 'a' }, 200)).toEqual(first);
  expect(await fates({ share: 0.2, seed: 'b' }, 200)).not.toEqual(first);
  expect(first.filter((fate) => fate === 'lost').length).toBeGreaterThan(20);
});

it('is seen at another port after a move, and answers still come through', async () => {
  const { client, server, proxy } = await world(NO_LOSS);
  const ports: number[] = [];
  for (const isMoved of [false, true]) {
    if (isMoved) await proxy.move();
    const arrives = once(server, 'message');
    client.send(RECORD, proxy.port, HOST);
    const [, { port }] = await arrives as [Buffer, { port: number }];
    ports.push(port);
    const answered = once(client, 'message');
    server.send('answer', port, HOST);
    expect(String((await answered)[0])).toBe('answer');
  }
  expect(ports[0]).not.toBe(ports[1]);
});
