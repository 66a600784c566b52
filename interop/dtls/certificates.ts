// Certificates for both sides of a line, and who is believed: what is checked of everybody who has
// X.509. They are made for each check, and last a day.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Alert, type AlertDescription } from '../../core/dtls/alerts.ts';
import type { FailureReason } from '../../core/dtls/handshake.ts';
import { endpointNames, type X509, type X509Identity } from '../../core/dtls/x509.ts';
import { makeCertificate, type CertificateWish } from '../../core/io/certificate-maker.ts';
import { TrustedCertificates } from '../../core/io/certificates.ts';
import { NodeCrypto } from '../../core/io/crypto.ts';
import { writeKey } from '../../core/io/key-file.ts';
import { pemOf } from '../../core/io/pem.ts';
import { SystemRandom } from '../../core/io/random.ts';
import type { KeyPair, Milliseconds } from '../../core/ports.ts';
import { until } from '../until.ts';
import { HOST, IDENTITY } from './endpoint.ts';
import { talkInEach, withFolder, withLine, type Setting, type TalkingPeer } from './line.ts';

export const SERVER_NAME = 'lwm2m.example';
const DAY: Milliseconds = 86_400_000;
const SECOND: Milliseconds = 1_000;

export interface Party {
  readonly keys: KeyPair;
  readonly certificate: Uint8Array;
  /** Files of the same. */
  readonly keyFile: string;
  readonly file: string;
}

/** Makes certificates into a folder. */
export class Authority {
  readonly #crypto = new NodeCrypto();
  readonly #random = new SystemRandom();
  readonly #folder: string;
  readonly #keys = this.#crypto.newKeyPair();
  readonly certificate: Uint8Array;
  readonly file: string;

  private constructor(folder: string, commonName: string) {
    this.#folder = folder;
    this.certificate = this.#make({ role: 'authority', commonName }, this.#keys.publicKey);
    this.file = join(folder, `${commonName}.pem`);
  }

  static async in(folder: string, commonName: string): Promise<Authority> {
    const authority = new Authority(folder, commonName);
    await writeFile(authority.file, pemOf(authority.certificate, 'CERTIFICATE'));
    return authority;
  }

