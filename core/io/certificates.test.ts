// Chains of certificates, good and bad; and whatever bytes a peer shows, nothing is thrown.

import { fc, test as property } from '@fast-check/vitest';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { toHex } from '../bytes.ts';
import { EPOCH } from '../../sim/epoch.ts';
import { DAY, TestAuthority } from '../../sim/testing/authority.ts';
import type { CertificateRefusal } from '../ports.ts';
import { readCertificate } from './certificate.ts';
import { CHAIN_LENGTH_MAX, KNOWN_MAX, TrustedCertificates } from './certificates.ts';
import type { CertificateWish } from './certificate-maker.ts';
import { readKey, writeKey } from './key-file.ts';
import { derOf, pemOf } from './pem.ts';

const root = new TestAuthority('Root');
const middle = new TestAuthority('Middle', { by: root });
const other = new TestAuthority('Other');
const { keys: { publicKey } } = new TestAuthority('device keys');
const device = root.certify(publicKey, { commonName: 'urn:dev:1' });

function trusting(
  authorities: readonly TestAuthority[], lists: readonly Uint8Array[] = [],
): TrustedCertificates {
  const trusted = TrustedCertificates.of(authorities.map(({ certificate }) => certificate), lists);
  if (!trusted.ok) throw new Error(trusted.reason);
  return trusted.value;
}

const refusal = (
  chain: readonly Uint8Array[], authorities: readonly TestAuthority[] = [root],
  lists: readonly Uint8Array[] = [], now = EPOCH,
) => trusting(authorities, lists).refusalOf(chain, 'client', now);

const isOpensslThere = ((): boolean => {
  try {
    return execFileSync('openssl', ['version']).length > 0;
  } catch {
    return false;
  }
})();

test('a certificate says who has which key, and until when', () => {
  const wished = root.certify(publicKey, {
    role: 'server', commonName: 'lwm2m.example', dnsNames: ['a.example', 'b.example'],
    addresses: ['192.0.2.1', '2001:db8::1'],
  });
  expect(trusting([]).read(wished)).toEqual({ ok: true, value: {
    publicKey, commonName: 'lwm2m.example', uris: [], dnsNames: ['a.example', 'b.example'],
    issuer: 'CN=Root', serial: expect.stringMatching(/^[4-7][0-9a-f]{31}$/),
    notBefore: EPOCH - 30 * DAY, notAfter: EPOCH + 30 * DAY,
  } });
});

describe('a chain', () => {
  const wished = (changes: Partial<CertificateWish>, by = root): Uint8Array =>
    by.certify(publicKey, changes);
  const byDevice = new TestAuthority('no authority', { by: root, role: 'client' });
  const narrow = new TestAuthority('Narrow', { by: middle });
  it.for<[string, readonly Uint8Array[], CertificateRefusal | undefined]>([
    ['of a device', [device], undefined],
    ['with the root', [device, root.certificate], undefined],
    ['with what does not belong there, beyond the authority', [device, Uint8Array.of(1)],
      undefined],
    ['through another authority', [wished({}, middle), middle.certificate], undefined],
    ['through two', [wished({}, narrow), narrow.certificate, middle.certificate], undefined],
    ['without the authority between', [wished({}, middle)], 'unknown authority'],
    ['in another order', [middle.certificate, wished({}, middle)], 'wrong key usage'],
    ['of nobody', [], 'unknown authority'],
    ['of another authority', [wished({}, other)], 'unknown authority'],
    ['of another with the same name', [wished({}, new TestAuthority('Root', { seed: 2 }))],
      'unknown authority'],
    ['that is expired', [wished({ notAfter: EPOCH - 1_000 })], 'certificate expired'],
    ['to the last second', [wished({ notAfter: EPOCH })], undefined],
    ['of later', [wished({ notBefore: EPOCH + 1_000 })], 'certificate not yet valid'],
    ['of a server', [wished({ role: 'server' })], 'wrong key usage'],
    ['of an authority itself', [root.certificate], 'wrong key usage'],
    ['by who is no authority', [wished({}, byDevice), byDevice.certificate], 'wrong key usage'],
    ['that is too long', Array.from({ length: CHAIN_LENGTH_MAX + 1 }, () => device),
      'chain too long'],
    ['of what is none', [Uint8Array.of(0x30, 0)], 'malformed certificate'],
    ['with a byte more', [Uint8Array.of(...device, 0)], 'malformed certificate'],
  ])('%s', ([, chain, expected]) => {
    // What has its signer's name alone is not signed by it.
    expect(refusal(chain)).toBe(expected);
  });

  it('ends at any of several authorities', () => {
    expect(refusal([other.certify(publicKey)], [root, other])).toBeUndefined();
    expect(refusal([middle.certify(publicKey)], [other, middle])).toBeUndefined();
  });

  it('ends with its authority', () => {
    expect(refusal([root.certify(publicKey, { notAfter: EPOCH + 9_000 * DAY })], [root], [],
      EPOCH + 8_000 * DAY)).toBe('certificate expired');
  });
});

