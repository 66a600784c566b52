// The load generator, a process of its own: thousands of connected sockets, closed loop (a window
// of messages under way) or open loop (a fixed rate, latency from the intended time of sending).

import { createSocket, type Socket } from 'node:dgram';
import { decodeMessage } from '../core/coap/codec.ts';
import { ACK, Code, RST } from '../core/coap/message.ts';
import { observe } from '../core/coap/options.ts';
import {
  NotificationTemplate, notFoundAnswer, observeAnswer, registerDatagram, SendTemplate,
} from './load-messages.ts';
import { SecuredWay } from './load-security.ts';
import type { LoadOrder, LoadResult } from './load.ts';

/** A peer sends at most this many messages before its MIDs start again. */
const MIDS = 65_536;
const SLOTS = 64;
/** RFC 7252 s4.8: retransmission after ACK_TIMEOUT times at most 1.5. */
const RETRANSMIT_AFTER = 3000;
const CATCH_UP_MAX = 256;
const SETUP_WINDOW = 64;
const DRAIN = 6000;

interface PeerState {
  readonly send: (message: Uint8Array) => void;
  readonly index: number;
  template: NotificationTemplate | undefined;
  mid: number;
  onRegistered: (() => void) | undefined;
}

const peers: PeerState[] = [];
let latencies = new Float64Array(0);
let answered = 0;
/** Latencies so far; messages meant to leave before `countFrom` warm the machine up. */
let counted = 0;
let countFrom = Infinity;
let sent = 0;
let retransmitted = 0;
let onAnswer: (peer: PeerState) => void = () => undefined;
/** Intended send time by (peer, MID mod SLOTS); 0 when answered. */
let pending = new Float64Array(0);

process.on('message', (order: LoadOrder) => void run(order));

async function run(order: LoadOrder): Promise<void> {
  await connect(order);
  if (order.kind === 'notify' || order.kind === 'send') await registerAll(order.endpoints);
  pending = new Float64Array(order.peers * SLOTS);
  const result = order.rate === undefined ? await closedLoop(order) : await openLoop(order);
  process.send?.(result satisfies LoadResult);
}

async function connect(order: LoadOrder): Promise<void> {
  for (let index = 0; index < order.peers; index++) {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.connect(order.port, '127.0.0.1', () => resolve()));
    socket.setRecvBufferSize(1024 * 1024);
    socket.on('error', () => undefined);
    const peer: PeerState = {
      send: await wayOf(order, socket, index, (message) => receive(peer, message)),
      index, template: undefined, mid: index * 31 % MIDS, onRegistered: undefined,
    };
    peers.push(peer);
  }
}

/** How a peer sends, when it can. */
async function wayOf(
  { isSecured, endpoints }: LoadOrder, socket: Socket, index: number,
  hear: (message: Uint8Array) => void,
): Promise<PeerState['send']> {
  if (!isSecured) {
    socket.on('message', hear);
    return (message) => socket.send(message);
  }
  const way = new SecuredWay(`${endpoints}-${index}`, (datagram) => socket.send(datagram), hear);
  socket.on('message', (datagram) => way.hear(datagram));
  await new Promise<void>((resolve) => { way.onReady = resolve; });
  return (message) => way.say(message);
}

function receive(peer: PeerState, datagram: Uint8Array): void {
  const type = ((datagram[0] ?? 0) >> 4) & 3;
  const code = datagram[1] ?? 0;
  if (type === ACK && code !== Code.CREATED) return settle(peer, datagram);
  if (type === RST) throw new Error(`peer ${peer.index} was reset`);
  const decoded = decodeMessage(datagram);
  if (!decoded.ok) throw new Error(`peer ${peer.index} got ${decoded.reason.error}`);
  const message = decoded.value;
  if (message.code === Code.CREATED) {
    // A separate response wants its acknowledgement.
    if (type !== ACK) peer.send(Uint8Array.of(0x60, 0, message.mid >> 8, message.mid));
    peer.onRegistered?.();
    return settle(peer, datagram);
  }
  if (message.code !== Code.GET) return;
  const isObserve = observe(message) === 0;
  peer.send(isObserve ? observeAnswer(message) : notFoundAnswer(message));
  if (isObserve) peer.template = new NotificationTemplate(message.token.slice());
}

