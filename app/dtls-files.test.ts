// The files of DTLS: each thing that can be wrong with them in one sentence, and what becomes of
// those that are read again while the server runs.

import { createPrivateKey, type KeyExportOptions } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { writeKey } from '../core/io/key-file.ts';
import { pemOf } from '../core/io/pem.ts';
import type { Log } from '../core/ports.ts';
import { SimulatedCrypto } from '../sim/crypto.ts';
import { EPOCH } from '../sim/epoch.ts';
import { SeededRandom } from '../sim/random.ts';
import { DAY, TestAuthority } from '../sim/testing/authority.ts';
import { DtlsCertificates, type DtlsFiles } from './dtls-files.ts';
import { UsageError } from './usage-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-dtls-'));
afterAll(() => rmSync(folder, { recursive: true }));

const crypto = new SimulatedCrypto(new SeededRandom(3));
const authority = new TestAuthority('ca');
const other = new TestAuthority('other');
const between = new TestAuthority('between', { by: authority });
const [keys, otherKeys, deviceKeys] =
  [crypto.newKeyPair(), crypto.newKeyPair(), crypto.newKeyPair()];
const certificate = authority.certify(keys.publicKey, { role: 'server', commonName: 'server' });
const deviceCertificate = authority.certify(deviceKeys.publicKey, { commonName: 'sensor-1' });

const FILES: DtlsFiles = {
  cert: join(folder, 'server.pem'), key: join(folder, 'server.key.pem'),
  authorities: [join(folder, 'ca.pem')], lists: [join(folder, 'ca.crl')],
};
const [ca = ''] = FILES.authorities;
const [crl = ''] = FILES.lists;

const logged: string[] = [];
const note = (message: string): void => { logged.push(message); };
const log: Log = { debug: note, info: note, warn: note, error: note };

function pem(...certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => pemOf(der, 'CERTIFICATE')).join('');
}

const ENCRYPTED = 'is encrypted; "openssl ec -in KEY -out PLAIN" makes one that is not';

function encrypted(format: 'pem' | 'der', type: 'pkcs8' | 'sec1' = 'pkcs8'): string | Buffer {
  const options = { format, type, cipher: 'aes-128-cbc', passphrase: 'secret' };
  return createPrivateKey(writeKey(keys).pem).export(options as KeyExportOptions<'pem'>);
}

beforeEach(() => {
  logged.length = 0;
  writeFileSync(FILES.cert, pem(certificate));
  writeFileSync(FILES.key, writeKey(keys).pem);
  writeFileSync(ca, pem(authority.certificate, other.certificate));
  writeFileSync(crl, authority.revoke([]));
});

function opened(files = FILES, now = EPOCH): DtlsCertificates {
  return new DtlsCertificates(files, log, now);
}

describe('good files', () => {
  it('are what the server shows, and whom it believes', () => {
    const { own, certificates } = opened();
    expect(own).toEqual({ keys, chain: [certificate] });
    expect(certificates.refusalOf([deviceCertificate], 'client', EPOCH)).toBeUndefined();
    expect(logged).toEqual([]);
  });

  it('may be DER, and a chain', () => {
    const leaf = between.certify(keys.publicKey, { role: 'server', commonName: 'server' });
    writeFileSync(FILES.cert, pem(leaf, between.certificate));
    writeFileSync(FILES.key, writeKey(keys).der);
    writeFileSync(ca, authority.certificate);
    expect(opened().own.chain).toHaveLength(2);
  });

  it('are told of when devices will not believe them', () => {
    writeFileSync(crl, authority.revoke([], EPOCH + 28 * DAY));
    const end = new Date(EPOCH + 30 * DAY).toISOString();
    opened(FILES, EPOCH + 31 * DAY);
    expect(logged).toEqual([`--dtls-cert "${FILES.cert}" (server) is no longer good since ${end}: `
      + 'devices will not believe it. Renew it, as by "flownexus pki renew server", and send the '
      + 'server SIGHUP.']);
    logged.length = 0;
    opened({ ...FILES, lists: [] }, EPOCH - 31 * DAY);
    expect(logged).toEqual([expect.stringContaining('(server) is good from')]);
  });

  it('are told of when the certificate is one of a device', () => {
    writeFileSync(FILES.cert, pem(authority.certify(keys.publicKey, { commonName: 'pump' })));
    const files = opened();
    const sentence = expect.stringMatching(
      /^--dtls-cert ".*" \(pump\) is not for a server, as its extended key usage has no serverAuth/);
    expect(logged).toEqual([sentence]);
    files.reload(EPOCH);
    expect(logged).toEqual([sentence, 'the files of DTLS are read again', sentence]);
  });

  it('are told of when nobody is let in because of an authority or its list', () => {
    opened(FILES, EPOCH + 8 * DAY);
    expect(logged).toEqual([expect.stringMatching(
      /^--dtls-crl .*\(ca\) is no longer good since .*: no device that its authority certifies/)]);
    logged.length = 0;
    const ended = authority.certify(other.keys.publicKey, {
      role: 'authority', commonName: 'ended', notAfter: EPOCH - DAY,
    });
    writeFileSync(ca, pem(authority.certificate, ended));
    opened();
    expect(logged).toEqual([expect.stringMatching(/^--dtls-ca .*\(ended\) is no longer good/)]);
  });

  it('have all their ends told, of two lists of an authority those of the newer', () => {
    const older = join(folder, 'older.crl');
    writeFileSync(older, authority.revoke([], EPOCH - 10 * DAY));
    const { dated } = opened({ ...FILES, lists: [older, crl] });
    expect(dated.map(({ flag, file, name, from, until }) =>
      [flag, file, name, (from - EPOCH) / DAY, (until - EPOCH) / DAY])).toEqual([
      ['--dtls-cert', FILES.cert, 'server', -30, 30], ['--dtls-ca', ca, 'ca', -100, 3650],
      ['--dtls-ca', ca, 'other', -100, 3650], ['--dtls-crl', crl, 'ca', 0, 7],
    ]);
    expect(logged).toEqual([]);
  });

  it('are told of when a revocation list is out of date, at the start and when read again', () => {
    const week = 7 * DAY;
    opened(FILES, EPOCH + week);
    expect(logged).toEqual([]);
    const files = opened(FILES, EPOCH + week + 1_000);
    files.reload(EPOCH - 1_000);
    expect(logged).toEqual([
      expect.stringMatching(/^--dtls-crl .* is no longer good since/),
      'the files of DTLS are read again', expect.stringMatching(/^--dtls-crl .* is good from/),
    ]);
  });
});

