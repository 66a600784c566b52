// The extensions of hellos that we know: server_name (RFC 6066 s3), max_fragment_length (s4),
// extended_master_secret (RFC 7627), encrypt_then_mac (RFC 7366 s2), connection_id (RFC 9146 s3),
// renegotiation_info (RFC 5746), supported_groups (RFC 8422 s5.1.1), signature_algorithms (RFC 5246
// s7.4.1.4.1) and the two of certificate types (RFC 7250 s3).
// Others are passed over, as RFC 5246 s7.4.1.4 says of a server.

import { ByteWriter, readUint } from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';
import { Alert, type AlertDescription } from './alerts.ts';
import { Reader } from './reader.ts';
import { decodeServerName, encodeServerName } from './server-name.ts';

export const ExtensionType = {
  SERVER_NAME: 0,
  MAX_FRAGMENT_LENGTH: 1,
  SUPPORTED_GROUPS: 10,
  SIGNATURE_ALGORITHMS: 13,
  CLIENT_CERTIFICATE_TYPE: 19,
  SERVER_CERTIFICATE_TYPE: 20,
  ENCRYPT_THEN_MAC: 22,
  EXTENDED_MASTER_SECRET: 23,
  CONNECTION_ID: 54,
  RENEGOTIATION_INFO: 0xff01,
} as const;

export interface Extensions {
  /** The host that the client means (server-name.ts); empty of a server that knows it. */
  readonly serverName?: string | undefined;
  /** Bytes of plaintext in a record: 512, 1024, 2048 or 4096. */
  readonly maxFragmentLength?: number | undefined;
  readonly hasEncryptThenMac: boolean;
  readonly hasExtendedMasterSecret: boolean;
  /** What the other side shall write into records to the one who says it; may be empty. */
  readonly connectionId?: Uint8Array | undefined;
  readonly hasRenegotiationInfo: boolean;
  readonly groups?: readonly number[] | undefined;
  readonly signatureAlgorithms?: readonly number[] | undefined;
  /** What the client has and what it takes; in the hello of a server, the one of each. */
  readonly clientCertificateTypes?: readonly number[] | undefined;
  readonly serverCertificateTypes?: readonly number[] | undefined;
  /** All that were there, known or not, in their order. */
  readonly types: readonly number[];
}

export const NO_EXTENSIONS: Extensions = {
  hasEncryptThenMac: false, hasExtendedMasterSecret: false, hasRenegotiationInfo: false, types: [],
};

/** RFC 6066 s4: what max_fragment_length can say. */
export const FRAGMENT_LENGTHS: readonly number[] = [512, 1024, 2048, 4096];

/** Whose hello it is: lists of clients are single values of servers. */
export type HelloSide = 'client' | 'server';

type Found = { -readonly [Key in keyof Extensions]: Extensions[Key] };

/** The alert says what was wrong with them. */
export function decodeExtensions(
  bytes: Uint8Array, side: HelloSide,
): Result<Extensions, AlertDescription> {
  const reader = new Reader(bytes);
  const found: Found = { ...NO_EXTENSIONS };
  const types: number[] = [];
  while (!reader.isAtEnd) {
    const type = reader.uint(2);
    const content = new Reader(reader.vector(2));
    // RFC 5246 s7.4.1.4: at most one of each type.
    if (types.includes(type)) return fail(Alert.DECODE_ERROR);
    types.push(type);
    const isKnown = decodeExtension(type, content, found, side);
    if (isKnown !== true && isKnown !== false) return fail(isKnown);
    if (isKnown && !content.isExhausted) return fail(Alert.DECODE_ERROR);
  }
  return reader.isExhausted ? ok({ ...found, types }) : fail(Alert.DECODE_ERROR);
}

