// The file of packets by known bytes, and by tshark where it is installed: it must see CoAP, and no
// wrong checksum.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeUtf8, fromHex, toHex } from '../bytes.ts';
import { encodeMessage } from '../coap/codec.ts';
import { ACK, Code, CON, NO_BYTES, OptionNumber } from '../coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../coap/options.ts';
import { pcapng, type Packet } from './pcapng.ts';
import { ipv4Bytes, ipv6Bytes, udpPacket } from './udp-packet.ts';

const V4 = { device: { host: '192.0.2.1', port: 40_000 }, server: { host: '192.0.2.2', port: 5683 } };
const V6 = { device: { host: '2001:db8::1', port: 40_000 }, server: { host: '::1', port: 5684 } };
const EMPTY = Uint8Array.of(0x40, 0, 0x12, 0x34);
const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

describe('a packet', () => {
  test('of IPv4 has both checksums', () => {
    expect(toHex(udpPacket(V4.device, V4.server, EMPTY))).toBe(words(
      '45000020000000004011f6c9c0000201c0000202', '9c401633000c772a', '40001234'));
  });

  test('of IPv6 has the one of UDP', () => {
    expect(toHex(udpPacket(V6.device, V6.server, EMPTY))).toBe(words(
      '60000000000c1140', '20010db8000000000000000000000001', '00000000000000000000000000000001',
      '9c401634000ccd72', '40001234'));
  });

  test('whose sum would be zero says so otherwise, since zero means none', () => {
    const source = { host: '0.0.0.0', port: 0 };
    // Protocol 17 and twice the length 10 leave 0xffda to the sum.
    const bytes = udpPacket(source, source, fromHex('ffda') as Uint8Array);
    expect(toHex(bytes.subarray(26, 28))).toBe('ffff');
  });

  test('of an odd length is summed as if a zero followed', () => {
    const even = udpPacket(V4.device, V4.server, Uint8Array.of(1, 2, 3, 0));
    const odd = udpPacket(V4.device, V4.server, Uint8Array.of(1, 2, 3));
    const sum = (bytes: Uint8Array) => (bytes[26] as number) * 256 + (bytes[27] as number);
    // The length stands in it twice.
    expect(sum(odd) - sum(even)).toBe(2);
  });
});

test.for<[string, string]>([
  ['::', '0'.repeat(32)], ['::1', `${'0'.repeat(31)}1`],
  ['fe80::1:2%eth0', `fe80${'0'.repeat(20)}00010002`],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['64:ff9b::192.0.2.33', `0064ff9b${'0'.repeat(16)}c0000221`],
  ['10.0.0.1', `${'0'.repeat(20)}ffff0a000001`], ['nowhere', '0'.repeat(32)],
])('the address %s is %s', ([text, hex]) => {
  expect(toHex(ipv6Bytes(text))).toBe(hex);
});

test('an address that is none of IPv4 is all zeros', () => {
  expect([toHex(ipv4Bytes('10.1.2.3')), toHex(ipv4Bytes('device-7'))])
    .toEqual(['0a010203', '00000000']);
});

describe('the file', () => {
  test('without packets is a section with one interface', () => {
    expect(toHex(pcapng([], 'abc'))).toBe(words(
      // Section Header Block: the application, the end of options.
      '0a0d0d0a', '28000000', '4d3c2b1a', '01000000', 'ffffffffffffffff',
      '0400030061626300', '00000000', '28000000',
      // Interface Description Block: raw IP, its name.
      '01000000', '20000000', '65000000', '00000000', '02000400636f6170', '00000000',
      '20000000'));
  });

  test('has a block for each packet, with its time, direction and comment', () => {
    const packet: Packet = {
      at: 1.5, direction: 'out', bytes: Uint8Array.of(1, 2, 3, 4, 5), comment: 'why',
    };
    expect(toHex(pcapng([packet], 'abc').subarray(72))).toBe(words(
      '06000000', '3c000000', '00000000', '00000000', 'dc050000', '05000000', '05000000',
      '0102030405000000', '0200040002000000', '0100030077687900', '00000000', '3c000000'));
  });
});

describe.runIf(hasTshark())('tshark', () => {
  test('decodes the messages and finds every checksum right', () => {
    const request = encodeMessage({
      type: CON, code: Code.GET, mid: 0x1234, token: Uint8Array.of(0xca, 0xfe), payload: NO_BYTES,
      options: [
        uintOptionOf(OptionNumber.OBSERVE, 0),
        ...['3303', '0', '5700'].map((one) => stringOptionOf(OptionNumber.URI_PATH, one)),
      ],
    });
    const response = encodeMessage({
      type: ACK, code: Code.CONTENT, mid: 0x1234, token: Uint8Array.of(0xca, 0xfe),
      payload: encodeUtf8('21.5'), options: [uintOptionOf(OptionNumber.CONTENT_FORMAT, 0)],
    });
    const packets = [V4, V6].flatMap(({ device, server }): Packet[] => [
      { at: AT, direction: 'out', bytes: udpPacket(server, device, request), comment: '' },
      { at: AT + 25, direction: 'in', bytes: udpPacket(device, server, response), comment: 'why' },
    ]);
    expect(tshark(pcapng(packets, 'Flownexus'))).toEqual([
      '1767323045.678|192.0.2.2||5683|0|1|4660|/3303/0/5700||1|1|',
      '1767323045.703|192.0.2.1||40000|2|69|4660|/3303/0/5700|4|1|1|why',
      '1767323045.678||::1|5684|0|1|4660|/3303/0/5700|||1|',
      '1767323045.703||2001:db8::1|40000|2|69|4660|/3303/0/5700|4||1|why',
    ]);
  });
});

function words(...parts: readonly string[]): string {
  return parts.join('');
}

/** A line for each packet; a status of 1 is a good checksum. */
function tshark(file: Uint8Array): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'flownexus-pcapng-'));
  try {
    writeFileSync(join(folder, 'x.pcapng'), file);
    const fields = [
      'frame.time_epoch', 'ip.src', 'ipv6.src', 'udp.srcport', 'coap.type', 'coap.code', 'coap.mid',
      'coap.opt.uri_path_recon', 'coap.payload_length', 'ip.checksum.status', 'udp.checksum.status',
      'frame.comment',
    ];
    const output = execFileSync('tshark', [
      '-r', join(folder, 'x.pcapng'), '-d', 'udp.port==5684,coap', '-o', 'udp.check_checksum:TRUE',
      '-o', 'ip.check_checksum:TRUE', '-T', 'fields', '-E', 'separator=|',
      ...fields.flatMap((field) => ['-e', field]),
    ], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    // Nanoseconds, however many the file has.
    return output.trim().split('\n').map((line) => line.replace(/^(\d+\.\d{3})\d*/, '$1'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function hasTshark(): boolean {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
