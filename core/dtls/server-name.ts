// The server_name extension (RFC 6066 s3): which of its names the client means, so that a server
// with several shows the right certificate.

import { encodeUtf8 } from '../bytes.ts';
import { Alert, type AlertDescription } from './alerts.ts';
import { concat } from './prf.ts';
import { Reader } from './reader.ts';

const HOST_NAME = 0;
/** RFC 1035 s2.3.4. */
export const HOST_NAME_LENGTH_MAX = 255;
/**
 * No dot at the end. RFC 6066 s3 wants no addresses either; but there are devices that say that of
 * their server, and as a name it is one like others that nobody has.
 */
const HOST_NAME_FORM = /^([a-z0-9_:-]+\.)*[a-z0-9_:-]+$/;

/** The name as it is compared, in lower case (RFC 4343); undefined for what is none. */
export function hostNameOf(text: string): string | undefined {
  const name = text.toLowerCase();
  return name.length <= HOST_NAME_LENGTH_MAX && HOST_NAME_FORM.test(name) ? name : undefined;
}

/** Of the one host name that is in the list: there are no other kinds, and of each only one. */
export function decodeServerName(list: Uint8Array): string | AlertDescription {
  const reader = new Reader(list);
  const type = reader.uint(1);
  const bytes = reader.vector(2);
  if (reader.hasFailed || bytes.length === 0) return Alert.DECODE_ERROR;
  const isAlone = reader.isAtEnd && type === HOST_NAME && bytes.length <= HOST_NAME_LENGTH_MAX;
  const name = isAlone ? hostNameOf(String.fromCharCode(...bytes)) : undefined;
  return name ?? Alert.ILLEGAL_PARAMETER;
}

/** The list of a client, with its length. */
export function encodeServerName(name: string): Uint8Array {
  const bytes = encodeUtf8(name);
  const entry = concat(Uint8Array.of(HOST_NAME, bytes.length >>> 8, bytes.length), bytes);
  return concat(Uint8Array.of(entry.length >>> 8, entry.length), entry);
}
