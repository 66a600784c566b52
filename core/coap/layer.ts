// What the parts of one message layer share: its ports, limits and counters, and the
// one way out. What is sent when is decided elsewhere.

import type { Clock, Milliseconds, Peer, Random, Transport } from '../ports.ts';
import { encodeEmpty } from './codec.ts';
import type { MessageIds } from './message-id.ts';
import { ACK, RST } from './message.ts';
import type { Outbound, Response } from './outbound.ts';

export interface MessageLimits {
  /** Message IDs remembered per peer; beyond, the oldest that is answered is forgotten. */
  readonly recentPerPeer: number;
  /** Confirmable messages waiting for their turn (NSTART) per peer. */
  readonly queuedPerPeer: number;
  /** Requests acknowledged and waiting for a separate response, per peer; further ones queue. */
  readonly openPerPeer: number;
  /** Peers with any state; beyond, the oldest idle one is forgotten. */
  readonly peers: number;
}

export interface Counters {
  received: number;
  sent: number;
  malformed: number;
  /** Well-formed but of no use: an ACK nobody waits for, a NON ping, an unknown option in a NON. */
  ignored: number;
  duplicates: number;
  /** Dropped or not sent for a limit of ours. */
  refused: number;
  retransmissions: number;
  resetsSent: number;
  resetsReceived: number;
  unanswered: number;
}

/** What all parts of one message layer share. */
export interface Layer {
  readonly clock: Clock;
  readonly randomOf: (peer: Peer) => Random;
  readonly transport: Transport<Peer>;
  readonly ackTimeout: (peer: Peer) => Milliseconds;
  readonly messageIds: MessageIds;
  readonly limits: MessageLimits;
  readonly counters: Counters;
  /** Takes a response with a Block option; false if it is for who asked. */
  readonly takeBlock: (request: Outbound, response: Response) => boolean;
}

export const LIMITS_DEFAULT: MessageLimits = {
  recentPerPeer: 64,
  queuedPerPeer: 64,
  openPerPeer: 8,
  peers: 250_000,
};

export function newCounters(): Counters {
  return {
    received: 0, sent: 0, malformed: 0, ignored: 0, duplicates: 0, refused: 0,
    retransmissions: 0, resetsSent: 0, resetsReceived: 0, unanswered: 0,
  };
}

export function send(layer: Layer, peer: Peer, datagram: Uint8Array): void {
  layer.counters.sent++;
  layer.transport.send(peer, datagram);
}

export function sendAcknowledgement(layer: Layer, peer: Peer, mid: number): void {
  send(layer, peer, encodeEmpty(ACK, mid));
}

export function sendReset(layer: Layer, peer: Peer, mid: number): void {
  layer.counters.resetsSent++;
  send(layer, peer, encodeEmpty(RST, mid));
}
