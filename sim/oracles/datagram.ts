// The parts of a CoAP datagram that oracles look at (RFC 7252 s3), read from the bytes without
// decoding options: most datagrams of a run pass several oracles.

import type { Address } from '../../core/ports.ts';

export const CON = 0;
export const ACK = 2;
export const RST = 3;
/** RFC 7252 s12.1.2, as bytes on the wire. */
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
