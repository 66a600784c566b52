// A list of certificates that an authority has taken back (RFC 5280 s5), taken apart. Lists of
// parts, of changes or for others have a critical extension that says so, and are refused.

import { AsnConvert } from '@peculiar/asn1-schema';
import { CertificateList, type AlgorithmIdentifier, type Name } from '@peculiar/asn1-x509';
import { toHex } from '../bytes.ts';
import type { Milliseconds } from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Signed } from './certificate.ts';

/** The library takes 20 parts to read a revoked certificate. */
const REVOKED_MAX = 100_000;
const READING = { berOptions: { maxDepth: 16, maxNodes: 20 * REVOKED_MAX } };

export interface RevocationList {
  /** Its name in DER, as hex. */
  readonly issuer: string;
  readonly thisUpdate: Milliseconds;
  readonly nextUpdate: Milliseconds;
  /** In hex. */
  readonly serials: ReadonlySet<string>;
  readonly signed: Signed;
}

/** Fails with the end of a sentence. */
export function readRevocationList(der: Uint8Array): Result<RevocationList> {
  if (!isWhole(der)) return fail('it is malformed');
  try {
    return takeApart(AsnConvert.parse(der, CertificateList, READING));
  } catch {
    // The library throws at what is none.
    return fail('it is malformed');
  }
}

function takeApart(list: CertificateList): Result<RevocationList> {
  const { tbsCertList: body, tbsCertListRaw: raw, signatureAlgorithm, signature } = list;
  if (raw === undefined || !body.signature.isEqual(signatureAlgorithm)) {
    return fail('it is malformed');
  }
  const revoked = body.revokedCertificates ?? [];
  const extensions = [
    ...body.crlExtensions ?? [], ...revoked.flatMap((one) => one.crlEntryExtensions ?? []),
  ];
  if (extensions.some(({ critical }) => critical)) {
    return fail('it has a critical extension that nobody here understands');
  }
  // RFC 5280 s5.1.2.5: it must say so, and nobody could tell whether it is still good.
  if (body.nextUpdate === undefined) return fail('it does not say when the next one comes');
  const thisUpdate = body.thisUpdate.getTime().getTime();
  const nextUpdate = body.nextUpdate.getTime().getTime();
  if (Number.isNaN(thisUpdate + nextUpdate)) return fail('it is malformed');
  return ok({
    issuer: derHex(body.issuer), thisUpdate, nextUpdate,
    serials: new Set(revoked.map((one) => toHex(new Uint8Array(one.userCertificate)))),
    signed: signedOf(raw, signatureAlgorithm, signature),
  });
}

function signedOf(
  content: ArrayBuffer, { algorithm }: AlgorithmIdentifier, signature: ArrayBuffer,
): Signed {
  return { content: new Uint8Array(content), algorithm, signature: new Uint8Array(signature) };
}

/** One DER element and nothing behind it; the library would also take less, and more. */
function isWhole(der: Uint8Array): boolean {
  const [tag, first = 0, ...length] = der.subarray(0, 6);
  if (tag !== 0x30 || first === 0x80 || first > 0x84) return false;
  const size = first < 0x80 ? 0 : first - 0x80;
  const rest = length.slice(0, size).reduce((sum, byte) => sum * 256 + byte, 0);
  return der.length === 2 + size + (size === 0 ? first : rest);
}

function derHex(name: Name): string {
  return toHex(new Uint8Array(AsnConvert.serialize(name)));
}