  async certify(name: string, wish: Partial<CertificateWish>): Promise<Party> {
    const keys = this.#crypto.newKeyPair();
    const certificate = this.#make(wish, keys.publicKey, this.certificate);
    const [keyFile, file] = [join(this.#folder, `${name}.key`), join(this.#folder, `${name}.pem`)];
    await writeFile(keyFile, writeKey(keys).pem);
    await writeFile(file, pemOf(certificate, 'CERTIFICATE'));
    return { keys, certificate, keyFile, file };
  }

  #make(wish: Partial<CertificateWish>, publicKey: Uint8Array, by?: Uint8Array): Uint8Array {
    const now = SECOND * Math.floor(Date.now() / SECOND);
    return makeCertificate(this.#crypto, this.#random, {
      role: 'client', commonName: IDENTITY, publicKey, notBefore: now - DAY, notAfter: now + DAY,
      ...wish,
    }, { keys: this.#keys, certificate: by });
  }
}

/** Whom there are certificates of. */
export interface Cast {
  readonly ours: Authority;
  readonly theirs: Authority;
  /** In order, expired, and of the other authority. */
  readonly servers: Trio;
  readonly devices: Trio;
  /** What our server has. */
  readonly x509: X509;
}

interface Trio {
  readonly good: Party;
  readonly expired: Party;
  readonly stranger: Party;
}

export function withCast<Outcome>(happen: (cast: Cast) => Promise<Outcome>): Promise<Outcome> {
  return withFolder(async (folder) => {
    const ours = await Authority.in(folder, 'ours');
    const theirs = await Authority.in(folder, 'theirs');
    const notAfter = SECOND * Math.floor(Date.now() / SECOND) - DAY / 2;
    const trioOf = async (name: string, wish: Partial<CertificateWish>): Promise<Trio> => ({
      good: await ours.certify(name, wish),
      expired: await ours.certify(`${name}-expired`, { ...wish, notAfter }),
      stranger: await theirs.certify(`${name}-stranger`, wish),
    });
    const servers = await trioOf('server',
      { role: 'server', commonName: SERVER_NAME, dnsNames: [SERVER_NAME], addresses: [HOST] });
    const { keys, certificate } = servers.good;
    return happen({
      ours, theirs, servers, devices: await trioOf('device', {}),
      x509: {
        certificates: trustOf(ours), own: { keys, chain: [certificate] },
        identityOf: (facts) => endpointNames(facts)[0],
      },
    });
  });
}

function trustOf({ certificate }: Authority): TrustedCertificates {
  const trusted = TrustedCertificates.of([certificate]);
  assert(trusted.ok, 'it is an authority');
  return trusted.value;
}

/** How a peer is told whom to trust, and what to show if it shows anything. */
export type CertificateWords = (trusted: Authority, own: Party | undefined) => readonly string[];

/** What both sides of a line have that believe each other, with a client of theirs. */
export function clientSetting(
  { x509, ours, devices }: Cast, wordsOf: CertificateWords, own: Party | undefined = devices.good,
): Setting {
  return { server: { x509 }, more: wordsOf(ours, own) };
}

export function certificatesOfClient(
  peer: TalkingPeer, wordsOf: CertificateWords,
): Promise<void> {
  return withCast(async (cast) => {
    await talkInEach(peer, peer.suites, clientSetting(cast, wordsOf));
    const { expired, stranger } = cast.devices;
    const refused: readonly [Party | undefined, FailureReason, AlertDescription][] = [
      [undefined, 'no certificate', Alert.HANDSHAKE_FAILURE],
      [stranger, 'unknown authority', Alert.UNKNOWN_CA],
      [expired, 'certificate expired', Alert.CERTIFICATE_EXPIRED],
    ];
    for (const [party, reason, alert] of refused) {
      const setting = { server: { x509: cast.x509 }, more: wordsOf(cast.ours, party) };
      await withLine(peer, setting, async ({ ours, proxy }) => {
        assert.equal((await ours.next('failed')).reason, reason);
        await until('it is told why', () => proxy.alerts.down.has(alert) || undefined);
        assert.deepEqual([...ours.layer.live()], []);
      });
    }
    await refusesUs(peer, 'up', { ...clientSetting(cast, wordsOf),
      more: wordsOf(cast.theirs, cast.devices.good) });
    const { keys, certificate } = cast.servers.expired;
    const own = { keys, chain: [certificate] };
    await refusesUs(peer, 'up',
      { ...clientSetting(cast, wordsOf), server: { x509: { ...cast.x509, own } } });
  });
}

/** What our client has, and a server of theirs. */
export function serverSetting(
  cast: Cast, wordsOf: CertificateWords, changes: Partial<X509Identity> = {},
): Setting & { readonly x509: X509Identity } {
  const { keys, certificate } = cast.devices.good;
  return {
    more: wordsOf(cast.ours, cast.servers.good),
    x509: {
      identity: IDENTITY, keys, chain: [certificate], certificates: trustOf(cast.ours),
      serverName: SERVER_NAME, ...changes,
    },
  };
}

export function certificatesOfServer(
  peer: TalkingPeer, wordsOf: CertificateWords,
): Promise<void> {
  return withCast(async (cast) => {
    await talkInEach(peer, peer.suites, serverSetting(cast, wordsOf));
    const { good, expired, stranger } = cast.servers;
    const refused: readonly [Party, FailureReason, string][] = [
      [stranger, 'unknown authority', SERVER_NAME],
      [expired, 'certificate expired', SERVER_NAME],
      [good, 'unknown identity', `other.${SERVER_NAME}`],
    ];
    for (const [party, reason, serverName] of refused) {
      const { x509 } = serverSetting(cast, wordsOf, { serverName });
      await withLine(peer, { x509, more: wordsOf(cast.ours, party) }, async ({ ours }) => {
        assert.equal((await ours.next('failed')).reason, reason);
      });
    }
    for (const { keys, certificate } of [cast.devices.stranger, cast.devices.expired]) {
      await refusesUs(peer, 'down', serverSetting(cast, wordsOf, { keys, chain: [certificate] }));
    }
  });
}

/**
 * Whatever it says of why. It is in the clear, so we go on as if nothing had been said until there
 * is time for no more.
 */
function refusesUs(peer: TalkingPeer, direction: 'up' | 'down', setting: Setting): Promise<void> {
  return withLine(peer, setting, async ({ ours, proxy }) => {
    await until('it refuses us', () => proxy.alerts[direction].size > 0 || undefined);
    assert.deepEqual([...ours.layer.live()], []);
  });
}
