// What a device reports without being asked, against a server that takes it, refuses it or is
// silent: which records a Send has, with which times, and what becomes of those that were not taken.

import { describe, expect, it } from 'vitest';
import { Code, CON, type Message } from '../core/coap/message.ts';
import { contentFormat, uriPath } from '../core/coap/options.ts';
import { ContentFormat, decodePayload } from '../core/lwm2m/content-format.ts';
import { pathOf } from '../core/lwm2m/path.ts';
import type { DeviceOptions } from './device.ts';
import { EPOCH } from './epoch.ts';
import { concernOf } from './passing.ts';
import { flag, float, integer, Resources } from './resources.ts';
import { newBench, SECOND } from './testing/device-bench.ts';
import { constant } from './signals.ts';

const MINUTE = 60 * SECOND;
const TEMPERATURE = pathOf([3303, 0, 5700]);
const BATTERY = pathOf([3, 0, 9]);

/** Measures each minute, and sends each five. */
function sending(keep = 5, changed: Partial<DeviceOptions> = {}) {
  const bench = newBench({
    lifetime: 86_400, notifyEvery: 86_400 * SECOND,
    resources: new Resources({
      '/1/0/23': flag(false), '/3/0/9': integer(constant(80)),
      '/3303/0/5700': float((now) => Math.floor((now - EPOCH) / MINUTE)),
    }),
    send: { every: keep * MINUTE, keep, format: 'senml-cbor', paths: [TEMPERATURE] },
    ...changed,
  }, EPOCH);
  bench.device.start();
  const isSend = (one: Message) => one.type === CON && uriPath(one)[0] === 'dp';
  /** Each Send once, however often it was transmitted. */
  const sends = () => {
    const byToken = new Map(bench.heard.filter(isSend).map((one) => [one.token.join(), one]));
    return [...byToken.values()];
  };
  const counts = () => {
    const { acknowledged, refused, dropped } = bench.device.ownState().sending!;
    return { acknowledged, refused, dropped };
  };
  return { ...bench, sends, counts };
}

/** Minutes since the start, and what was measured then. */
function recordsOf(message: Message): (readonly [number, number])[] {
  const decoded = decodePayload(contentFormat(message), undefined, message.payload, 0);
  return decoded.ok ? decoded.value.map(({ time = NaN, value }) => (
    [(time - EPOCH) / MINUTE, 'value' in value ? Number(value.value) : NaN] as const)) : [];
}

const MINUTES = (...minutes: readonly number[]) => minutes.map((one) => [one, one]);

