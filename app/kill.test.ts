// A whole server killed in the middle of its work, over real sockets: every notification and
// registration it acknowledged is there after a restart, and the devices go on as if nothing
// had happened.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, expect, it } from 'vitest';
import { encodeUtf8, toHex } from '../core/bytes.ts';
import { decodeMessage, encodeMessage } from '../core/coap/codec.ts';
import { ACK, Code, CON, NO_BYTES, OptionNumber, type Message } from '../core/coap/message.ts';
import {
  locationPath, observe, stringOptionOf, uintOptionOf, uriPath,
} from '../core/coap/options.ts';
import { openDatabase } from '../core/store/database.ts';
import { killAll, serve } from './testing/cli.ts';

const DEVICES = 10;
const ACKNOWLEDGED_BEFORE_KILL = 2000;
const DEADLINE_MS = 20_000;

const data = join(mkdtempSync(join(tmpdir(), 'flownexus-kill-')), 'data');
afterEach(killAll);
afterAll(() => rmSync(join(data, '..'), { recursive: true, force: true }));

/** A device over a real socket: registers, is observed, notifies as fast as it is acknowledged. */
class LoadDevice {
  readonly endpoint: string;
  readonly acknowledged: number[] = [];
  location: readonly string[] = [];
  token: Uint8Array | undefined;
  isNotifying = false;
  resets = 0;
  readonly #socket: Socket;
  #port: number;
  #mid: number;
  #sequence = 1;
  /** Values under way by Message ID. */
  readonly #sent = new Map<number, number>();
  readonly #answers = new Map<number, (message: Message) => void>();
  #nextValue: number;

  constructor(socket: Socket, port: number, index: number) {
    this.#socket = socket;
    this.#port = port;
    this.endpoint = `load-${index}`;
    this.#mid = index * 5000;
    this.#nextValue = index * 1_000_000;
    socket.on('message', (datagram) => this.#receive(datagram));
  }

  /** The server listens elsewhere after its restart. */
  turnTo(port: number): void {
    this.#port = port;
  }

  async register(): Promise<void> {
    const answer = await this.ask(Code.POST, ['rd'], [
      `ep=${this.endpoint}`, 'lt=300', 'lwm2m=1.1',
    ], '</3/0>,</3303/0>');
    expect(answer.code).toBe(Code.CREATED);
    this.location = locationPath(answer);
  }

  async ask(
    code: number, path: readonly string[], query: readonly string[] = [], body = '',
  ): Promise<Message> {
    return new Promise((resolve) => {
      const mid = this.#send({
        code, token: Uint8Array.of(1), payload: encodeUtf8(body),
        options: [
          ...path.map((one) => stringOptionOf(OptionNumber.URI_PATH, one)),
          ...(body === '' ? [] : [uintOptionOf(OptionNumber.CONTENT_FORMAT, 40)]),
          ...query.map((one) => stringOptionOf(OptionNumber.URI_QUERY, one)),
        ],
      });
      this.#answers.set(mid, resolve);
    });
  }

  notify(): void {
    if (!this.isNotifying || this.token === undefined) return;
    const value = this.#nextValue++;
    const mid = this.#send({
      code: Code.CONTENT, token: this.token, payload: encodeUtf8(String(value)),
      options: [
        uintOptionOf(OptionNumber.OBSERVE, ++this.#sequence),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, 0),
      ],
    });
    this.#sent.set(mid, value);
  }

  #send(message: Partial<Message>): number {
    this.#mid = (this.#mid + 1) & 0xffff;
    const mid = message.mid ?? this.#mid;
    this.#socket.send(encodeMessage({
      type: CON, code: 0, token: NO_BYTES, options: [], payload: NO_BYTES, ...message, mid,
    }), this.#port, '127.0.0.1');
    return mid;
  }

  #receive(datagram: Uint8Array): void {
    const decoded = decodeMessage(datagram);
    if (!decoded.ok) return;
    const message = decoded.value;
    if (message.code === Code.GET) return this.#answer(message);
    if (message.code !== Code.EMPTY) {
      // A response: piggybacked, or separate when the disk was slow.
      const mid = message.type === ACK ? message.mid : [...this.#answers.keys()].at(-1) ?? -1;
      if (message.type === CON) this.#send({ type: ACK, mid: message.mid });
      this.#answers.get(mid)?.(message);
      this.#answers.delete(mid);
      return;
    }
    const value = this.#sent.get(message.mid);
    if (value === undefined) return;
    this.#sent.delete(message.mid);
    if (message.type === ACK) this.acknowledged.push(value);
    else this.resets++;
    this.notify();
  }

  #answer(request: Message): void {
    const isTemperature = uriPath(request).join('/') === '3303/0/5700';
    if (observe(request) === 0 && isTemperature) this.token = request.token;
    this.#send(isTemperature ? {
      type: ACK, mid: request.mid, token: request.token, code: Code.CONTENT,
      payload: encodeUtf8('0'),
      options: [
        uintOptionOf(OptionNumber.OBSERVE, 1), uintOptionOf(OptionNumber.CONTENT_FORMAT, 0),
      ],
    } : { type: ACK, mid: request.mid, token: request.token, code: Code.NOT_FOUND });
  }
}

/** Probes until it holds; what is awaited is an event, the pause only keeps from spinning. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!holds()) {
    expect(Date.now(), `in time: ${what}`).toBeLessThan(deadline);
    await pause(5);
  }
}

function acknowledgedBy(devices: readonly LoadDevice[]): number {
  return devices.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
}

it('a server killed under load has everything it acknowledged after a restart', async () => {
  const server = await serve(data, ['--log-level', 'error']);
  const sockets: Socket[] = [];
  const devices: LoadDevice[] = [];
  for (let index = 0; index < DEVICES; index++) {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    sockets.push(socket);
    devices.push(new LoadDevice(socket, server.coapPort, index));
  }
  await Promise.all(devices.map((device) => device.register()));
  await until('all are observed', () => devices.every(({ token }) => token !== undefined));
  const tokens = devices.map(({ token }) => toHex(token!));
  for (const device of devices) {
    device.isNotifying = true;
    for (let window = 0; window < 20; window++) device.notify();
  }
  await until('many are acknowledged',
    () => acknowledgedBy(devices) >= ACKNOWLEDGED_BEFORE_KILL);
  expect(await server.end('SIGKILL')).toBeNull();
  for (const device of devices) device.isNotifying = false;

  const database = await openDatabase({ folder: data });
  const rows = await database.query(
    'SELECT num FROM resource WHERE object = 3303 AND resource = 5700',
  );
  const registered = await database.query('SELECT registration_id AS id FROM device');
  await database.close();
  const stored = new Set(rows.map(({ num }) => Number(num)));
  const lost = devices.flatMap(({ acknowledged }) => acknowledged)
    .filter((value) => !stored.has(value));
  expect(lost).toEqual([]);
  expect(registered.map(({ id }) => id).sort())
    .toEqual(devices.map(({ location }) => location[1]).sort());

  const again = await serve(data, ['--log-level', 'error']);
  const before = acknowledgedBy(devices);
  for (const device of devices) {
    device.turnTo(again.coapPort);
    expect((await device.ask(Code.POST, device.location)).code).toBe(Code.CHANGED);
    device.isNotifying = true;
    device.notify();
  }
  await until('they go on', () => acknowledgedBy(devices) >= before + 200);
  expect(devices.reduce((sum, { resets }) => sum + resets, 0)).toBe(0);
  expect(devices.map(({ token }) => toHex(token!))).toEqual(tokens);
  expect(await again.end('SIGTERM')).toBe(0);
  for (const socket of sockets) socket.close();
});