describe('bad files', () => {
  it.for<[string, string, string | Uint8Array, string]>([
    ['a certificate without one', FILES.cert, 'x',
      `--dtls-cert "${FILES.cert}" has no certificate in it, in PEM or DER`],
    ['a damaged certificate', FILES.cert, certificate.slice(0, 99),
      `--dtls-cert "${FILES.cert}": certificate 1 is refused: malformed certificate`],
    ['a chain in the wrong order', FILES.cert, pem(certificate, other.certificate),
      `--dtls-cert "${FILES.cert}": certificate 2 does not certify the one before it`],
    ['no key', FILES.key, 'x', `--dtls-key "${FILES.key}" is no private key that can be read`],
    ['an encrypted key', FILES.key, encrypted('pem'), `--dtls-key "${FILES.key}" ${ENCRYPTED}`],
    ['the same in DER', FILES.key, encrypted('der'), `--dtls-key "${FILES.key}" ${ENCRYPTED}`],
    ['the same in the older form', FILES.key, encrypted('pem', 'sec1'),
      `--dtls-key "${FILES.key}" ${ENCRYPTED}`],
    ['the key of another', FILES.key, writeKey(otherKeys).pem,
      `--dtls-key "${FILES.key}" is not the key of --dtls-cert "${FILES.cert}"`],
    ['no authority', ca, '', `--dtls-ca "${ca}" has no certificate in it, in PEM or DER`],
    ['a device as an authority', ca, deviceCertificate,
      `--dtls-ca "${ca}": "sensor-1" is the certificate of no authority`],
    ['no list', crl, 'x', `--dtls-crl "${crl}" has no revocation list in it, in PEM or DER`],
    ['a list of another', crl, new TestAuthority('third').revoke([]),
      `--dtls-crl "${crl}": a revocation list is signed by none of the authorities`],
  ])('%s', ([, file, content, sentence]) => {
    writeFileSync(file, content);
    expect(() => opened()).toThrow(new UsageError(sentence));
  });

  it('that are not there', () => {
    const cert = join(folder, 'none');
    expect(() => opened({ ...FILES, cert }))
      .toThrow(new UsageError(`--dtls-cert "${cert}" cannot be read: it is not there`));
    expect(() => opened({ ...FILES, authorities: [folder] }))
      .toThrow(new UsageError(`--dtls-ca "${folder}" cannot be read: it is a folder`));
  });
});

describe('files that are read again', () => {
  it('take the place of those before', () => {
    const files = opened();
    const renewed = authority.certify(otherKeys.publicKey, { role: 'server' });
    writeFileSync(FILES.cert, pem(renewed));
    writeFileSync(FILES.key, writeKey(otherKeys).pem);
    writeFileSync(crl, authority.revoke([deviceCertificate], EPOCH + DAY));
    files.reload(EPOCH + DAY);
    expect(files.own).toEqual({ keys: otherKeys, chain: [renewed] });
    expect(files.certificates.refusalOf([deviceCertificate], 'client', EPOCH + DAY))
      .toBe('certificate revoked');
    expect(logged).toEqual(['the files of DTLS are read again']);
  });

  it('change nothing when one of them is bad, and the log says which', () => {
    const files = opened();
    const { own, certificates } = files;
    writeFileSync(crl, authority.revoke([deviceCertificate]));
    writeFileSync(FILES.key, writeKey(otherKeys).pem);
    files.reload(EPOCH);
    expect(files.own).toBe(own);
    expect(files.certificates).toBe(certificates);
    expect(logged).toEqual([`the files of DTLS are as before: --dtls-key "${FILES.key}" is not `
      + `the key of --dtls-cert "${FILES.cert}"`]);
  });
});