describe('a revocation list', () => {
  const taken = root.certify(publicKey);
  it('refuses whom it names, and nobody else', () => {
    const list = root.revoke([taken, other.certificate]);
    expect(refusal([taken], [root], [list])).toBe('certificate revoked');
    expect(refusal([device], [root], [list])).toBeUndefined();
    expect(refusal([other.certify(publicKey)], [root, other], [list])).toBeUndefined();
  });

  it('says of a serial number whether it has it', () => {
    const list = root.revoke([taken]);
    const trust = TrustedCertificates.of([root.certificate], [list]);
    if (!trust.ok) throw new Error(trust.reason);
    const serials = [taken, device].map((der) => {
      const read = trust.value.read(der);
      return read.ok ? read.value.serial : '';
    });
    expect(serials.map((serial) => trust.value.isRevoked(serial))).toEqual([true, false]);
  });

  it('refuses whom a revoked authority certifies, trusted or not', () => {
    const list = root.revoke([middle.certificate]);
    const chain = [middle.certify(publicKey), middle.certificate];
    expect(refusal(chain, [root], [list])).toBe('certificate revoked');
    expect(refusal(chain, [root, middle], [list])).toBe('certificate revoked');
  });

  it('out of date refuses all of its authority', () => {
    const list = root.revoke([taken], EPOCH - 8 * DAY);
    expect(refusal([device], [root], [list])).toBe('revocation list out of date');
    expect(refusal([taken], [root], [list])).toBe('certificate revoked');
    expect(refusal([device], [root], [root.revoke([], EPOCH + DAY)]))
      .toBe('revocation list out of date');
    expect(refusal([other.certify(publicKey)], [root, other], [list])).toBeUndefined();
  });

  it('gives way to a newer one, in whichever order they are read', () => {
    const lists = [root.revoke([taken], EPOCH - 8 * DAY), root.revoke([], EPOCH - DAY)];
    expect(refusal([taken], [root], lists)).toBeUndefined();
    expect(refusal([taken], [root], lists.reverse())).toBeUndefined();
  });

  it.for<[string, Uint8Array, string]>([
    ['of nobody we know', other.revoke([]), 'a revocation list is signed by none of the authorities'],
    ['with another signature', new TestAuthority('Root', { seed: 2 }).revoke([]),
      'a revocation list is signed by none of the authorities'],
    ['that is none', device, 'a revocation list is refused: it is malformed'],
  ])('%s is not taken', ([, list, reason]) => {
    expect(TrustedCertificates.of([root.certificate], [list])).toEqual({ ok: false, reason });
  });
});