/** Whether it is known, or the alert that it deserves. */
function decodeExtension(
  type: number, content: Reader, found: Found, side: HelloSide,
): boolean | AlertDescription {
  switch (type) {
    case ExtensionType.SERVER_NAME: {
      const name = side === 'server' ? '' : decodeServerName(content.vector(2));
      if (typeof name !== 'string') return name;
      found.serverName = name;
      return true;
    }
    case ExtensionType.MAX_FRAGMENT_LENGTH:
      found.maxFragmentLength = FRAGMENT_LENGTHS[content.uint(1) - 1];
      // RFC 6066 s4: any other value is refused by this alert.
      return found.maxFragmentLength === undefined ? Alert.ILLEGAL_PARAMETER : true;
    case ExtensionType.ENCRYPT_THEN_MAC:
      found.hasEncryptThenMac = true;
      return true;
    case ExtensionType.EXTENDED_MASTER_SECRET:
      found.hasExtendedMasterSecret = true;
      return true;
    case ExtensionType.CONNECTION_ID:
      found.connectionId = kept(content.vector(1));
      return true;
    case ExtensionType.RENEGOTIATION_INFO:
      found.hasRenegotiationInfo = true;
      // RFC 5746 s3.4, s3.6: nothing was negotiated before, as we never negotiate again.
      return content.vector(1).length > 0 ? Alert.HANDSHAKE_FAILURE : true;
    case ExtensionType.SUPPORTED_GROUPS:
      found.groups = numbersOf(content.vector(2), 2);
      return true;
    case ExtensionType.SIGNATURE_ALGORITHMS:
      found.signatureAlgorithms = numbersOf(content.vector(2), 2);
      return true;
    case ExtensionType.CLIENT_CERTIFICATE_TYPE:
      found.clientCertificateTypes = decodeCertificateTypes(content, side);
      return true;
    case ExtensionType.SERVER_CERTIFICATE_TYPE:
      found.serverCertificateTypes = decodeCertificateTypes(content, side);
      return true;
    default: return false;
  }
}

function decodeCertificateTypes(content: Reader, side: HelloSide): number[] {
  return side === 'server' ? [content.uint(1)] : numbersOf(content.vector(1), 1);
}

function numbersOf(list: Uint8Array, size: number): number[] {
  const numbers: number[] = [];
  for (let at = 0; at + size <= list.length; at += size) numbers.push(readUint(list, at, size));
  return numbers;
}

const NO_CID = new Uint8Array(0);

/** A hundred thousand associations keep one of these, and most are empty. */
function kept(cid: Uint8Array): Uint8Array {
  return cid.length === 0 ? NO_CID : cid.slice();
}

/** Those we know; nothing at all when there are none. */
export function encodeExtensions(
  extensions: Omit<Extensions, 'types'>, side: HelloSide,
): Uint8Array {
  const writer = new ByteWriter();
  const write = (type: number, content: readonly number[] | Uint8Array): void => {
    writer.uint(type, 2);
    writer.uint(content.length, 2);
    for (let at = 0; at < content.length; at++) writer.byte(content[at] as number);
  };
  const { maxFragmentLength, connectionId, groups, signatureAlgorithms, serverName } = extensions;
  if (serverName !== undefined) {
    write(ExtensionType.SERVER_NAME, side === 'server' ? [] : encodeServerName(serverName));
  }
  if (extensions.hasRenegotiationInfo) write(ExtensionType.RENEGOTIATION_INFO, [0]);
  if (maxFragmentLength !== undefined) {
    const code = 1 + FRAGMENT_LENGTHS.indexOf(maxFragmentLength);
    write(ExtensionType.MAX_FRAGMENT_LENGTH, [code]);
  }
  if (extensions.hasEncryptThenMac) write(ExtensionType.ENCRYPT_THEN_MAC, []);
  if (extensions.hasExtendedMasterSecret) write(ExtensionType.EXTENDED_MASTER_SECRET, []);
  if (connectionId !== undefined) {
    write(ExtensionType.CONNECTION_ID, [connectionId.length, ...connectionId]);
  }
  if (groups !== undefined) write(ExtensionType.SUPPORTED_GROUPS, pairs(groups));
  if (signatureAlgorithms !== undefined) {
    write(ExtensionType.SIGNATURE_ALGORITHMS, pairs(signatureAlgorithms));
  }
  const types = [
    [ExtensionType.CLIENT_CERTIFICATE_TYPE, extensions.clientCertificateTypes],
    [ExtensionType.SERVER_CERTIFICATE_TYPE, extensions.serverCertificateTypes],
  ] as const;
  for (const [type, listed] of types) {
    if (listed !== undefined) write(type, side === 'server' ? listed : [listed.length, ...listed]);
  }
  return writer.finish();
}

/** A list of numbers of two bytes, after its length. */
function pairs(numbers: readonly number[]): number[] {
  const length = 2 * numbers.length;
  return [length >>> 8, length & 0xff, ...numbers.flatMap((one) => [one >>> 8, one & 0xff])];
}
