// Our CoAP codec against the npm package coap-packet, on the messages that matter most.

import coapPacket from 'coap-packet';
import { decodeMessage, encodeMessage } from '../core/coap/codec.ts';
import { assert } from '../core/result.ts';
import { NotificationTemplate, registerDatagram } from './load-messages.ts';
import { figure, type Figure, type Options } from './result.ts';

const LINKS = '</>;rt="oma.lwm2m";ct="112 11542",</1/0>,</3/0>,</4/0>,</6/0>,</3303/0>,</3304/0>';
const TOKEN = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const DATAGRAMS = [
  ...Array.from({ length: 9 }, () => new NotificationTemplate(TOKEN).next(77)),
  registerDatagram('urn:imei:352656104000001', LINKS, 4711),
];

/** Nine notifications and one Register a round, as a busy server sees them. */
export function codecDecode(options: Options): Figure {
  const buffers = DATAGRAMS.map((datagram) => Buffer.from(datagram));
  const [ours, theirs] = inTurn(options, [
    () => {
      for (const datagram of DATAGRAMS) assert(decodeMessage(datagram).ok, 'it decodes');
    },
    () => {
      for (const buffer of buffers) coapPacket.parse(buffer);
    },
  ]);
  return figure('codec.decode', ours, 'messages/s', { reference: theirs });
}

export function codecEncode(options: Options): Figure {
  const messages = DATAGRAMS.map((datagram) => {
    const decoded = decodeMessage(datagram);
    assert(decoded.ok, 'it decodes');
    return decoded.value;
  });
  const packets = DATAGRAMS.map((datagram) => coapPacket.parse(Buffer.from(datagram)));
  const [ours, theirs] = inTurn(options, [
    () => {
      for (const message of messages) encodeMessage(message);
    },
    () => {
      for (const packet of packets) coapPacket.generate(packet as never);
    },
  ]);
  return figure('codec.encode', ours, 'messages/s', { reference: theirs });
}

const ROUNDS = 6;

/** Messages a second of each, the best of rounds in turn, so that both see the same machine. */
function inTurn(
  { isQuick }: Options, contestants: readonly [() => void, () => void],
): [number, number] {
  const best: [number, number] = [0, 0];
  const span = isQuick ? 150 : 1000;
  for (let round = 0; round < ROUNDS; round++) {
    contestants.forEach((contestant, index) => {
      best[index] = Math.max(best[index] ?? 0, rateOf(contestant, span));
    });
  }
  return best;
}

function rateOf(work: () => void, span: number): number {
  const start = process.cpuUsage();
  const end = performance.now() + span;
  let rounds = 0;
  while (performance.now() < end) {
    for (let index = 0; index < 100; index++) work();
    rounds += 100;
  }
  const { user, system } = process.cpuUsage(start);
  return rounds * DATAGRAMS.length / ((user + system) / 1e6);
}
