// IP packets around UDP datagrams, as they would have been on the wire in one piece: RFC 791 or
// RFC 8200, and RFC 768 with its checksum. For files that people read; nothing here is sent.

import { isIPv4, isIPv6 } from 'node:net';
import type { Address } from '../ports.ts';

const IPV4_HEADER_LENGTH = 20;
const IPV6_HEADER_LENGTH = 40;
const UDP_HEADER_LENGTH = 8;
const UDP = 17;
const HOPS = 64;

/** In the family of the source; an address that is none of it is taken for all zeros. */
export function udpPacket(
  source: Address, destination: Address, payload: Uint8Array,
): Uint8Array {
  const isVersion6 = source.host.includes(':') || destination.host.includes(':');
  const addressOf = isVersion6 ? ipv6Bytes : ipv4Bytes;
  const [from, to] = [addressOf(source.host), addressOf(destination.host)];
  const length = UDP_HEADER_LENGTH + payload.length;
  const headerLength = isVersion6 ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH;
  const packet = new Uint8Array(headerLength + length);
  const view = new DataView(packet.buffer);
  if (isVersion6) {
    packet[0] = 0x60;
    view.setUint16(4, length);
    packet[6] = UDP;
    packet[7] = HOPS;
    packet.set(from, 8);
    packet.set(to, 24);
  } else {
    packet[0] = 0x45;
    view.setUint16(2, headerLength + length);
    packet[8] = HOPS;
    packet[9] = UDP;
    packet.set(from, 12);
    packet.set(to, 16);
    view.setUint16(10, checksum(packet.subarray(0, headerLength), 0));
  }
  view.setUint16(headerLength, source.port);
  view.setUint16(headerLength + 2, destination.port);
  view.setUint16(headerLength + 4, length);
  packet.set(payload, headerLength + UDP_HEADER_LENGTH);
  // RFC 768, RFC 8200 s8.1: also over the addresses, the length and the protocol; never zero.
  const pseudo = sumOf(from) + sumOf(to) + length + UDP;
  const sum = checksum(packet.subarray(headerLength), pseudo);
  view.setUint16(headerLength + 6, sum === 0 ? 0xffff : sum);
  return packet;
}

/** RFC 1071: the complement of the sum in ones' complement. */
function checksum(bytes: Uint8Array, start: number): number {
  let sum = start + sumOf(bytes);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2) {
    sum += ((bytes[index] as number) << 8) | (bytes[index + 1] ?? 0);
  }
  return sum;
}

export function ipv4Bytes(host: string): Uint8Array {
  return isIPv4(host) ? Uint8Array.from(host.split('.'), Number) : new Uint8Array(4);
}

/** An IPv4 address stands in it as RFC 4291 s2.5.5.2 maps it; a zone is left out. */
export function ipv6Bytes(host: string): Uint8Array {
  const [address = ''] = host.split('%');
  const bytes = new Uint8Array(16);
  if (isIPv4(address)) {
    bytes.fill(0xff, 10, 12);
    bytes.set(ipv4Bytes(address), 12);
    return bytes;
  }
  if (!isIPv6(address)) return bytes;
  const [head = '', tail] = address.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  before.forEach((byte, index) => { bytes[index] = byte; });
  after.forEach((byte, index) => { bytes[16 - after.length + index] = byte; });
  return bytes;
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
