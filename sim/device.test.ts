// The simulated client against a scripted server of a few lines: what it says of itself, what it
// answers, when it sleeps. That both ends of the real thing understand each other is world.test.ts.

import { describe, expect, it } from 'vitest';
import { decodeUtf8, toHex } from '../core/bytes.ts';
import {
  ACK, Code, CON, NON, OptionNumber, RST, type Message,
} from '../core/coap/message.ts';
import { contentFormat, observe, uintOptionOf, uriPath, uriQuery } from '../core/coap/options.ts';
import { deregister } from './registration.ts';
import { newBench, SECOND } from './testing/device-bench.ts';

const OBSERVE = uintOptionOf(OptionNumber.OBSERVE, 0);
const CANCEL = uintOptionOf(OptionNumber.OBSERVE, 1);
const acceptOf = (format: number) => uintOptionOf(OptionNumber.ACCEPT, format);

function registers(heard: readonly Message[]): number {
  const isRegister = (one: Message) => one.code === Code.POST && uriPath(one).length === 1;
  return new Set(heard.filter(isRegister).map(({ mid }) => mid)).size;
}

describe('a simulated device', () => {
  it('says in its Register who it is and what it has', () => {
    const { device, heard, run } = newBench({ awake: 20 * SECOND });
    device.start();
    run(SECOND);
    expect(uriPath(heard[0]!)).toEqual(['rd']);
    expect(uriQuery(heard[0]!)).toEqual(['ep=dev', 'lt=60', 'lwm2m=1.1', 'b=U', 'Q']);
    expect(contentFormat(heard[0]!)).toBe(40);
    expect(decodeUtf8(heard[0]!.payload))
      .toBe('</>;rt="oma.lwm2m";ct="112 11542",</3/0>,</3303/0>');
    expect(device.location).toBe('rd/x1');
  });

  it('updates 10 s before its lifetime ends, and again', () => {
    const { clock, device, heard, run } = newBench();
    device.start();
    run(50 * SECOND);
    expect(heard.some((one) => uriPath(one).length === 2)).toBe(false);
    run(SECOND);
    expect(uriPath(heard.at(-1)!)).toEqual(['rd', 'x1']);
    run(60 * SECOND);
    expect(heard.filter((one) => uriPath(one).length === 2)).toHaveLength(2);
    expect(clock.now()).toBe(111 * SECOND);
  });

  it('registers anew when its Update is not known', () => {
    const { bench, device, heard, run } = newBench();
    device.start();
    run(SECOND);
    bench.updateCode = Code.NOT_FOUND;
    run(50 * SECOND);
    expect(registers(heard)).toBe(2);
    expect(device.registrations).toBe(2);
  });

  it('tries again after 30 s when its Register is refused, or not answered', () => {
    const { bench, device, heard, run } = newBench();
    bench.registerCode = Code.FORBIDDEN;
    device.start();
    run(29 * SECOND);
    expect(registers(heard)).toBe(1);
    expect(device.setback).toMatchObject({ kind: 'response', message: { code: Code.FORBIDDEN } });
    expect(device.isAnswered).toBe(true);
    run(2 * SECOND);
    expect(registers(heard)).toBe(2);
    bench.isSilent = true;
    run(200 * SECOND);
    expect(device.setback).toMatchObject({ kind: 'unanswered' });
    expect(device.isAnswered).toBe(false);
    bench.isSilent = false;
    bench.registerCode = Code.CREATED;
    run(100 * SECOND);
    expect(device.location).toBe('rd/x1');
    expect(device.setback).toBeUndefined();
  });

  it('answers reads in the format asked for, else TLV', () => {
    const { device, get, run } = newBench();
    device.start();
    run(SECOND);
    expect(toHex(get('/3303/0/5700')!.payload)).toBe('e4164441ac0000');
    expect(contentFormat(get('/3303/0/5700')!)).toBe(11_542);
    expect(contentFormat(get('/3303/0/5700', [acceptOf(112)])!)).toBe(112);
    expect(get('/3303/0/5701')?.code).toBe(Code.NOT_FOUND);
    expect(get('/x')?.code).toBe(Code.NOT_FOUND);
  });

  it('refuses what it cannot do', () => {
    const { device, heard, run, send } = newBench();
    device.start();
    run(SECOND);
    send({ code: Code.PUT, token: Uint8Array.of(5) });
    run(10);
    expect(heard.at(-1)).toMatchObject({ type: ACK, code: Code.METHOD_NOT_ALLOWED });
    const mid = send({ code: Code.CONTENT, token: Uint8Array.of(9) });
    run(10);
    expect(heard.at(-1)).toMatchObject({ type: RST, mid });
  });

  it('notifies what is observed until it is cancelled or reset', () => {
    const { device, get, heard, run } = newBench();
    device.start();
    run(SECOND);
    expect(observe(get('/3303/0/5700', [OBSERVE], '0a')!)).toBe(0);
    run(25 * SECOND);
    const notifications = heard.filter(({ type, code }) => type === CON && code === Code.CONTENT);
    expect(notifications.map((one) => observe(one))).toEqual([1, 2]);
    expect(toHex(notifications[0]!.token)).toBe('0a');
    expect(device.acknowledged).toBe(2);
    get('/3303/0/5700', [CANCEL], '0a');
    expect(device.observed).toEqual([]);
  });

  it('registers anew when notifications are not acknowledged', () => {
    const { bench, device, get, heard, run } = newBench({ lifetime: 3600 });
    device.start();
    run(SECOND);
    get('/3303/0/5700', [OBSERVE], '0a');
    bench.isSilent = true;
    run(120 * SECOND);
    expect(registers(heard)).toBeGreaterThan(1);
  });

  it('updates once a lifetime, however often it registered', () => {
    const { bench, device, heard, run } = newBench();
    bench.updateCode = Code.NOT_FOUND;
    device.start();
    run(150 * SECOND);
    expect(device.registrations).toBeGreaterThan(2);
    bench.updateCode = Code.CHANGED;
    const before = heard.length;
    run(120 * SECOND);
    expect(heard.length - before).toBeLessThanOrEqual(3);
  });

  it('hears nothing once its awake window is over', () => {
    const { device, get, run } = newBench({ awake: 20 * SECOND, lifetime: 3600 });
    device.start();
    run(19 * SECOND);
    expect(get('/3303/0/5700')?.code).toBe(Code.CONTENT);
    run(21 * SECOND);
    expect(get('/3303/0/5700')).toBeUndefined();
  });

  it('says goodbye only when asked to', () => {
    const { device, heard, run } = newBench();
    device.start();
    run(SECOND);
    device.stop();
    run(200 * SECOND);
    expect(heard).toHaveLength(1);
    device.start();
    run(SECOND);
    deregister(device);
    run(SECOND);
    expect(heard.at(-1)).toMatchObject({ code: Code.DELETE });
    expect(device.location).toBeUndefined();
    run(200 * SECOND);
    expect(heard).toHaveLength(3);
  });

  it('closes its radio when its report is acknowledged, if it is of that kind', () => {
    const { device, get, run } = newBench({
      awake: 20 * SECOND, lifetime: 3600, closesAfterAck: true, notifyEvery: 60 * SECOND,
    });
    device.start();
    run(SECOND);
    get('/3303/0/5700', [OBSERVE], '0a');
    run(18 * SECOND);
    expect(device.isListening).toBe(true);
    run(41 * SECOND);
    expect(device.acknowledged).toBe(1);
    expect(device.isListening).toBe(false);
  });

  it('sends non-confirmable reports if told so', () => {
    const { device, get, heard, run } = newBench({ confirmable: false });
    device.start();
    run(SECOND);
    get('/3303/0/5700', [OBSERVE], '0a');
    run(25 * SECOND);
    expect(heard.filter(({ type, code }) => type === NON && code === Code.CONTENT)).toHaveLength(2);
    expect(device.acknowledged).toBe(0);
  });

  it('reboots: off at once, its observations gone, on and registered again soon', () => {
    const { device, get, heard, run } = newBench();
    device.start();
    run(SECOND);
    get('/3303/0/5700', [OBSERVE], '0a');
    device.reboot();
    expect([device.isOn, device.isRegistered, device.observed.length]).toEqual([false, false, 0]);
    expect(get('/3303/0/5700')).toBeUndefined();
    run(4 * SECOND);
    expect([device.isOn, device.isRegistered]).toEqual([true, true]);
    expect(registers(heard)).toBe(2);
  });

  it('is powered on once, and can be stopped while it boots', () => {
    const { device, heard, run } = newBench();
    device.start();
    device.start();
    run(SECOND);
    expect(registers(heard)).toBe(1);
    device.reboot();
    device.stop();
    run(100 * SECOND);
    expect(device.isOn).toBe(false);
    expect(registers(heard)).toBe(1);
  });
});
