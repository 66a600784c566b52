// ClientHellos of devices that cannot be run here, as bytes, and what our server answers to each.
// They are written without our encoder, which would agree with our decoder.

import { Alert, decodeAlert } from '../../core/dtls/alerts.ts';
import { decodeExtensions } from '../../core/dtls/extensions.ts';
import { Reader } from '../../core/dtls/reader.ts';
import { suiteOf, SUITES, SUITES_WITH_CBC } from '../../core/dtls/suites.ts';
import type { DtlsOptions } from '../../core/dtls/layer.ts';
import { assert } from '../../core/result.ts';
import { DEVICE, DtlsBench, SERVER_X509 } from '../../sim/testing/dtls-bench.ts';

export interface HelloFixture {
  readonly name: string;
  readonly source: 'recorded' | 'made after its documentation';
  /** What it has, for people. */
  readonly offers: string;
  /** The datagram, in hexadecimal. */
  readonly hex: string;
}

/** Before the body: a record of type, version, epoch, number; type, lengths and numbers. */
const RECORD_HEADER = 13;
const MESSAGE_HEADER = 12;
/** Version, random and the length of a session id, which is none. */
const COOKIE_AT = RECORD_HEADER + MESSAGE_HEADER + 2 + 32 + 1;

export const HELLOS: readonly HelloFixture[] = [
  {
    name: 'Zephyr 4.2 (mbedTLS), PSK',
    source: 'recorded',
    offers: 'PSK with CCM_8; an empty connection id, records of 1,024 bytes',
    hex: '16fefd00000000000000000044010000380000000000000038fefdd046dbb870c88ba7b920bffd0f53a1ef'
      + '623ef361a03b7c5b81831e334fa8327600000004c0a800ff0100000a00360001000001000102',
  },
  {
    name: 'nRF91 modem, PSK',
    source: 'made after its documentation',
    offers: 'PSK with CBC and CCM_8; an empty connection id',
    hex: datagram([
      '008d', // TLS_PSK_WITH_AES_256_CBC_SHA
      '00ae', // TLS_PSK_WITH_AES_128_CBC_SHA256
      '008c', // TLS_PSK_WITH_AES_128_CBC_SHA
      'c0a8', // TLS_PSK_WITH_AES_128_CCM_8
      '00ff', // the empty renegotiation_info
    ], ['0036 0001 00']),
  },
  {
    name: 'nRF91 modem, PSK, set to CBC alone',
    source: 'made after its documentation',
    offers: 'PSK with CBC',
    hex: datagram(['00ae', '00ff'], []),
  },
  {
    name: 'nRF91 modem, certificate',
    source: 'made after its documentation',
    offers: 'ECDHE-ECDSA with GCM and CBC, ECDHE-RSA; X.509 alone, no CCM_8',
    hex: datagram([
      'c02b', // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
      'c030', // TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
      'c02f', // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
      'c024', // TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384
      'c00a', // TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA
      'c023', // TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256
      'c009', // TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
      'c014', // TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA
      'c027', // TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256
      'c013', // TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
      '00ff',
    ], [
      '000a 0004 0002 0017', // supported_groups: secp256r1
      '000b 0002 01 00', // ec_point_formats: uncompressed
      '000d 0006 0004 0403 0401', // signature_algorithms: with SHA-256
    ]),
  },
  {
    name: 'nRF91 modem, certificate, set to CBC alone',
    source: 'made after its documentation',
    offers: 'ECDHE-ECDSA with CBC; X.509 alone',
    hex: datagram(['c023', '00ff'], [
      '000a 0004 0002 0017', '000b 0002 01 00', '000d 0006 0004 0403 0401',
    ]),
  },
];

/** The first ClientHello of a client with these suites and extensions. */
function datagram(suites: readonly string[], extensions: readonly string[]): string {
  const all = extensions.join('').replaceAll(' ', '');
  const random = '5a'.repeat(32);
  // Neither a session id nor a cookie, and the null compression.
  const body = `fefd${random}0000${sized(suites.join(''), 2)}0100${all && sized(all, 2)}`;
  const length = sized(body, 3).slice(0, 6);
  const message = `01${length}0000000000${length}${body}`;
  return `16fefd0000000000000000${sized(message, 2)}`;
}

/** Behind its length. */
function sized(hex: string, bytes: number): string {
  return (hex.length / 2).toString(16).padStart(2 * bytes, '0') + hex;
}

type Server = Pick<DtlsOptions, 'suites' | 'x509'>;

/** As servers are unless they are asked for more, and with all that there is. */
export const PLAIN_SERVER: Server = { suites: SUITES, x509: undefined };
export const FULL_SERVER: Server = { suites: SUITES_WITH_CBC, x509: SERVER_X509 };

/** In words, once it has shown our cookie. */
export function answerTo({ hex }: HelloFixture, server: Server): string {
  const bench = new DtlsBench({ server });
  const say = (hello: Uint8Array): Uint8Array => {
    bench.server.layer.receive(0, DEVICE, hello);
    const answer = bench.server.sent.at(-1);
    assert(answer !== undefined, 'every hello is answered');
    return answer.datagram;
  };
  const first = Buffer.from(hex, 'hex');
  // A HelloVerifyRequest: version, and the cookie with its length.
  const verify = say(first);
  const cookie = verify.slice(RECORD_HEADER + MESSAGE_HEADER + 2);
  return describe(new Reader(say(withCookie(first, cookie))));
}

/** Both numbers are 1 (RFC 6347 s4.2.2), and all three lengths grow. */
function withCookie(first: Buffer, cookie: Uint8Array): Uint8Array {
  const again = Buffer.concat([
    first.subarray(0, COOKIE_AT), cookie, first.subarray(COOKIE_AT + 1),
  ]);
  again[10] = 1;
  again.writeUInt16BE(again.length - RECORD_HEADER, 11);
  again.writeUIntBE(again.length - RECORD_HEADER - MESSAGE_HEADER, 14, 3);
  again[18] = 1;
  again.writeUIntBE(again.length - RECORD_HEADER - MESSAGE_HEADER, 22, 3);
  return again;
}

const ALERT = 21;
const ALERT_NAMES = new Map(Object.entries(Alert).map(([name, number]) =>
  [number as number, name.toLowerCase()]));

function describe(answer: Reader): string {
  const type = answer.uint(1);
  answer.bytes(RECORD_HEADER - 3);
  const content = answer.vector(2);
  if (type === ALERT) {
    const alert = decodeAlert(content);
    assert(alert.ok, 'our alerts are such');
    return `alert ${ALERT_NAMES.get(alert.value.description)}`;
  }
  const hello = new Reader(content);
  hello.bytes(MESSAGE_HEADER + 2 + 32);
  hello.vector(1);
  const suite = suiteOf(hello.uint(2));
  hello.uint(1);
  const extensions = decodeExtensions(hello.vector(2), 'server');
  assert(suite !== undefined && extensions.ok, 'our hellos are such');
  const { connectionId, maxFragmentLength } = extensions.value;
  return [
    suite.name,
    ...connectionId === undefined ? [] : [`a connection id of ${connectionId.length} bytes`],
    ...maxFragmentLength === undefined ? [] : [`records of ${maxFragmentLength} bytes`],
  ].join(', ');
}
