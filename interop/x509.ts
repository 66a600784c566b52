// DTLS with certificates against OpenSSL's and GnuTLS's command line tools, in both roles: who is
// believed, and what the other side is told of who is not.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SUITES, type Suite } from '../core/dtls/suites.ts';
import { endpointNames, type X509, type X509Identity } from '../core/dtls/x509.ts';
import { makeCertificate, type CertificateWish } from '../core/io/certificate-maker.ts';
import { TrustedCertificates } from '../core/io/certificates.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import { writeKey } from '../core/io/key-file.ts';
import { pemOf } from '../core/io/pem.ts';
import { SystemRandom } from '../core/io/random.ts';
import type { KeyPair, Milliseconds } from '../core/ports.ts';
import { Child, run } from './child.ts';
import { HOST, reasonOf, TOOL_MAX_MS, withChild, withEndpoint, type Endpoint } from './dtls.ts';
import { freePort } from './libcoap.ts';
import type { Report } from './report.ts';
import { until } from './until.ts';

const DEVICE = 'urn:dev:interop';
const SERVER_NAME = 'lwm2m.example';
const DAY: Milliseconds = 86_400_000;
const [CCM_8] = SUITES.filter(({ keyExchange }) => keyExchange === 'ECDHE_ECDSA') as [Suite];
const OPENSSL_CCM_8 = 'ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0';

interface Party {
  readonly keys: KeyPair;
  readonly certificate: Uint8Array;
  /** Files of the same. */
  readonly key: string;
  readonly pem: string;
}

/** Makes certificates into a folder. */
class Authority {
  readonly #crypto = new NodeCrypto();
  readonly #random = new SystemRandom();
  readonly #folder: string;
  readonly #keys = this.#crypto.newKeyPair();
  readonly certificate: Uint8Array;
  readonly pem: string;

  private constructor(folder: string, commonName: string) {
    this.#folder = folder;
    this.certificate = this.#make({ role: 'authority', commonName }, this.#keys.publicKey);
    this.pem = join(folder, `${commonName}.pem`);
  }

  static async in(folder: string, commonName: string): Promise<Authority> {
    const authority = new Authority(folder, commonName);
    await writeFile(authority.pem, pemOf(authority.certificate, 'CERTIFICATE'));
    return authority;
  }

