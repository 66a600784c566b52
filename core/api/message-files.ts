// What was recorded of a device as a file for Wireshark, over plain HTTP. Behind the same role as
// the messages on the page, and as blank where those are.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { pcapng, type Packet } from '../io/pcapng.ts';
import { ipv4Bytes, ipv6Bytes, udpPacket } from '../io/udp-packet.ts';
import type { Address } from '../ports.ts';
import type { Caller, Services } from './context.ts';
import { refuse } from './errors.ts';
import { endpoint } from './inputs.ts';
import type { CapturedMessage } from './management.ts';
import { admit } from './procedure.ts';

const messageFile = z.strictObject({ endpoint });

export function serveMessageFiles(
  app: FastifyInstance, services: Services, callerOf: (request: FastifyRequest) => Caller,
): void {
  const { accounts, management } = services;
  app.get('/files/messages.pcapng', async (request, reply) => {
    admit({ accounts, caller: callerOf(request) }, 'viewer', 'messages.file');
    const asked = messageFile.safeParse(request.query);
    if (!asked.success) return refuse('BAD_REQUEST', 'Ask like ?endpoint=NAME.');
    const name = asked.data.endpoint;
    const recorded = management.recorded(name)
      ?? refuse('NOT_FOUND', 'Nothing is recorded of this device.');
    const packets = recorded.messages
      .map((message) => packetOf(message, management.listening(message.listener)));
    const { version } = management.facts();
    return reply.type('application/x-pcapng')
      .header('content-disposition',
        `attachment; filename="${name.replace(/[^\w.-]/g, '_')}.pcapng"`)
      .send(Buffer.from(pcapng(packets, `Flownexus ${version}`)));
  });
}

export function packetOf(
  { at, direction, peer, datagram, withheld }: CapturedMessage, listening: readonly Address[],
): Packet {
  const own = nearest(peer, listening);
  const bytes = direction === 'in'
    ? udpPacket(peer, own, datagram) : udpPacket(own, peer, datagram);
  const comment = withheld === '' ? '' : `Zeros stand for what is not shown: ${withheld}`;
  return { at, direction, bytes, comment };
}

/**
 * Which address of ours a device spoke to: a socket on all addresses does not say. The one that
 * begins most like its own is that of the same network.
 */
export function nearest(peer: Address, own: readonly Address[]): Address {
  const isVersion6 = peer.host.includes(':');
  const bytesOf = isVersion6 ? ipv6Bytes : ipv4Bytes;
  const theirs = bytesOf(peer.host);
  let best: Address = { host: isVersion6 ? '::' : '0.0.0.0', port: own[0]?.port ?? 0 };
  let most = -1;
  for (const address of own) {
    if (address.host.includes(':') !== isVersion6) continue;
    const common = commonBits(theirs, bytesOf(address.host));
    if (common > most) [best, most] = [address, common];
  }
  return best;
}

function commonBits(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at === -1 ? 8 * a.length
    : 8 * at + Math.clz32((a[at] as number) ^ (b[at] as number)) - 24;
}
