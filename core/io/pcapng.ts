// Packets as a pcapng file (draft-ietf-opsawg-pcapng): one section, one interface of raw IP, one
// Enhanced Packet Block each. Wireshark and tshark read it; nothing here reads one.

import type { Milliseconds } from '../ports.ts';

export interface Packet {
  readonly at: Milliseconds;
  /** As seen from who wrote the file. */
  readonly direction: 'in' | 'out';
  /** From its IP header on. */
  readonly bytes: Uint8Array;
  /** What a reader is told beside it; '' for nothing. */
  readonly comment: string;
}

const SECTION_HEADER_BLOCK = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION_BLOCK = 1;
const ENHANCED_PACKET_BLOCK = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** IPv4 or IPv6 without anything around it; the first four bits say which. */
const LINKTYPE_RAW = 101;
/** opt_endofopt ends every list of options. */
const OPT_ENDOFOPT = 0;
const OPT_COMMENT = 1;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const EPB_FLAGS = 2;
const INBOUND = 1;
const OUTBOUND = 2;
/** Type and length before a body, and the length once more after it. */
const BLOCK_AROUND = 12;

const encoder = new TextEncoder();

/** `application` names who wrote it. */
export function pcapng(packets: readonly Packet[], application: string): Uint8Array {
  const blocks = [
    sectionHeader(application), interfaceDescription(), ...packets.map(enhancedPacket),
  ];
  return joined(blocks);
}

function sectionHeader(application: string): Uint8Array {
  const fixed = new Uint8Array(16);
  const view = new DataView(fixed.buffer);
  view.setUint32(0, BYTE_ORDER_MAGIC, true);
  view.setUint16(4, 1, true);
  // The length of the section is not said: readers then go on to the end of the file.
  view.setBigInt64(8, -1n, true);
  return block(SECTION_HEADER_BLOCK, fixed, option(SHB_USERAPPL, encoder.encode(application)));
}

function interfaceDescription(): Uint8Array {
  const fixed = new Uint8Array(8);
  // Reserved bytes and a snapshot length of 0, "no limit", follow the link type.
  new DataView(fixed.buffer).setUint16(0, LINKTYPE_RAW, true);
  return block(INTERFACE_DESCRIPTION_BLOCK, fixed, option(IF_NAME, encoder.encode('coap')));
}

function enhancedPacket({ at, direction, bytes, comment }: Packet): Uint8Array {
  const fixed = new Uint8Array(20 + padded(bytes.length));
  const view = new DataView(fixed.buffer);
  // Microseconds, the resolution of an interface that names no other.
  const time = BigInt(Math.round(at * 1_000));
  view.setUint32(4, Number(time >> 32n), true);
  view.setUint32(8, Number(time & 0xffff_ffffn), true);
  view.setUint32(12, bytes.length, true);
  view.setUint32(16, bytes.length, true);
  fixed.set(bytes, 20);
  const flags = new Uint8Array(4);
  flags[0] = direction === 'in' ? INBOUND : OUTBOUND;
  return block(ENHANCED_PACKET_BLOCK, fixed, option(EPB_FLAGS, flags),
    ...comment === '' ? [] : [option(OPT_COMMENT, encoder.encode(comment))]);
}

function block(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = joined([...parts, option(OPT_ENDOFOPT, new Uint8Array())]);
  const length = BLOCK_AROUND + body.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  bytes.set(body, 8);
  view.setUint32(length - 4, length, true);
  return bytes;
}

function option(code: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + padded(value.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  bytes.set(value, 4);
  return bytes;
}

/** Everything stands at multiples of four bytes. */
function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
