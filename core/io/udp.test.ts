// UDP over loopback: canonical addresses in, mapped ones out, answers from the socket that was
// asked, and errors of the system as errors of the caller.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { PeerTable } from '../peer.ts';
import { UdpTransport } from './udp.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Came {
  readonly listener: number;
  readonly host: string;
  readonly port: number;
  readonly text: string;
}

/** A transport that listens, and a way to await what comes. */
async function listening(...hosts: string[]) {
  const transport = new UdpTransport();
  closing.push(() => transport.close());
  const came: Came[] = [];
  let wake = (): void => undefined;
  const ports: number[] = [];
  for (const host of hosts) {
    const { address } = await transport.listen({ host, port: 0 }, (listener, from, port, bytes) => {
      came.push({ listener, host: from, port, text: new TextDecoder().decode(bytes) });
      wake();
    });
    ports.push(address.port);
  }
  const next = async (): Promise<Came> => {
    if (came.length === 0) await new Promise<void>((resolve) => { wake = resolve; });
    return came.shift()!;
  };
  return { transport, ports, next };
}

async function client(type: 'udp4' | 'udp6', host: string) {
  const socket = createSocket(type);
  closing.push(() => socket.close());
  socket.bind(0, host);
  await once(socket, 'listening');
  return socket;
}

describe('a datagram', () => {
  it('to the dual-stack wildcard comes from a canonical IPv4 address and is answered there', async () => {
    const { transport, ports: [port], next } = await listening('::');
    const socket = await client('udp4', '127.0.0.1');
    socket.send('hello', port!, '127.0.0.1');
    const came = await next();
    expect(came).toEqual({
      listener: 0, host: '127.0.0.1', port: socket.address().port, text: 'hello',
    });
    const peer = new PeerTable(() => undefined).meet(came.listener, came.host, came.port);
    const answered = once(socket, 'message');
    transport.send(peer, new TextEncoder().encode('back'));
    const [bytes, from] = await answered as [Buffer, { port: number }];
    expect(bytes.toString()).toBe('back');
    expect(from.port).toBe(port);
  });

  it('over IPv6 keeps its address', async () => {
    const { ports: [port], next } = await listening('::1');
    const socket = await client('udp6', '::1');
    socket.send('six', port!, '::1');
    expect(await next()).toMatchObject({ host: '::1', text: 'six' });
  });

  it('names the listener it came to, and the answer leaves from there', async () => {
    const { transport, ports, next } = await listening('127.0.0.1', '127.0.0.1');
    const socket = await client('udp4', '127.0.0.1');
    socket.send('second', ports[1]!, '127.0.0.1');
    const came = await next();
    expect(came.listener).toBe(1);
    const peer = new PeerTable(() => undefined).meet(1, came.host, came.port);
    const answered = once(socket, 'message');
    transport.send(peer, Uint8Array.of(1));
    const [, from] = await answered as [Buffer, { port: number }];
    expect(from.port).toBe(ports[1]);
  });
});

describe('what cannot be', () => {
  it('a port in use rejects with the system\'s error', async () => {
    const { transport, ports: [port] } = await listening('127.0.0.1');
    await expect(transport.listen({ host: '127.0.0.1', port: port! }, () => undefined))
      .rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('an address of another machine rejects with the system\'s error', async () => {
    const { transport } = await listening('127.0.0.1');
    await expect(transport.listen({ host: '192.0.2.1', port: 0 }, () => undefined))
      .rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  it('sending from a listener that does not exist, or after closing, sends nothing', async () => {
    const { transport } = await listening('127.0.0.1');
    const peers = new PeerTable(() => undefined);
    transport.send(peers.meet(7, '127.0.0.1', 9), Uint8Array.of(1));
    transport.close();
    expect(() => transport.send(peers.meet(0, '127.0.0.1', 9), Uint8Array.of(1))).not.toThrow();
  });

  it('what came from a forged port of 0 cannot be answered, and does no harm', async () => {
    const { transport } = await listening('127.0.0.1');
    const peer = new PeerTable(() => undefined).meet(0, '127.0.0.1', 0);
    expect(() => transport.send(peer, Uint8Array.of(1))).not.toThrow();
  });

  it('what the kernel refuses is lost, and the next datagram leaves', async () => {
    const { transport, ports: [port] } = await listening('127.0.0.1');
    const peers = new PeerTable(() => undefined);
    const socket = await client('udp4', '127.0.0.1');
    transport.send(peers.meet(0, '127.0.0.1', socket.address().port), new Uint8Array(65_508));
    const answered = once(socket, 'message');
    transport.send(peers.meet(0, '127.0.0.1', socket.address().port), Uint8Array.of(1));
    const [, from] = await answered as [Buffer, { port: number }];
    expect(from.port).toBe(port);
  });
});
