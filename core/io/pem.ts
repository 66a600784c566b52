// The text form of certificates, keys and lists (RFC 7468): blocks of base64 between lines that say
// what is in them. Files hold either that or the DER itself.

import { fromBase64, toBase64 } from '../bytes.ts';

const LINE_LENGTH = 64;
const SEQUENCE = 0x30;

/** The DER of every block of that label in a file, or the file itself where it is DER. */
export function derOf(file: Uint8Array, label: string): Uint8Array[] {
  if (file[0] === SEQUENCE) return [file];
  const block =
    new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`, 'g');
  return [...new TextDecoder().decode(file).matchAll(block)]
    .map(([, base64 = '']) => fromBase64(base64.replaceAll(/\s/g, '')))
    .filter((der) => der !== undefined);
}

export function pemOf(der: Uint8Array, label: string): string {
  const lines = toBase64(der).match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
