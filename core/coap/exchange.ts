// CoAP's message layer (RFC 7252 s4 and s5.3.2), the same for server and clients: at most once
// in, with retransmission out. See the classes' comments. Types first; the implementation follows.

import type { Clock, Milliseconds, Peer, Random, Transport } from '../ports.ts';
import type { CON, Message, NON, Option } from './message.ts';

export interface MessageLimits {
  /** Remembered Message IDs per peer; beyond, the oldest that is answered is forgotten. */
  readonly recentPerPeer: number;
  /** Requests and notifications waiting for their turn (NSTART) per peer. */
  readonly queuedPerPeer: number;
  /** Requests acknowledged and waiting for their separate response, per peer. */
  readonly openPerPeer: number;
  /** Peers with any state. */
  readonly peers: number;
}

export interface MessageLayerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  /** The peer's own ACK_TIMEOUT (RFC 7252 s4.8); all other spans derive from it. */
  readonly ackTimeout: (peer: Peer) => Milliseconds;
  readonly messageIdSeed: number;
  readonly limits?: Partial<MessageLimits>;
}

export type Outcome =
  | { readonly kind: 'response'; readonly message: Message }
  | { readonly kind: 'rejected' }
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'refused'; readonly reason: string };

export type NotifyOutcome =
  | { readonly kind: 'acknowledged' }
  /** Non-confirmable: it left, and no Reset came back. */
  | { readonly kind: 'sent' }
  | { readonly kind: 'rejected' }
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'refused'; readonly reason: string };

export interface RequestContent {
  readonly code: number;
  readonly options: readonly Option[];
  readonly payload: Uint8Array;
  /** Given where it must be known beforehand (Observe); else 8 random bytes. */
  readonly token?: Uint8Array | undefined;
}

export interface ResponseContent {
  readonly code: number;
  readonly options?: readonly Option[] | undefined;
  readonly payload?: Uint8Array | undefined;
}

export interface NotificationContent {
  readonly type: typeof CON | typeof NON;
  readonly code: number;
  readonly token: Uint8Array;
  readonly options: readonly Option[];
  readonly payload: Uint8Array;
}

export interface OutboundRequest {
  readonly peer: Peer;
  readonly token: Uint8Array;
}

export interface InboundRequest {
  readonly peer: Peer;
  readonly message: Message;
}

export interface InboundNotification {
  readonly peer: Peer;
  readonly message: Message;
}

export type Received =
  | { readonly kind: 'request'; readonly request: InboundRequest }
  | { readonly kind: 'notification'; readonly notification: InboundNotification }
  | { readonly kind: 'handled' };

export declare class MessageLayer {
  constructor(options: MessageLayerOptions);
  receive(peer: Peer, datagram: Uint8Array): Received;
  respond(request: InboundRequest, response: ResponseContent): void;
  accept(notification: InboundNotification): void;
  reject(notification: InboundNotification): void;
  request(peer: Peer, content: RequestContent, done: (outcome: Outcome) => void): OutboundRequest;
  cancel(request: OutboundRequest): void;
  notify(peer: Peer, content: NotificationContent, done: (outcome: NotifyOutcome) => void): void;
  forget(peer: Peer): void;
}
