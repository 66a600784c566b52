// Certificates and the DER they are in, taken apart: against what the library reads that writes them.

import { fc, test as property } from '@fast-check/vitest';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints, Certificate, ExtendedKeyUsage, id_ce_basicConstraints, id_ce_extKeyUsage,
  id_ce_keyUsage, id_ce_subjectAltName, KeyUsage, SubjectAlternativeName, type Name,
} from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { TestAuthority } from '../../sim/testing/authority.ts';
import { readCertificate } from './certificate.ts';
import { DerReader, Tag } from './der.ts';

const authority = new TestAuthority('Certificates & Co');
const { publicKey } = new TestAuthority('of a device').keys;
const serverCertificate = authority.certify(publicKey, {
  role: 'server', commonName: 'Server Ω', dnsNames: ['a.example', 'b.example'],
  addresses: ['192.0.2.1', '2001:db8::1'],
});
const CERTIFICATES = [
  authority.certificate, serverCertificate, authority.certify(publicKey),
  new TestAuthority('below', { by: authority }).certificate,
];

const hex = (bytes: ArrayBuffer | Uint8Array): string => toHex(new Uint8Array(bytes));
const nameHex = (name: Name): string => hex(AsnConvert.serialize(name));

/** Everything that somebody is believed by, as the library reads it. */
function asLibrary(der: Uint8Array) {
  const { tbsCertificate: body, tbsCertificateRaw, signatureAlgorithm, signatureValue } =
    AsnConvert.parse(der, Certificate);
  const parsed = <Value>(id: string, type: new () => Value): Value | undefined => {
    const found = body.extensions?.find(({ extnID }) => extnID === id);
    return found && AsnConvert.parse(found.extnValue.buffer, type);
  };
  const constraints = parsed(id_ce_basicConstraints, BasicConstraints);
  const purposes = parsed(id_ce_extKeyUsage, ExtendedKeyUsage);
  const names = [...parsed(id_ce_subjectAltName, SubjectAlternativeName) ?? []];
  const common = body.subject.flatMap((part) => [...part])
    .filter(({ type }) => type === '2.5.4.3').map(({ value }) => value.toString());
  return {
    commonName: common.length === 1 ? common[0] : undefined,
    uris: names.map((name) => name.uniformResourceIdentifier).filter((name) => name !== undefined),
    dnsNames: names.map((name) => name.dNSName).filter((name) => name !== undefined),
    serial: hex(body.serialNumber), subject: nameHex(body.subject), issuer: nameHex(body.issuer),
    notBefore: body.validity.notBefore.getTime().getTime(),
    notAfter: body.validity.notAfter.getTime().getTime(),
    isAuthority: constraints?.cA === true, pathLengthMax: constraints?.pathLenConstraint ?? Infinity,
    keyUsage: parsed(id_ce_keyUsage, KeyUsage)?.toNumber(), purposes: purposes && [...purposes],
    key: hex(AsnConvert.serialize(body.subjectPublicKeyInfo)).slice(-2 * publicKey.length),
    content: hex(tbsCertificateRaw as ArrayBuffer), algorithm: signatureAlgorithm.algorithm,
    signature: hex(signatureValue),
  };
}

function libraryOr(der: Uint8Array): ReturnType<typeof asLibrary> | undefined {
  try {
    return asLibrary(der);
  } catch {
    return undefined;
  }
}

function asWe(der: Uint8Array) {
  const read = readCertificate(der);
  if (!read.ok) return undefined;
  const { facts, signed, subject, issuer, isAuthority, pathLengthMax, keyUsage, purposes, point } =
    read.value;
  const { commonName, uris, dnsNames, serial, notBefore, notAfter } = facts;
  return {
    commonName, uris, dnsNames, serial, subject, issuer, notBefore, notAfter, isAuthority,
    pathLengthMax, keyUsage, purposes, key: point && toHex(point),
    content: toHex(signed.content), algorithm: signed.algorithm, signature: toHex(signed.signature),
  };
}

describe('a certificate', () => {
  it.for(CERTIFICATES.map((der) => [der]))('says what the library reads in it (%#)', ([der]) => {
    expect(asWe(der!)).toEqual(asLibrary(der!));
  });

  // What is none for the library alone is in parts that say nothing here, and nobody has signed it.
  property.prop([fc.nat(CERTIFICATES.length - 1), fc.nat(4_096), fc.nat(255)], { numRuns: 2_000 })(
    'with another byte says nothing else than the library reads, if anything', (index, at, byte) => {
      const der = (CERTIFICATES[index] as Uint8Array).slice();
      der[at % der.length] = byte;
      const ours = asWe(der);
      const theirs = ours && libraryOr(der);
      if (ours === undefined || theirs === undefined) return;
      // It writes names anew, and shows what is no text in a form of its own.
      const { subject: _, issuer: __, ...facts } = theirs;
      const isText = ours.commonName?.startsWith('#') !== true;
      expect(ours).toMatchObject({
        ...facts, commonName: isText ? theirs.commonName : ours.commonName,
        key: ours.key && theirs.key,
      });
    });
});

