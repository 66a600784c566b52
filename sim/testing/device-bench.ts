// A scripted server of a few lines with one simulated device at it, for tests of what the device
// says and answers, when it sleeps, and what has become of it.

import { encodeUtf8, fromHex } from '../../core/bytes.ts';
import { decodeMessage, encodeEmpty, encodeMessage } from '../../core/coap/codec.ts';
import {
  ACK, Code, CON, NO_BYTES, OptionNumber, type Message, type Option,
} from '../../core/coap/message.ts';
import { inOrder, stringOptionOf, uintOptionOf, uriPath } from '../../core/coap/options.ts';
import type { Milliseconds } from '../../core/ports.ts';
import { VirtualClock } from '../clock.ts';
import { DeviceLayer } from '../device-layer.ts';
import { SimulatedDevice, type DeviceOptions } from '../device.ts';
import { SeededRandom } from '../random.ts';
import { float, Resources, text } from '../resources.ts';
import { constant } from '../signals.ts';

export const SECOND = 1000;

export interface Wish {
  readonly format?: number;
  readonly accept?: number;
  readonly observe?: number;
  readonly query?: readonly string[];
  readonly payload?: string | Uint8Array;
}

/** A server that keeps what it hears and answers 2.01, 2.04, 2.02 and acknowledges. */
export function newBench(changed: Partial<DeviceOptions> = {}, start: Milliseconds = 0) {
  const clock = new VirtualClock(start);
  const heard: Message[] = [];
  const bench = {
    isSilent: false, registerCode: Code.CREATED as number, updateCode: Code.CHANGED as number,
    sendCode: Code.CHANGED as number,
  };
  let mid = 0;
  const deliver = (datagram: Uint8Array) => {
    clock.schedule(clock.now() + 5, { onDue: () => device.receive(datagram) });
  };
  const send = (message: Partial<Message>): number => {
    mid++;
    deliver(encodeMessage({
      type: CON, code: Code.GET, mid, token: NO_BYTES, options: [], payload: NO_BYTES, ...message,
    }));
    return mid;
  };
  const reply = (message: Message): void => {
    const code = answerCode(bench, message);
    const options = code === Code.CREATED
      ? ['rd', 'x1'].map((one) => stringOptionOf(OptionNumber.LOCATION_PATH, one)) : [];
    send({ type: ACK, code, mid: message.mid, token: message.token, options });
  };
  const device = new SimulatedDevice({
    layer: new DeviceLayer(clock, new SeededRandom(2)), random: new SeededRandom(1),
    uplink: {
      send: (datagram) => {
        const decoded = decodeMessage(datagram);
        if (!decoded.ok) throw new Error(decoded.reason.error);
        const message = decoded.value;
        heard.push(message);
        if (bench.isSilent || message.type !== CON) return;
        if (message.code >> 5 === 0) reply(message);
        else deliver(encodeEmpty(ACK, message.mid));
      },
    },
  }, {
    endpoint: 'dev', lifetime: 60, notifyEvery: 10 * SECOND, awake: undefined,
    resources: new Resources({ '/3/0/0': text('F'), '/3303/0/5700': float(constant(21.5)) }),
    ...changed,
  });
  const run = (span: number) => clock.runUntil(clock.now() + span);
  /** A request of the server, and the answer. */
  const exchange = (message: Partial<Message>): Message | undefined => {
    const sent = send(message);
    run(10);
    return heard.findLast(({ type, mid: answered }) => answered === sent && type !== CON);
  };
  const get = (path: string, options: readonly Option[] = [], token = '01') => exchange({
    token: fromHex(token)!, options: inOrder([...options, ...segmentsOf(path)]),
  });
  const ask = (code: number, path: string, wish: Wish = {}) => exchange({
    code, token: Uint8Array.of(7), payload: bytesOf(wish), options: optionsOf(path, wish),
  });
  return { clock, device, heard, bench, run, send, exchange, get, ask };
}

function answerCode(
  codes: { registerCode: number; updateCode: number; sendCode: number }, message: Message,
): number {
  if (message.code === Code.DELETE) return Code.DELETED;
  const [first, ...more] = uriPath(message);
  if (first === 'dp') return codes.sendCode;
  return more.length > 0 ? codes.updateCode : codes.registerCode;
}

function segmentsOf(path: string): Option[] {
  return path.split('/').slice(1).map((one) => stringOptionOf(OptionNumber.URI_PATH, one));
}

function optionsOf(
  path: string, { format, accept, observe, query = [] }: Wish,
): readonly Option[] {
  return inOrder([
    ...segmentsOf(path),
    ...query.map((one) => stringOptionOf(OptionNumber.URI_QUERY, one)),
    ...observe === undefined ? [] : [uintOptionOf(OptionNumber.OBSERVE, observe)],
    ...format === undefined ? [] : [uintOptionOf(OptionNumber.CONTENT_FORMAT, format)],
    ...accept === undefined ? [] : [uintOptionOf(OptionNumber.ACCEPT, accept)],
  ]);
}

function bytesOf({ payload = NO_BYTES }: Wish): Uint8Array {
  return typeof payload === 'string' ? encodeUtf8(payload) : payload;
}
