// A real client's own datagrams into the whole server: what Zephyr's lwm2m_client sent, recorded
// with LwM2M 1.1, and its LwM2M 1.0 form as the same program writes it.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeUtf8, fromHex } from '../core/bytes.ts';
import { decodeMessage } from '../core/coap/codec.ts';
import { Code, OptionNumber, type Message } from '../core/coap/message.ts';
import { accept, observe, stringOptionOf, uintOptionOf } from '../core/coap/options.ts';
import { encodePayload } from '../core/lwm2m/content-format.ts';
import { parsePath } from '../core/lwm2m/path.ts';
import { CALM } from '../sim/network-rules.ts';
import { pathText, RawClient, type Answer } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG } from './config.ts';
import { ServerManagement } from './management.ts';

function readJson<Shape>(file: string): Shape {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as Shape;
}

const session = readJson<Record<'register' | 'updateLifetime' | 'updateObjects' | 'update'
  | 'deregister', string>>('./fixtures/zephyr-session.json');
const { reads } = readJson<{ reads: { path: string; format: number; payload: string }[] }>(
  '../core/lwm2m/fixtures/zephyr-reads.json',
);

/** As recorded where it is, else a small integer in the format that was asked for. */
function zephyrAnswers(request: Message): Answer {
  const path = pathText(request);
  const format = accept(request) ?? 112;
  const recorded = reads.find((one) => one.path === path && one.format === format);
  const payload = recorded === undefined ? zero(path, format) : fromHex(recorded.payload);
  if (payload === undefined) return { code: Code.NOT_FOUND };
  return {
    code: Code.CONTENT,
    payload,
    options: [
      ...(observe(request) === 0 ? [uintOptionOf(OptionNumber.OBSERVE, 0)] : []),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, format),
    ],
  };
}

function zero(text: string, format: number): Uint8Array | undefined {
  const path = parsePath(text);
  if (!path.ok || path.value.resource === undefined) return undefined;
  const entry = { path: path.value, value: { type: 'integer' as const, value: 0n } };
  const encoded = encodePayload(format, path.value, [entry]);
  return encoded.ok ? encoded.value : undefined;
}

function newClient() {
  const world = new World({ seed: 4, network: CALM, config: DEFAULT_CONFIG });
  const client = new RawClient(world);
  client.answer = zephyrAnswers;
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  return { world, client, management: new ServerManagement(world.server.host, facts) };
}

/** A recorded message with the location this server gave instead of the recorded rd/abc1. */
function located(client: RawClient, hex: string): Partial<Message> {
  const decoded = decodeMessage(fromHex(hex)!);
  if (!decoded.ok) throw new Error(decoded.reason.error);
  const { options, ...message } = decoded.value;
  const others = options.filter(({ number }) => number !== OptionNumber.URI_PATH);
  const path = client.location.map((text) => stringOptionOf(OptionNumber.URI_PATH, text));
  return { ...message, options: [...path, ...others] };
}

describe('Zephyr with LwM2M 1.1', () => {
  it('registers as recorded and is read, observed, updated and de-registered', () => {
    const { world, client, management } = newClient();
    client.sendBytes(fromHex(session.register)!);
    world.run(2000);
    const detail = management.device('client_ca')!;
    expect(detail.row).toMatchObject({ manufacturer: 'Zephyr', model: 'client-1',
      firmwareVersion: '1.2.3' });
    expect(detail.awakeWindow).toBe(25_000);
    expect(detail.observing).toEqual(['/3/0/9', '/5/0/3', '/5/0/5']);
    expect(client.requests()).toEqual([
      'GET /3/0', 'GET /5/0', 'GET /3/0/9 observe', 'GET /5/0/3 observe', 'GET /5/0/5 observe',
    ]);
    // The multiple voltages of /3/0/7 arrived with their instances.
    expect([...world.disk.telemetry].filter(({ object, resource }) => object === 3 && resource === 7)
      .map(({ resourceInstance, value }) => [resourceInstance, 'value' in value && value.value]))
      .toEqual([[0, 3800n], [1, 5000n]]);

    for (const [recorded, code] of [
      [session.updateLifetime, Code.CHANGED], [session.updateObjects, Code.CHANGED],
      [session.update, Code.CHANGED], [session.deregister, Code.DELETED],
    ] as const) {
      const mid = client.send(located(client, recorded));
      world.run(500);
      expect(client.heard.findLast(({ message }) => message.mid === mid)?.message.code).toBe(code);
    }
    expect(management.device('client_ca')?.state).toBe('deregistered');
    expect(world.disk.events.map(({ type }) => type))
      .toEqual(['registered', 'updated', 'updated', 'updated', 'deregistered']);
  });

  it('registers anew from the same socket after 4.04 to its Update', () => {
    const { world, client, management } = newClient();
    client.location = ['rd', 'abc1'];
    const mid = client.send(located(client, session.update));
    world.run(100);
    expect(client.reactionTo(mid)?.code).toBe(Code.NOT_FOUND);
    client.sendBytes(fromHex(session.register)!);
    world.run(1000);
    expect(management.device('client_ca')?.state).toBe('awake');
  });
});

describe('Zephyr with LwM2M 1.0', () => {
  it.for([
    ['awake', 'lwm2m=1.0&ep=nat&lt=30', undefined], ['in queue mode', 'lwm2m=1.0&ep=nat&lt=30&b=UQ',
      25_000],
  ] as const)('%s registers and is observed in TLV', ([, query, window]) => {
    const { world, client, management } = newClient();
    client.send({
      code: Code.POST, token: fromHex('0102030405060708')!,
      payload: encodeUtf8('</3/0>,</5/0>,</1/0>,</3311/0>,</3303/0>,</3340/0>'),
      options: [
        stringOptionOf(OptionNumber.URI_PATH, 'rd'),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, 40),
        ...query.split('&').map((item) => stringOptionOf(OptionNumber.URI_QUERY, item)),
      ],
    });
    world.run(2000);
    const detail = management.device('nat')!;
    expect(detail.observing).toEqual(['/3303/0/5700', '/3/0/9', '/5/0/3', '/5/0/5']);
    expect(detail.awakeUntil !== undefined).toBe(window !== undefined);
    if (window !== undefined) expect(detail.awakeWindow).toBe(window);
    const formats = client.heard.filter(({ message }) => message.code === Code.GET)
      .map(({ message }) => accept(message));
    expect(new Set(formats)).toEqual(new Set([11_542]));
    expect(detail.row.manufacturer).toBe('Zephyr');
  });
});