describe('DER', () => {
  const read = <Value>(text: string, take: (reader: DerReader) => Value): Value | undefined => {
    const reader = new DerReader(fromHex(text.replaceAll(' ', '')) as Uint8Array);
    const value = take(reader);
    reader.end();
    return reader.hasFailed ? undefined : value;
  };
  const long = (length: string, bytes: number): string => `30 ${length} ${'00'.repeat(bytes)}`;

  it.for<[string, string, number | undefined]>([
    ['none', '30 00', 0], ['one byte', '30 01 00', 1], ['the longest short one', long('7f', 127), 127],
    ['the shortest long one', long('81 80', 128), 128], ['two bytes', long('82 0100', 256), 256],
    ['a long form of a short one', long('81 7f', 127), undefined],
    ['a byte too many in it', long('82 00ff', 255), undefined],
    ['five bytes of it', long('85 0000000001', 1), undefined],
    ['an end to be looked for', '30 80 00 00', undefined], ['more than there is', '30 02 00', undefined],
    ['another tag', '31 00', undefined], ['nothing', '', undefined], ['no length', '30', undefined],
    ['half a length', '30 82 01', undefined], ['a byte behind it', '30 00 00', undefined],
  ])('of a length: %s', ([, text, expected]) => {
    expect(read(text, (reader) => reader.take(Tag.SEQUENCE).length)).toBe(expected);
  });

  it.for<[string, string | undefined]>([
    ['06 03 550403', '2.5.4.3'], ['06 08 2a8648ce3d030107', '1.2.840.10045.3.1.7'],
    ['06 01 27', '0.39'], ['06 02 8837', '2.999'], ['06 00', undefined], ['06 01 80', undefined],
    ['06 02 8001', undefined], ['06 02 5581', undefined],
    // By UUID (X.667): no number that a double could hold.
    ['06 14 69 83fea0cbd0ddcbc4d8a39ab3b4e8c5a9f0bd01', '6983fea0cbd0ddcbc4d8a39ab3b4e8c5a9f0bd01'],
  ])('of an object identifier: %s', ([text, expected]) => {
    expect(read(text, (reader) => reader.objectIdentifier())).toBe(expected);
  });

  it.for<[string, string, string | undefined]>([
    ['17', '491231235959Z', '2049-12-31T23:59:59.000Z'],
    ['17', '500101000000Z', '1950-01-01T00:00:00.000Z'],
    ['18', '20500101000000Z', '2050-01-01T00:00:00.000Z'],
    ['18', '99991231235959Z', '9999-12-31T23:59:59.000Z'],
    ['17', '240229000000Z', '2024-02-29T00:00:00.000Z'], ['17', '230229000000Z', undefined],
    ['18', '00500101000000Z', undefined], ['17', '241301000000Z', undefined],
    ['17', '240100000000Z', undefined], ['17', '240101240000Z', undefined], ['17', '2401010000Z', undefined],
    ['17', '240101000000+0100', undefined], ['18', '20240101000000.5Z', undefined],
    ['17', '20240101000000Z', undefined], ['13', '240101000000Z', undefined],
  ])('of a time: %s %s', ([tag, text, expected]) => {
    const element = tag + text.length.toString(16).padStart(2, '0') + Buffer.from(text).toString('hex');
    const at = read(element, (reader) => reader.time());
    expect(at === undefined ? undefined : new Date(at).toISOString()).toBe(expected);
  });

  it.for<[string, string | undefined]>([
    ['0c 03 e282ac', '\u20ac'], ['0c 01 ff', undefined], ['1e 04 20ac0041', '\u20acA'],
    ['1e 01 20', undefined], ['13 02 4142', 'AB'], ['14 01 e9', '\u00e9'], ['04 01 ff', '#0401ff'],
  ])('of a text: %s', ([text, expected]) => {
    expect(read(text, (reader) => reader.text())).toBe(expected);
  });

  it.for<[string, string, unknown]>([
    ['boolean', '01 01 ff', true], ['boolean', '01 01 00', false], ['boolean', '01 01 01', undefined],
    ['integer', '02 01 7f', 127], ['integer', '02 02 0080', 128], ['integer', '02 01 80', undefined],
    ['integer', '02 00', undefined], ['integer', '02 05 0000000001', undefined],
    ['bits', '03 02 0780', [0x80]], ['bits', '03 02 0781', undefined], ['bits', '03 01 00', []],
    ['bits', '03 01 01', undefined], ['bits', '03 00', undefined], ['bits', '03 02 0800', undefined],
    ['wholeBits', '03 02 00ff', [0xff]], ['wholeBits', '03 02 0180', undefined],
  ])('of a %s: %s', ([kind, text, expected]) => {
    const found = read<unknown>(text, (reader) => reader[kind as 'bits']());
    expect(found instanceof Uint8Array ? [...found] : found).toEqual(expected);
  });
});