describe('certificates that are known from before', () => {
  const path = [middle.certify(publicKey), middle.certificate];

  it('are none of those that are refused, as those that a device makes of its own', () => {
    const byDevice = new TestAuthority('no authority', { by: root, role: 'client' });
    const trusted = trusting([root]);
    const made = byDevice.certify(publicKey);
    expect(trusted.refusalOf([made, byDevice.certificate], 'client', EPOCH)).toBe('wrong key usage');
    expect(trusted.known).toBe(0);
  });

  it('are judged anew each time', () => {
    const trusted = trusting([root], [root.revoke([], EPOCH)]);
    const judged = (after: number, role: 'client' | 'server' = 'client') =>
      trusted.refusalOf(path.map((der) => der.slice()), role, EPOCH + after);
    expect([judged(0), judged(0)]).toEqual([undefined, undefined]);
    expect(trusted.known).toBe(2);
    expect([judged(31 * DAY), judged(8 * DAY), judged(0, 'server'), judged(0)])
      .toEqual(['certificate expired', 'revocation list out of date', 'wrong key usage', undefined]);
    expect(trusted.known).toBe(2);
  });

  it('say nothing for others that look like them', () => {
    const trusted = trusting([root]);
    expect(trusted.refusalOf([device], 'client', EPOCH)).toBeUndefined();
    const forged = device.slice();
    forged[forged.length - 1]! ^= 1;
    expect(trusted.refusalOf([forged], 'client', EPOCH)).toBe('unknown authority');
    const again = new TestAuthority('Root', { seed: 2 }).certify(publicKey, { commonName: 'urn:dev:1' });
    expect(trusted.refusalOf([again], 'client', EPOCH)).toBe('unknown authority');
    expect(trusted.refusalOf([device, root.certificate], 'client', EPOCH)).toBeUndefined();
  });

  it('are those of authorities alone, and not too many', () => {
    const trusted = trusting([root]);
    for (let count = 0; count < 5; count++) {
      trusted.refusalOf([other.certify(publicKey)], 'client', EPOCH);
    }
    expect(trusted.known).toBe(0);
    expect(trusted.refusalOf([device], 'client', EPOCH)).toBeUndefined();
    for (let count = 0; count <= KNOWN_MAX; count++) {
      trusted.refusalOf([root.certify(publicKey)], 'client', EPOCH);
    }
    expect(trusted.known).toBe(KNOWN_MAX);
    expect(trusted.refusalOf([device], 'client', EPOCH)).toBeUndefined();
  });
});

describe('a file of authorities', () => {
  it('has several, as text', () => {
    const pem = [root, other].map(({ certificate }) => pemOf(certificate, 'CERTIFICATE')).join('\n');
    const trusted = TrustedCertificates.of([new TextEncoder().encode(`two\r\n${pem}`)]);
    expect(trusted.ok && trusted.value.refusalOf([other.certify(publicKey)], 'client', EPOCH))
      .toBeUndefined();
    expect(derOf(new TextEncoder().encode(pem), 'CERTIFICATE').map(toHex))
      .toEqual([root, other].map(({ certificate }) => toHex(certificate)));
  });

  it.for<[string, Uint8Array, string]>([
    ['a device', device, '"urn:dev:1" is the certificate of no authority'],
    ['nothing', Uint8Array.of(0x30, 0), 'an authority is refused: malformed certificate'],
  ])('with %s among them is refused', ([, file, reason]) => {
    expect(TrustedCertificates.of([file])).toEqual({ ok: false, reason });
  });
});