function settle(peer: PeerState, datagram: Uint8Array): void {
  const mid = ((datagram[2] ?? 0) << 8) | (datagram[3] ?? 0);
  const slot = peer.index * SLOTS + (mid % SLOTS);
  const at = pending[slot];
  if (at === undefined || at === 0) return;
  pending[slot] = 0;
  answered++;
  if (at >= countFrom) latencies[counted++] = performance.now() - at;
  onAnswer(peer);
}

async function registerAll(prefix: string): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    for (let peer = peers[next++]; peer !== undefined; peer = peers[next++]) {
      const { index } = peer;
      const mid = peer.mid++ % MIDS;
      const datagram = registerDatagram(`${prefix}-${index}`, '</3303/0>', mid);
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => peer.send(datagram), RETRANSMIT_AFTER);
        peer.onRegistered = () => {
          clearInterval(timer);
          resolve();
        };
        peer.send(datagram);
      });
    }
  };
  await Promise.all(Array.from({ length: SETUP_WINDOW }, one));
  while (peers.some(({ template }) => template === undefined)) await pause(50);
  await pause(1000);
}

/** Sends the next message of a peer, with the time it was meant to leave. */
function send(order: LoadOrder, peer: PeerState, intendedAt: number): void {
  const mid = peer.mid++ % MIDS;
  const slot = peer.index * SLOTS + (mid % SLOTS);
  pending[slot] = intendedAt;
  sent++;
  const datagram = messageOf(order, peer, mid);
  peer.send(datagram);
  if (order.kind === 'echo') return;
  // The template changes with the next message: a retransmission needs its own copy.
  if (order.rate !== undefined) return;
  const copy = datagram.slice();
  setTimeout(() => {
    if (pending[slot] !== intendedAt) return;
    retransmitted++;
    peer.send(copy);
  }, RETRANSMIT_AFTER);
}

const sendTemplate = new SendTemplate();
const REGISTER_LINKS = '</1/0>';

function messageOf(order: LoadOrder, peer: PeerState, mid: number): Uint8Array {
  switch (order.kind) {
    case 'register':
      return registerDatagram(`${order.endpoints}-${peer.index}`, REGISTER_LINKS, mid);
    case 'send': return sendTemplate.next(mid);
    case 'notify': return (peer.template as NotificationTemplate).next(mid);
    case 'echo': {
      // As long as a notification, and with the type of an ACK, so that the echo settles it.
      const datagram = new Uint8Array(27);
      datagram.set([0x68, Code.CONTENT, mid >> 8, mid & 0xff]);
      return datagram;
    }
  }
}

async function closedLoop(order: LoadOrder): Promise<LoadResult> {
  const window = Math.min(order.window, peers.length);
  let isOver = false;
  onAnswer = (peer) => {
    if (!isOver) send(order, peer, performance.now());
  };
  for (const peer of peers.slice(0, window)) send(order, peer, performance.now());
  await pause(order.warmUp * 1000);
  const before = answered;
  const start = performance.now();
  await pause(order.seconds * 1000);
  const rate = (answered - before) / (performance.now() - start) * 1000;
  isOver = true;
  const lost = window - countPending();
  return { rate, sent, lost, retransmitted, latencies: new Float64Array(0) };
}

async function openLoop(order: LoadOrder): Promise<LoadResult> {
  const { rate = 0, seconds, warmUp } = order;
  const total = Math.floor(rate * (warmUp + seconds));
  latencies = new Float64Array(total + 1);
  const interval = 1000 / rate;
  const start = performance.now() + 10;
  countFrom = start + warmUp * 1000;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor((performance.now() - start) / interval));
      for (let burst = 0; sent < due && burst < CATCH_UP_MAX; burst++) {
        send(order, peers[sent % peers.length] as PeerState, start + sent * interval);
      }
      if (sent < total) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await pause(DRAIN);
  const sorted = latencies.slice(0, counted).sort();
  return {
    rate: answered / (warmUp + seconds), sent, lost: sent - answered, retransmitted,
    latencies: sorted,
  };
}

function countPending(): number {
  return pending.reduce((count, at) => count + (at === 0 ? 0 : 1), 0);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
