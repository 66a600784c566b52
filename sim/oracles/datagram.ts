// The parts of a CoAP datagram that oracles look at (RFC 7252 s3), read from the bytes without
// decoding options: most datagrams of a run pass several oracles.

import { decodeMessage } from '../../core/coap/codec.ts';
import { uriPath, uriQuery } from '../../core/coap/options.ts';
import type { Address, Milliseconds } from '../../core/ports.ts';
import type { SimulatedDevice } from '../device.ts';
import type { Fate } from '../observer.ts';

/** RFC 7252 s4.8.2, with the default ACK_TIMEOUT. */
export const EXCHANGE_LIFETIME: Milliseconds = 247_000;

export const CON = 0;
export const ACK = 2;
export const RST = 3;
/** RFC 7252 s12.1, as bytes on the wire. */
export const EMPTY = 0;
export const POST = 0x02;
export const DELETE = 0x04;
export const CREATED = 0x41;
export const DELETED = 0x42;
export const CHANGED = 0x44;
export const CONTENT = 0x45;

export function typeOf(datagram: Uint8Array): number {
  return ((datagram[0] ?? 0) >> 4) & 3;
}

export function codeOf(datagram: Uint8Array): number {
  return datagram[1] ?? 0;
}

export function isRequest(datagram: Uint8Array): boolean {
  const code = codeOf(datagram);
  return code > 0 && code < 0x20;
}

export function messageIdOf(datagram: Uint8Array): number {
  return ((datagram[2] ?? 0) << 8) | (datagram[3] ?? 0);
}

/** The token as text, to be a key. */
export function tokenOf(datagram: Uint8Array): string {
  const end = 4 + ((datagram[0] ?? 0) & 15);
  let text = '';
  for (let index = 4; index < end; index++) text += String.fromCharCode(datagram[index] ?? 0);
  return text;
}

export function isEqual(a: Uint8Array, b: Uint8Array, from = 0): boolean {
  if (a.length !== b.length) return false;
  for (let index = from; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** A Message ID for people. */
export function hex(messageId: number): string {
  return `0x${messageId.toString(16).padStart(4, '0')}`;
}

export function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** It came to its receiver. */
export function isHeard(fate: Fate): boolean {
  return fate === 'delivered' || fate === 'duplicate';
}

/** What it sends is not always what its message layer meant: some rules cannot be judged. */
export function isDamaging({ options }: SimulatedDevice): boolean {
  return options.vices?.includes('malformed') === true;
}

/** What a POST or DELETE to /rd is about: an endpoint that registers, or a registration. */
export interface Concern {
  readonly kind: 'register' | 'update' | 'deregister';
  /** The endpoint of a Register, else the id of the registration. */
  readonly of: string;
}

export function concernOf(datagram: Uint8Array): Concern | undefined {
  const code = codeOf(datagram);
  if (code !== POST && code !== DELETE) return undefined;
  const message = decodeMessage(datagram);
  if (!message.ok) return undefined;
  const [, id] = uriPath(message.value);
  if (id !== undefined) return { kind: code === DELETE ? 'deregister' : 'update', of: id };
  const endpoint = uriQuery(message.value).find((item) => item.startsWith('ep='));
  return { kind: 'register', of: endpoint?.slice('ep='.length) ?? '' };
}