describe('a device that sends', () => {
  it('sends what it measured since the last time, with the times', () => {
    const { run, sends, counts } = sending();
    run(4.9 * MINUTE);
    expect(sends()).toHaveLength(0);
    run(5.2 * MINUTE);
    expect(sends().map(recordsOf)).toEqual([MINUTES(1, 2, 3, 4, 5), MINUTES(6, 7, 8, 9, 10)]);
    expect(sends()[0]).toMatchObject({ type: CON, code: Code.POST });
    expect(counts()).toEqual({ acknowledged: 10, refused: 0, dropped: 0 });
  });

  it('sends one record each time unless it keeps more', () => {
    const { run, sends } = sending(1);
    run(3.1 * MINUTE);
    expect(sends().map(recordsOf)).toEqual([MINUTES(1), MINUTES(2), MINUTES(3)]);
  });

  it.for(['senml-cbor', 'senml-json'] as const)('sends all its paths in %s', (format) => {
    const send = { every: MINUTE, keep: 1, format, paths: [TEMPERATURE, BATTERY] };
    const { run, sends } = sending(1, { send });
    run(1.1 * MINUTE);
    const [first] = sends();
    expect(contentFormat(first!)).toBe(
      format === 'senml-cbor' ? ContentFormat.SENML_CBOR : ContentFormat.SENML_JSON);
    expect(recordsOf(first!)).toEqual([[1, 1], [1, 80]]);
  });

  it('tells observers of the world what it means', () => {
    const { device, run, sends } = sending(1);
    const said: unknown[] = [];
    device.say = (content) => said.push(content);
    run(1.1 * MINUTE);
    const [{ token, payload }] = sends() as [Message];
    expect(said).toEqual([{ token, payload, entries: [
      { path: TEMPERATURE, value: { type: 'float', value: 1 }, time: EPOCH + MINUTE },
    ] }]);
  });

  it('is no news of a registration', () => {
    const { run, sends } = sending(1);
    run(1.1 * MINUTE);
    expect(sends()).toHaveLength(1);
    expect(concernOf(Uint8Array.of(0x40, Code.POST, 0, 1, 0xb2, 0x64, 0x70))).toBeUndefined();
    expect(concernOf(Uint8Array.of(0x40, Code.POST, 0, 1, 0xb2, 0x72, 0x64))?.kind)
      .toBe('register');
  });

  it.for([Code.BAD_REQUEST, Code.NOT_FOUND])('drops what is refused by %i', (code) => {
    const { bench, run, sends, counts } = sending();
    bench.sendCode = code;
    run(5.1 * MINUTE);
    bench.sendCode = Code.CHANGED;
    run(5 * MINUTE);
    expect(sends().map(recordsOf)).toEqual([MINUTES(1, 2, 3, 4, 5), MINUTES(6, 7, 8, 9, 10)]);
    expect(counts()).toEqual({ acknowledged: 5, refused: 5, dropped: 0 });
  });

  it('keeps what a busy server does not take, as many records as it has room for', () => {
    const { bench, run, sends, counts } = sending();
    bench.sendCode = Code.SERVICE_UNAVAILABLE;
    run(5.1 * MINUTE);
    run(2 * MINUTE);
    expect(counts()).toEqual({ acknowledged: 0, refused: 0, dropped: 2 });
    bench.sendCode = Code.CHANGED;
    run(3 * MINUTE);
    expect(sends().map(recordsOf)).toEqual([MINUTES(1, 2, 3, 4, 5), MINUTES(6, 7, 8, 9, 10)]);
    expect(counts()).toEqual({ acknowledged: 5, refused: 0, dropped: 5 });
  });

  it('registers anew when it is not answered, and sends what is left', () => {
    const { bench, device, run, sends, counts } = sending();
    run(4 * MINUTE);
    bench.isSilent = true;
    run(2.5 * MINUTE);
    expect(sends()).toHaveLength(1);
    bench.isSilent = false;
    run(4 * MINUTE);
    expect(device.registrations).toBe(2);
    expect(recordsOf(sends()[1]!)).toEqual(MINUTES(6, 7, 8, 9, 10));
    expect(counts()).toEqual({ acknowledged: 5, refused: 0, dropped: 5 });
  });

  it('waits until it is registered', () => {
    const { bench, device, run, sends } = sending(1);
    device.stop();
    bench.registerCode = Code.FORBIDDEN;
    device.start();
    run(3.1 * MINUTE);
    expect(sends()).toHaveLength(0);
    bench.registerCode = Code.CREATED;
    run(MINUTE);
    expect(sends().map(recordsOf)).toEqual([MINUTES(4)]);
  });

  it('is silent while the server has muted it', () => {
    const { ask, run, sends } = sending(1);
    run(1.1 * MINUTE);
    ask(Code.PUT, '/1/0/23', { format: ContentFormat.TEXT, payload: '1' });
    run(3 * MINUTE);
    expect(sends()).toHaveLength(1);
    ask(Code.PUT, '/1/0/23', { format: ContentFormat.TEXT, payload: '0' });
    run(MINUTE);
    expect(sends().map(recordsOf)).toEqual([MINUTES(1), MINUTES(5)]);
  });

  it('forgets what it measured when it is off', () => {
    const { device, run, sends } = sending();
    run(3.5 * MINUTE);
    device.stop();
    run(10 * MINUTE);
    expect(sends()).toHaveLength(0);
    device.start();
    run(5.1 * MINUTE);
    expect(sends().map(recordsOf)).toHaveLength(1);
    expect(recordsOf(sends()[0]!).map(([minute]) => minute)).toEqual([14.5, 15.5, 16.5, 17.5, 18.5]);
  });

  it('listens a while after a Send, if it sleeps, or not even that', () => {
    const waking = sending(1, { awake: 20 * SECOND });
    waking.run(MINUTE + SECOND);
    expect(waking.device.isListening).toBe(true);
    waking.run(25 * SECOND);
    expect(waking.device.isListening).toBe(false);
    const closing = sending(1, { awake: 20 * SECOND, closesAfterAck: true });
    closing.run(MINUTE + SECOND);
    expect(closing.counts().acknowledged).toBe(1);
    expect(closing.device.isListening).toBe(false);
  });
});
