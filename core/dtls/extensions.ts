// The extensions of hellos that we know: max_fragment_length (RFC 6066 s4),
// extended_master_secret (RFC 7627), connection_id (RFC 9146 s3), renegotiation_info (RFC 5746).
// Others are passed over, as RFC 5246 s7.4.1.4 says of a server.

import { ByteWriter } from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';
import { Alert, type AlertDescription } from './alerts.ts';
import { Reader } from './reader.ts';

export const ExtensionType = {
  MAX_FRAGMENT_LENGTH: 1,
  EXTENDED_MASTER_SECRET: 23,
  CONNECTION_ID: 54,
  RENEGOTIATION_INFO: 0xff01,
} as const;

export interface Extensions {
  /** Bytes of plaintext in a record: 512, 1024, 2048 or 4096. */
  readonly maxFragmentLength?: number | undefined;
  readonly hasExtendedMasterSecret: boolean;
  /** What the other side shall write into records to the one who says it; may be empty. */
  readonly connectionId?: Uint8Array | undefined;
  readonly hasRenegotiationInfo: boolean;
  /** All that were there, known or not, in their order. */
  readonly types: readonly number[];
}

export const NO_EXTENSIONS: Extensions =
  { hasExtendedMasterSecret: false, hasRenegotiationInfo: false, types: [] };

const FRAGMENT_LENGTHS = [512, 1024, 2048, 4096];

/** The alert says what was wrong with them. */
export function decodeExtensions(bytes: Uint8Array): Result<Extensions, AlertDescription> {
  const reader = new Reader(bytes);
  const found: { -readonly [Key in keyof Extensions]: Extensions[Key] } =
    { ...NO_EXTENSIONS };
  const types: number[] = [];
  while (!reader.isAtEnd) {
    const type = reader.uint(2);
    const content = new Reader(reader.vector(2));
    // RFC 5246 s7.4.1.4: at most one of each type.
    if (types.includes(type)) return fail(Alert.DECODE_ERROR);
    types.push(type);
    switch (type) {
      case ExtensionType.MAX_FRAGMENT_LENGTH:
        found.maxFragmentLength = FRAGMENT_LENGTHS[content.uint(1) - 1];
        // RFC 6066 s4: any other value is refused by this alert.
        if (found.maxFragmentLength === undefined) return fail(Alert.ILLEGAL_PARAMETER);
        break;
      case ExtensionType.EXTENDED_MASTER_SECRET: found.hasExtendedMasterSecret = true; break;
      case ExtensionType.CONNECTION_ID: found.connectionId = kept(content.vector(1)); break;
      case ExtensionType.RENEGOTIATION_INFO:
        found.hasRenegotiationInfo = true;
        // RFC 5746 s3.4, s3.6: nothing was negotiated before, as we never negotiate again.
        if (content.vector(1).length > 0) return fail(Alert.HANDSHAKE_FAILURE);
        break;
      default: continue;
    }
    if (!content.isExhausted) return fail(Alert.DECODE_ERROR);
  }
  return reader.isExhausted ? ok({ ...found, types }) : fail(Alert.DECODE_ERROR);
}

const NO_CID = new Uint8Array(0);

/** A hundred thousand associations keep one of these, and most are empty. */
function kept(cid: Uint8Array): Uint8Array {
  return cid.length === 0 ? NO_CID : cid.slice();
}

/** Those we know; nothing at all when there are none. */
export function encodeExtensions(extensions: Omit<Extensions, 'types'>): Uint8Array {
  const writer = new ByteWriter();
  const { maxFragmentLength, connectionId } = extensions;
  if (extensions.hasRenegotiationInfo) {
    writer.uint(ExtensionType.RENEGOTIATION_INFO, 2);
    writer.uint(1, 2);
    writer.byte(0);
  }
  if (maxFragmentLength !== undefined) {
    writer.uint(ExtensionType.MAX_FRAGMENT_LENGTH, 2);
    writer.uint(1, 2);
    writer.byte(1 + FRAGMENT_LENGTHS.indexOf(maxFragmentLength));
  }
  if (extensions.hasExtendedMasterSecret) {
    writer.uint(ExtensionType.EXTENDED_MASTER_SECRET, 2);
    writer.uint(0, 2);
  }
  if (connectionId !== undefined) {
    writer.uint(ExtensionType.CONNECTION_ID, 2);
    writer.uint(1 + connectionId.length, 2);
    writer.byte(connectionId.length);
    writer.bytes(connectionId);
  }
  return writer.finish();
}