  async certify(file: string, wish: Partial<CertificateWish>): Promise<Party> {
    const keys = this.#crypto.newKeyPair();
    const certificate = this.#make(wish, keys.publicKey, this.certificate);
    const [key, pem] = [`${file}.key`, `${file}.pem`].map((name) => join(this.#folder, name)) as
      [string, string];
    await writeFile(key, writeKey(keys).pem);
    await writeFile(pem, pemOf(certificate, 'CERTIFICATE'));
    return { keys, certificate, key, pem };
  }

  #make(wish: Partial<CertificateWish>, publicKey: Uint8Array, by?: Uint8Array): Uint8Array {
    const now = 1_000 * Math.floor(Date.now() / 1_000);
    return makeCertificate(this.#crypto, this.#random, {
      role: 'client', commonName: DEVICE, publicKey, notBefore: now - DAY, notAfter: now + DAY,
      ...wish,
    }, { keys: this.#keys, certificate: by });
  }
}

interface Cast {
  readonly ours: Authority;
  readonly theirs: Authority;
  readonly server: Party;
  readonly device: Party;
  readonly expired: Party;
  readonly stranger: Party;
  readonly x509: X509;
}

async function castIn(folder: string): Promise<Cast> {
  const ours = await Authority.in(folder, 'ours');
  const theirs = await Authority.in(folder, 'theirs');
  const server = await ours.certify('server', {
    role: 'server', commonName: SERVER_NAME, dnsNames: [SERVER_NAME],
  });
  const notAfter = 1_000 * Math.floor(Date.now() / 1_000) - DAY / 2;
  return {
    ours, theirs, server, device: await ours.certify('device', {}),
    expired: await ours.certify('expired', { notAfter }),
    stranger: await theirs.certify('stranger', {}),
    x509: {
      certificates: trustOf(ours), own: { keys: server.keys, chain: [server.certificate] },
      identityOf: (facts) => endpointNames(facts)[0],
    },
  };
}

function trustOf({ certificate }: Authority): TrustedCertificates {
  const trusted = TrustedCertificates.of([certificate]);
  assert(trusted.ok, 'it is an authority');
  return trusted.value;
}

/** Every check of certificates; `missing` takes what this machine does not have. */
export async function checkX509(
  report: Report, folder: string, missing: (name: string, why: string) => void,
): Promise<void> {
  const cast = await castIn(folder);
  if (await run('openssl', ['version'], TOOL_MAX_MS)) await checkOpenssl(report, cast);
  else missing('openssl (certificates)', 'openssl is not installed');
  if (await run('gnutls-cli', ['--version'], TOOL_MAX_MS)) await checkGnutls(report, cast);
  else missing('gnutls-cli (certificates)', 'gnutls-cli is not installed');
}

function sClient(ours: Endpoint, by: Authority, party: Party | undefined): Child {
  return new Child('s_client', 'openssl', [
    's_client', '-dtls1_2', '-quiet', '-cipher', OPENSSL_CCM_8, '-connect', `${HOST}:${ours.port}`,
    '-CAfile', by.pem, '-verify_return_error', '-verify_hostname', SERVER_NAME,
    ...(party === undefined ? [] : ['-cert', party.pem, '-key', party.key]),
  ]);
}

async function checkOpenssl(report: Report, cast: Cast): Promise<void> {
  const peer = 'openssl s_client';
  await report.check(peer, 'with a certificate is known, and believes ours', () =>
    withEndpoint((ours) => talk(ours, sClient(ours, cast.ours, cast.device)), cast.x509));
  const refused: readonly [string, Party | undefined, string, RegExp][] = [
    ['without a certificate', undefined, 'no certificate', /alert handshake failure/],
    ['of another authority', cast.stranger, 'unknown authority', /alert unknown ca/],
    ['with an expired certificate', cast.expired, 'certificate expired',
      /alert certificate expired/],
    ['with what a server has', cast.server, 'wrong key usage', /alert unsupported certificate/],
  ];
  for (const [who, party, reason, alert] of refused) {
    await report.check(peer, `${who} is refused and told why`, () => withEndpoint((ours) =>
      withChild(sClient(ours, cast.ours, party), async (client) => {
        await client.line(alert);
        assert.equal(reasonOf(await ours.next('failed')), reason);
      }), cast.x509));
  }
  await report.check(peer, 'refuses us by another authority', () => withEndpoint((ours) =>
    withChild(sClient(ours, cast.theirs, cast.device), async (client) => {
      await client.line(/certificate verify failed/);
      assert.deepEqual(ours.events, []);
    }), cast.x509));
  const server = 'openssl s_server';
  await report.check(server, 'with a certificate: our client talks to it', () =>
    talkToServer(cast, cast.device, {}));
  await report.check(server, 'of another name is refused by our client', () =>
    assert.rejects(talkToServer(cast, cast.device, { serverName: 'evil' }), /unknown identity/));
}

async function talk(ours: Endpoint, child: Child): Promise<void> {
  await withChild(child, async (client) => {
    const { association } = await ours.next('established');
    assert.deepEqual([association.identity, association.security], [DEVICE, 'x509']);
    client.say('up');
    await until('"up" is heard', () => ours.heard.includes('up\n') || undefined);
    ours.layer.send(association, Buffer.from('down\n'));
    await client.line(/down/);
  });
}

async function talkToServer(
  cast: Cast, { keys, certificate }: Party, changes: Partial<X509Identity>,
): Promise<void> {
  const port = await freePort();
  const server = new Child('s_server', 'openssl', [
    's_server', '-dtls1_2', '-quiet', '-cert', cast.server.pem, '-key', cast.server.key,
    '-CAfile', cast.ours.pem, '-Verify', '1', '-verify_return_error', '-cipher', OPENSSL_CCM_8,
    '-accept', `${HOST}:${port}`,
  ]);
  await withEndpoint((ours) => withChild(server, async () => {
    ours.layer.connect(0, { host: HOST, port }, {
      suites: [CCM_8], connectionId: 'empty', hasExtendedMasterSecret: true,
      x509: {
        identity: DEVICE, keys, chain: [certificate], certificates: trustOf(cast.ours),
        serverName: SERVER_NAME, ...changes,
      },
    });
    const event = await until('the handshake ends', () => ours.events[0]);
    assert.equal(event.kind, 'established', reasonOf(event));
    ours.layer.send(event.association, Buffer.from('up\n'));
    await server.line(/^up$/);
    server.say('down');
    await until('"down" is heard', () => ours.heard.includes('down\n') || undefined);
    ours.layer.end(event.association);
  }));
}

async function checkGnutls(report: Report, cast: Cast): Promise<void> {
  const client = (ours: Endpoint, party: Party): Child => new Child('gnutls-cli', 'gnutls-cli', [
    '--udp', '--x509cafile', cast.ours.pem, '--verify-hostname', SERVER_NAME,
    '--x509certfile', party.pem, '--x509keyfile', party.key, '-p', String(ours.port),
    '--priority', 'NORMAL:-VERS-ALL:+VERS-DTLS1.2', HOST,
  ]);
  await report.check('gnutls-cli', 'with a certificate is known, and believes ours', () =>
    withEndpoint((ours) => talk(ours, client(ours, cast.device)), cast.x509));
  await report.check('gnutls-cli', 'of another authority is refused and told why', () =>
    withEndpoint((ours) => withChild(client(ours, cast.stranger), async (child) => {
      await child.line(/CA is unknown/);
      assert.equal(reasonOf(await ours.next('failed')), 'unknown authority');
    }), cast.x509));
}
