// What real peers put on the wire (fixtures/) goes through our codecs: every datagram has one
// encoding, and all three say the same facts in their own formats.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../core/coap/codec.ts';
import { OptionNumber, type Message } from '../core/coap/message.ts';
import { contentFormat, uriQuery } from '../core/coap/options.ts';
import { decodePayload } from '../core/lwm2m/content-format.ts';
import { formatPath, parsePath } from '../core/lwm2m/path.ts';
import { parseRegister } from '../core/lwm2m/registration.ts';
import { FACTS, LIFETIME_SECONDS } from './device.ts';

interface Recording {
  readonly peer: string;
  readonly datagrams: readonly {
    readonly name: string; readonly from: string; readonly hex: string;
  }[];
}

const NOW = Date.UTC(2026, 0, 1);
const RECORDINGS = ['coap-package', 'java-client', 'libcoap'].map((name): Recording =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')));

function messageOf(hex: string): Message {
  const decoded = decodeMessage(Uint8Array.from(Buffer.from(hex, 'hex')));
  if (!decoded.ok) throw new Error(decoded.reason.error);
  return decoded.value;
}

/** The messages recorded under this name, from the device. */
function said({ datagrams }: Recording, name: string): Message[] {
  return datagrams.filter((datagram) => datagram.name === name && datagram.from === 'device')
    .map(({ hex }) => messageOf(hex));
}

/** Path and value of everything in an answer to a request for `base`. */
function valuesIn(message: Message | undefined, base: string): Record<string, unknown> {
  const path = parsePath(base);
  if (!message || !path.ok) throw new Error(`nothing was recorded for ${base}`);
  const decoded = decodePayload(contentFormat(message), path.value, message.payload, NOW);
  if (!decoded.ok) throw new Error(decoded.reason);
  return Object.fromEntries(decoded.value.map((entry) =>
    [formatPath(entry.path), 'value' in entry.value ? entry.value.value : entry.value]));
}

describe.each(RECORDINGS)('$peer', (recording) => {
  it('every datagram decodes and encodes to the same bytes', () => {
    for (const { hex, name } of recording.datagrams) {
      expect(Buffer.from(encodeMessage(messageOf(hex))).toString('hex'), name).toBe(hex);
    }
  });

  it('its Register is understood', () => {
    const [message] = recording.datagrams.map(({ hex }) => messageOf(hex));
    if (!message) throw new Error('the recording is empty');
    const parsed = parseRegister(uriQuery(message), contentFormat(message), message.payload);
    if (!parsed.ok) throw new Error(parsed.reason.reason);
    expect(parsed.value).toMatchObject({
      lwm2mVersion: '1.1', lifetime: LIFETIME_SECONDS, binding: 'U', queueMode: false,
    });
    expect(parsed.value.objects.instances).toEqual(expect.arrayContaining([
      { object: 3, instance: 0 }, { object: 3303, instance: 0 },
    ]));
  });

  it('its Device object says the facts', () => {
    const [answer] = said(recording, 'answer to: GET /3/0');
    expect(valuesIn(answer, '/3/0')).toMatchObject({
      '/3/0/0': FACTS.manufacturer, '/3/0/1': FACTS.model, '/3/0/3': FACTS.firmwareVersion,
      '/3/0/7/0': BigInt(FACTS.millivolts[0]), '/3/0/7/1': BigInt(FACTS.millivolts[1]),
      '/3/0/9': BigInt(FACTS.batteryPercent),
    });
  });

  it('its temperature is a number in the first answer and in each notification', () => {
    const observed = 'GET /3303/0/5700 Observe 0';
    const answers = [
      ...said(recording, `answer to: ${observed}`),
      ...said(recording, `notification of: ${observed}`),
    ];
    expect(answers.map((answer) => valuesIn(answer, '/3303/0/5700'))).toEqual(
      [FACTS.temperature, 22.5, -40.25].map((celsius) => ({ '/3303/0/5700': celsius })),
    );
    for (const { options } of answers) {
      expect(options.some(({ number }) => number === OptionNumber.OBSERVE)).toBe(true);
    }
  });
});

it('the Java client says the same in SenML JSON, SenML CBOR and TLV', () => {
  const java = RECORDINGS.find(({ peer }) => peer.startsWith('Java'));
  if (!java) throw new Error('the recording is missing');
  const [first, ...others] = ['', ' Accept 110', ' Accept 112'].map((accept) =>
    valuesIn(said(java, `answer to: GET /3/0${accept}`)[0], '/3/0'));
  for (const other of others) expect(other).toEqual(first);
});