describe('hostile bytes', () => {
  const list = root.revoke([device]);
  const trusted = trusting([root]);
  const change = fc.array(fc.tuple(fc.nat(1_000), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const changed = (der: Uint8Array, changes: readonly (readonly [number, number])[]) => {
    const copy = der.slice();
    for (const [at, byte] of changes) copy[at % copy.length] = byte;
    return copy;
  };

  property.prop([change, fc.nat(700)], { numRuns: 300 })(
    'are never believed and never thrown at', (changes, cut) => {
      const hostile = changed(device, changes);
      if (toHex(hostile) !== toHex(device)) {
        expect(trusted.refusalOf([hostile], 'client', EPOCH)).toBeDefined();
      }
      trusted.read(hostile);
      trusted.read(device.subarray(0, cut % device.length));
      TrustedCertificates.of([changed(root.certificate, changes)], [changed(list, changes)]);
    });

  property.prop([fc.uint8Array({ maxLength: 300 })])('of any kind are no certificate', (bytes) => {
    expect(trusted.read(bytes)).toMatchObject({ ok: false });
  });

  it('in a thousand levels are left at once', () => {
    let nested = new Uint8Array(0);
    while (nested.length < 3_000) {
      const { length } = nested;
      nested = Uint8Array.of(...length < 128 ? [0x30, length] : length < 256 ? [0x30, 0x81, length]
        : [0x30, 0x82, length >> 8, length & 0xff], ...nested);
    }
    expect(readCertificate(nested)).toEqual({ ok: false, reason: 'malformed certificate' });
  });
});

describe.runIf(isOpensslThere)('of OpenSSL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flownexus-certificates-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const openssl = (...words: string[]): string =>
    execFileSync('openssl', words, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  const file = (name: string): Uint8Array => readFileSync(join(folder, name));
  const ca = (name: string, algorithm: readonly string[], hash: string, ...more: string[]) =>
    openssl('req', '-x509', ...algorithm, '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`,
      '-days', '30', `-${hash}`, '-subj', `/O=Some/CN=${name}`, ...more);
  const leaf = (name: string, by: string, hash: string, ...more: string[]): Uint8Array => {
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`, ...more);
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.pem`, '-CAkey', `${by}.key`,
      '-CAcreateserial', '-days', '10', `-${hash}`, '-copy_extensions', 'copyall', '-outform', 'DER',
      '-out', `${name}.der`);
    return file(`${name}.der`);
  };
  const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const P384 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'];
  const judge = (by: string, ...chain: readonly [Uint8Array, ...Uint8Array[]]) => {
    const trusted = TrustedCertificates.of([file(`${by}.pem`)]);
    if (!trusted.ok) return trusted.reason;
    const read = trusted.value.read(chain[0]);
    // OpenSSL has its own clock.
    return read.ok ? trusted.value.refusalOf(chain, 'client', read.value.notBefore) : read.reason;
  };

  it.for<[string, readonly string[], string]>([
    ['P-256 and SHA-256', P256, 'sha256'], ['P-384 and SHA-384', P384, 'sha384'],
    ['RSA and SHA-256', ['-newkey', 'rsa:2048'], 'sha256'],
  ])('an authority with %s is as good as ours', ([name, algorithm, hash]) => {
    const by = name.replaceAll(' ', '-');
    ca(by, algorithm, hash);
    expect(judge(by, leaf('dev', by, hash))).toBeUndefined();
    expect(judge(by, leaf('uri', by, hash, '-addext', 'subjectAltName=critical,URI:urn:x')))
      .toBeUndefined();
    const read = trusting([]).read(file('uri.der'));
    expect(read.ok && read.value).toMatchObject({
      uris: ['urn:x'], commonName: 'uri', issuer: `O=Some, CN=${by}`,
    });
  });

  it('what is unusual is refused', () => {
    ca('plain', P256, 'sha256');
    expect(judge('plain', leaf('strange', 'plain', 'sha256', '-addext', '1.2.3.4=critical,DER:0500')))
      .toBe('unsupported extension');
    expect(judge('plain', leaf('known', 'plain', 'sha256', '-addext', '1.2.3.4=DER:0500')))
      .toBeUndefined();
    expect(judge('plain', leaf('old', 'plain', 'sha1'))).toBe('unknown authority');
    ca('p384', P384, 'sha256');
    openssl('x509', '-in', 'p384.pem', '-outform', 'DER', '-out', 'p384.der');
    expect(trusting([]).read(file('p384.der'))).toEqual({ ok: false, reason: 'unsupported key' });
    ca('rsa1024', ['-newkey', 'rsa:1024'], 'sha256');
    expect(judge('rsa1024', device)).toBe('"rsa1024" has an unsupported key');
    ca('crl', P256, 'sha256', '-addext', 'keyUsage=critical,cRLSign');
    expect(judge('crl', leaf('usage', 'crl', 'sha256'))).toBe('wrong key usage');
  });

  it.for([[0, 'wrong key usage'], [1, undefined]] as const)(
    'an authority that lets %d others certify is heard', ([length, expected]) => {
      const constraints = (text: string) =>
        ['-addext', `basicConstraints=critical,CA:TRUE${text}`];
      ca('short', P256, 'sha256', ...constraints(`,pathlen:${length}`));
      const below = leaf('below', 'short', 'sha256', ...constraints(''));
      openssl('x509', '-in', 'below.der', '-out', 'below.pem');
      expect(judge('short', leaf('far', 'below', 'sha256'), below)).toBe(expected);
    });

  it('keys are read in every form, and ours by it', () => {
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-out', 'sec1.pem');
    openssl('ec', '-in', 'sec1.pem', '-outform', 'DER', '-out', 'sec1.der');
    openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'sec1.pem', '-out', 'pkcs8.pem');
    openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'sec1.pem', '-outform', 'DER', '-out', 'pkcs8.der');
    const forms = ['sec1.pem', 'sec1.der', 'pkcs8.pem', 'pkcs8.der'].map((name) => readKey(file(name)));
    const [first] = forms;
    if (first?.ok !== true) throw new Error('unreadable');
    for (const form of forms) expect(form).toEqual(first);
    expect(writeKey(first.value).pem).toBe(new TextDecoder().decode(file('pkcs8.pem')));
    expect(readKey(Uint8Array.of(0x30, 0))).toMatchObject({ ok: false });
    openssl('ecparam', '-name', 'secp384r1', '-genkey', '-out', 'p384.key');
    expect(readKey(file('p384.key'))).toMatchObject({ reason: expect.stringContaining('P-256') });
  });
});
