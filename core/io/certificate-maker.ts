// Makes certificates on secp256r1 (RFC 5280 s4): of an authority, of servers and of devices. A
// library writes the ASN.1; keys, signatures and chance are the ports'.

import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier, AttributeTypeAndValue, AttributeValue, AuthorityKeyIdentifier,
  BasicConstraints, Certificate, ExtendedKeyUsage, Extension, Extensions, GeneralName,
  id_ce_authorityKeyIdentifier, id_ce_basicConstraints, id_ce_extKeyUsage, id_ce_keyUsage,
  id_ce_subjectAltName, id_ce_subjectKeyIdentifier, id_kp_clientAuth, id_kp_serverAuth,
  KeyIdentifier, KeyUsage, KeyUsageFlags, Name, RelativeDistinguishedName,
  SubjectAlternativeName, SubjectKeyIdentifier, SubjectPublicKeyInfo, TBSCertificate, Validity,
  Version,
} from '@peculiar/asn1-x509';
import { fromHex } from '../bytes.ts';
import type { Crypto, KeyPair, Milliseconds, Random } from '../ports.ts';
import { assert } from '../result.ts';

/** X.520, RFC 5280 appendix A.1: ub-common-name. */
export const COMMON_NAME_LENGTH_MAX = 64;

export interface CertificateWish {
  readonly role: 'authority' | 'server' | 'client';
  /** 1 to 64 characters. */
  readonly commonName: string;
  readonly publicKey: Uint8Array;
  /** Of a server: where it is found. */
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
  /** Whole seconds. */
  readonly notBefore: Milliseconds;
  readonly notAfter: Milliseconds;
}

export interface Issuer {
  readonly keys: KeyPair;
  /** In DER; undefined: it is about to make its own. */
  readonly certificate: Uint8Array | undefined;
}

const COMMON_NAME = '2.5.4.3';
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const SECP256R1 = '06082a8648ce3d030107';
const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
/** RFC 5280 s4.1.2.2: at most 20. */
const SERIAL_LENGTH = 16;
const KEY_ID_LENGTH = 20;
const PURPOSES = { server: id_kp_serverAuth, client: id_kp_clientAuth } as const;

/** In DER. Throws at addresses that are none. */
export function makeCertificate(
  crypto: Crypto, random: Random, wish: CertificateWish, issuer: Issuer,
): Uint8Array {
  const { commonName } = wish;
  assert(commonName.length >= 1 && commonName.length <= COMMON_NAME_LENGTH_MAX, 'a CN is short');
  return signCertificate(crypto, random, nameOf(commonName), extensionsOf(wish), wish, issuer);
}

/** The same of another time, and of another key if that is wished for. `old` is one of ours. */
export function renewCertificate(
  crypto: Crypto, random: Random, old: Uint8Array,
  wish: Pick<CertificateWish, 'publicKey' | 'notBefore' | 'notAfter'>, issuer: Issuer,
): Uint8Array {
  const { subject, extensions = [] } = AsnConvert.parse(old, Certificate).tbsCertificate;
  const kept = extensions.filter(({ extnID }) =>
    extnID !== id_ce_subjectKeyIdentifier && extnID !== id_ce_authorityKeyIdentifier);
  return signCertificate(crypto, random, subject, kept, wish, issuer);
}

function signCertificate(
  crypto: Crypto, random: Random, subject: Name, extensions: readonly Extension[],
  wish: Pick<CertificateWish, 'publicKey' | 'notBefore' | 'notAfter'>, issuer: Issuer,
): Uint8Array {
  const { publicKey, notBefore, notAfter } = wish;
  const by = issuer.certificate && AsnConvert.parse(issuer.certificate, Certificate).tbsCertificate;
  const signature = new AlgorithmIdentifier({ algorithm: ECDSA_SHA256 });
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: newSerial(random),
    signature,
    issuer: by?.subject ?? subject,
    validity: new Validity({ notBefore: new Date(notBefore), notAfter: new Date(notAfter) }),
    subject,
    subjectPublicKeyInfo: new SubjectPublicKeyInfo({
      algorithm: new AlgorithmIdentifier({
        algorithm: EC_PUBLIC_KEY, parameters: bufferOf(fromHex(SECP256R1) as Uint8Array),
      }),
      subjectPublicKey: bufferOf(publicKey),
    }),
    extensions: new Extensions([...extensions, ...keyIdsOf(crypto, publicKey, by)]),
  });
  const signed = new Uint8Array(AsnConvert.serialize(body));
  return new Uint8Array(AsnConvert.serialize(new Certificate({
    tbsCertificate: body, signatureAlgorithm: signature,
    signatureValue: bufferOf(crypto.sign(issuer.keys.privateKey, signed)),
  })));
}

function extensionsOf({ role, dnsNames = [], addresses = [] }: CertificateWish): Extension[] {
  const isAuthority = role === 'authority';
  const names = [
    ...dnsNames.map((dNSName) => new GeneralName({ dNSName })),
    ...addresses.map((iPAddress) => new GeneralName({ iPAddress })),
  ];
  const usage = isAuthority ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign
    : KeyUsageFlags.digitalSignature;
  return [
    // RFC 5280 s4.2.1.9, s4.2.1.3: both critical.
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: isAuthority }), true),
    extension(id_ce_keyUsage, new KeyUsage(usage), true),
    ...(isAuthority ? []
      : [extension(id_ce_extKeyUsage, new ExtendedKeyUsage([PURPOSES[role]]))]),
    ...(names.length === 0 ? []
      : [extension(id_ce_subjectAltName, new SubjectAlternativeName(names))]),
  ];
}

/** RFC 5280 s4.2.1.1, s4.2.1.2: by which keys chains are found; as RFC 7093 s2 makes them. */
function keyIdsOf(
  crypto: Crypto, publicKey: Uint8Array, by: TBSCertificate | undefined,
): Extension[] {
  const ownId = crypto.hash(publicKey).slice(0, KEY_ID_LENGTH);
  const authorityId = by === undefined ? ownId : keyIdOf(by);
  return [
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(ownId)),
    ...(authorityId === undefined ? [] : [extension(id_ce_authorityKeyIdentifier,
      new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(authorityId) }))]),
  ];
}

function keyIdOf({ extensions = new Extensions() }: TBSCertificate): ArrayBuffer | undefined {
  const found = extensions.find(({ extnID }) => extnID === id_ce_subjectKeyIdentifier);
  return found && AsnConvert.parse(found.extnValue.buffer, SubjectKeyIdentifier).buffer;
}

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({
    extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

function nameOf(commonName: string): Name {
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({
    type: COMMON_NAME, value: new AttributeValue({ utf8String: commonName }),
  })])]);
}

/** Positive, and of always the same length. */
function newSerial(random: Random): ArrayBuffer {
  const bytes = random.bytes(SERIAL_LENGTH);
  bytes[0] = 0x40 | ((bytes[0] as number) & 0x3f);
  return bufferOf(bytes);
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
