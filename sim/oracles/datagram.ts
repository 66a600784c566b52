// What oracles know of CoAP beyond what is read of every datagram that passes (RFC 7252 s3, s12):
// the codes they judge by, and parts of datagrams read from the bytes.

import { decodeMessage } from '../../core/coap/codec.ts';
import { Code } from '../../core/coap/message.ts';
import { uriPath } from '../../core/coap/options.ts';
import type { Address, Milliseconds } from '../../core/ports.ts';
import type { SimulatedDevice } from '../device.ts';

/** RFC 7252 s4.8.2, with the default ACK_TIMEOUT. */
export const EXCHANGE_LIFETIME: Milliseconds = 247_000;

export const CON = 0;
export const ACK = 2;
export const RST = 3;
/** RFC 7252 s12.1, as bytes on the wire. */
export const EMPTY = 0;
export const CREATED = 0x41;
export const DELETED = 0x42;
export const CHANGED = 0x44;
export const CONTENT = 0x45;

/** A Message ID for people. */
export function hex(messageId: number): string {
  return `0x${messageId.toString(16).padStart(4, '0')}`;
}

export function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** RFC 7641 s2, RFC 7959 s2.1. */
const OBSERVE = 6;
const BLOCK2 = 23;
const BLOCK1 = 27;
const MARKER = 0xff;
/** RFC 7252 s3.1: the first of the nibbles that more bytes follow. */
const BYTE_MORE = 13;

/** The Observe option of a well-formed datagram; undefined when it has none. */
export function observeOf(datagram: Uint8Array): number | undefined {
  return uintOf(datagram, OBSERVE);
}

/** Whether it brings what a device reports without being asked (LwM2M Transport 1.1.1 s6.4.5). */
export function isSend(code: number, datagram: Uint8Array): boolean {
  if (code !== Code.POST) return false;
  const message = decodeMessage(datagram);
  return message.ok && uriPath(message.value)[0] === 'dp';
}

/** Whether a well-formed notification is the first block of more (RFC 7959 s2.2: the M bit). */
export function isFirstOfMore(datagram: Uint8Array): boolean {
  return ((uintOf(datagram, BLOCK2) ?? 0) & 8) !== 0;
}

/** Whether a well-formed datagram has Block1 or Block2. */
export function hasBlock(datagram: Uint8Array): boolean {
  return uintOf(datagram, BLOCK2) !== undefined || uintOf(datagram, BLOCK1) !== undefined;
}

function uintOf(datagram: Uint8Array, wanted: number): number | undefined {
  let at = 4 + ((datagram[0] ?? 0) & 15);
  let number = 0;
  while (at < datagram.length && datagram[at] !== MARKER) {
    const head = datagram[at++] ?? 0;
    const delta = head >> 4;
    const length = head & 15;
    number += delta < BYTE_MORE ? delta : extended(datagram, at, delta);
    if (delta >= BYTE_MORE) at += delta - BYTE_MORE + 1;
    if (number > wanted) return undefined;
    let end = at + length;
    if (length >= BYTE_MORE) {
      end = at + length - BYTE_MORE + 1 + extended(datagram, at, length);
    }
    if (number < wanted) {
      at = end;
      continue;
    }
    let value = 0;
    for (; at < end; at++) value = value * 256 + (datagram[at] ?? 0);
    return value;
  }
  return undefined;
}

/** RFC 7252 s3.1: 13 is followed by a byte, 14 by two. */
function extended(datagram: Uint8Array, at: number, nibble: number): number {
  const first = datagram[at] ?? 0;
  return nibble === BYTE_MORE ? BYTE_MORE + first : 269 + first * 256 + (datagram[at + 1] ?? 0);
}

/** Whether the datagram's token is this one, as text like that of `Passing`. */
export function hasTokenText(datagram: Uint8Array, token: string): boolean {
  if (((datagram[0] ?? 0) & 15) !== token.length) return false;
  for (let index = 0; index < token.length; index++) {
    if (datagram[4 + index] !== token.charCodeAt(index)) return false;
  }
  return true;
}

/** Whether the datagram's token is this one. */
export function hasToken(datagram: Uint8Array, token: Uint8Array): boolean {
  if (((datagram[0] ?? 0) & 15) !== token.length) return false;
  for (let index = 0; index < token.length; index++) {
    if (datagram[4 + index] !== token[index]) return false;
  }
  return true;
}

/** What it sends is not always what its message layer meant: some rules cannot be judged. */
export function isDamaging({ options }: SimulatedDevice): boolean {
  return options.vices?.includes('malformed') === true;
}
