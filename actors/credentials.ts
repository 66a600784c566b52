// Who may prove to be which device: credentials as they are kept, and what the rules of the
// specification make of a proof (LwM2M Transport 1.1.1 s5.2.6).

import { decodeUtf8, encodeUtf8, fromBase64, toBase64Url, toHex } from '../core/bytes.ts';
import { Code } from '../core/coap/message.ts';
import type { Proven } from '../core/dtls/association.ts';
import type { Milliseconds, Peer } from '../core/ports.ts';
import { POINT_LENGTH } from '../core/secp256r1.ts';
import type { SecretBox } from '../core/secret-box.ts';
import type { CredentialRow } from '../core/store/changes.ts';
import { ShownCertificates } from './shown-certificates.ts';

/**
 * What begins the identity of who has shown a certificate, before the endpoint that it names. No
 * other identity begins so: what is done to one of a kind is done to no other.
 */
const CERTIFIED = 'x509:';
/** As an endpoint can be called; the names in certificates may be anything. */
// eslint-disable-next-line no-control-regex
const ENDPOINT = /^[^\u0000-\u001f\u007f]{1,255}$/u;

/**
 * Of a PSK the identity names the key that both have (RFC 4279 s2). Of a certificate there is but
 * the word that its endpoint comes with one: it proves itself without.
 */
export interface Credential {
  readonly identity: string;
  readonly kind: Proven;
  /** Who may register with it. */
  readonly endpoint: string;
  /** The key of a PSK, the point of a raw public key, nothing of a certificate; sealed. */
  readonly secret: string;
  readonly createdAt: Milliseconds;
  lastUsedAt: Milliseconds | undefined;
}

/** Why somebody may not speak for an endpoint. */
export interface Forbidden {
  readonly code: number;
  readonly reason: string;
  /** It is no limit: to wait helps nobody. */
  readonly retryAfter?: undefined;
}

export class Credentials {
  readonly certificates = new ShownCertificates();
  readonly #box: SecretBox;
  readonly #byIdentity = new Map<string, Credential>();
  /** Of raw public keys, by their points. */
  readonly #byPublicKey = new Map<string, Credential>();
  /** How many each endpoint has. */
  readonly #byEndpoint = new Map<string, number>();
  /** Whose secret does not open: their endpoints stay closed to who comes without. */
  readonly #unreadable = new Map<string, Credential>();
  /** Of the others, those whose secret did not open when it was needed. */
  readonly #damaged = new Set<string>();
  /** Of nobody. */
  readonly #decoy: Pick<Credential, 'identity' | 'kind' | 'secret'>;

  constructor(box: SecretBox) {
    this.#box = box;
    this.#decoy = { identity: '', kind: 'psk', secret: this.seal('', new Uint8Array(16)) };
  }

  get size(): number {
    return this.#byIdentity.size;
  }

  /** Those that cannot be read too. */
  * list(): Iterable<Credential> {
    yield* this.#byIdentity.values();
    yield* this.#unreadable.values();
  }

  find(identity: string): Credential | undefined {
    return this.#byIdentity.get(identity);
  }

  /** One that cannot be read too, for people: it proves nothing. */
  findAny(identity: string): Credential | undefined {
    return this.find(identity) ?? this.#unreadable.get(identity);
  }

  /** Who has the private key of a point; nobody else may have it. */
  ofPublicKey(point: Uint8Array): Credential | undefined {
    return this.#byPublicKey.get(toHex(point));
  }

  /** Whether only who proves it may speak for the endpoint. */
  isNeededBy(endpoint: string): boolean {
    return this.#byEndpoint.has(endpoint);
  }

  /** In the place of the one with the same identity, if there is one. */
  set(credential: Credential): void {
    this.remove(credential.identity);
    this.#byIdentity.set(credential.identity, credential);
    const point = this.#pointOf(credential);
    if (point !== undefined) this.#byPublicKey.set(point, credential);
    this.#close(credential.endpoint);
  }

  /** A key as it is kept. */
  seal(identity: string, key: Uint8Array): string {
    return this.#box.seal(purposeOf(identity), encodeUtf8(toBase64Url(key)));
  }

  /**
   * Opened each time, so that few keys are in memory; undefined when the secret was damaged, or is
   * none of its kind: who can write rows must not make one key pass for another.
   */
  keyOf(
    { identity, kind, secret }: Pick<Credential, 'identity' | 'kind' | 'secret'>,
  ): Uint8Array | undefined {
    const opened = this.#box.open(purposeOf(identity), secret);
    const text = opened && decodeUtf8(opened);
    const key = text === undefined ? undefined : fromBase64(text);
    if (key !== undefined && isKeyOf(kind, key)) return key;
    this.#damaged.add(identity);
    return undefined;
  }

  /** For who is nobody: to open a key takes far longer than to see that there is none. */
  openDecoy(): void {
    this.keyOf(this.#decoy);
  }

  /** Of a raw public key, in hex. */
  #pointOf(credential: Credential): string | undefined {
    if (credential.kind !== 'rpk') return undefined;
    const key = this.keyOf(credential);
    return key && toHex(key);
  }

  /** False when there is none, not even one whose secret does not open. */
  remove(identity: string): boolean {
    const credential = this.findAny(identity);
    if (credential === undefined) return false;
    const { endpoint } = credential;
    const point = this.#byIdentity.delete(identity) ? this.#pointOf(credential) : undefined;
    if (point !== undefined) this.#byPublicKey.delete(point);
    this.#unreadable.delete(identity);
    this.#damaged.delete(identity);
    const left = (this.#byEndpoint.get(endpoint) ?? 1) - 1;
    if (left === 0) this.#byEndpoint.delete(endpoint);
    else this.#byEndpoint.set(endpoint, left);
    return true;
  }

  #close(endpoint: string): void {
    this.#byEndpoint.set(endpoint, (this.#byEndpoint.get(endpoint) ?? 0) + 1);
  }

  /** Whom a peer has proved to be; undefined when its credential is no longer good. */
  endpointOf({ security, identity }: Pick<Peer, 'security' | 'identity'>): string | undefined {
    if (security === 'x509') {
      const endpoint = endpointCertified(identity);
      return endpoint !== undefined && this.#takesCertificate(endpoint) ? endpoint : undefined;
    }
    const credential = this.find(identity);
    return credential?.kind === security ? credential.endpoint : undefined;
  }

  /**
   * LwM2M Transport 1.1.1 s5.2.6 has the server know how an endpoint proves itself. Whoever gave it
   * a key means that key: an authority that certifies its name too is not enough then.
   */
  #takesCertificate(endpoint: string): boolean {
    const identity = CERTIFIED + endpoint;
    // There is no secret in it, and so it counts where its row does not open too.
    return !this.isNeededBy(endpoint)
      || this.#byIdentity.has(identity) || this.#unreadable.has(identity);
  }

  /** Undefined when the peer may speak for the endpoint. */
  forbids(endpoint: string, peer: Peer): Forbidden | undefined {
    if (peer.security === 'none') {
      return this.isNeededBy(endpoint)
        ? { code: Code.FORBIDDEN, reason: 'it has credentials and came without security' }
        : undefined;
    }
    if (this.endpointOf(peer) === endpoint) return undefined;
    if (endpointCertified(peer.identity) === endpoint) {
      const reason = 'it has credentials of another kind and came with a certificate';
      return { code: Code.FORBIDDEN, reason };
    }
    const reason = `identity "${peer.identity}" is not that of this endpoint`;
    return { code: Code.BAD_REQUEST, reason };
  }

  /**
   * Whether there is one whose secret nobody can read, as far as anybody has tried; in that of a
   * certificate there is none.
   */
  isUnreadable(identity: string): boolean {
    const isDamaged = this.#unreadable.has(identity) || this.#damaged.has(identity);
    return isDamaged && this.findAny(identity)?.kind !== 'x509';
  }

  /** Whether the key file that we have sealed it, as it says, whatever became of it since. */
  isOurs({ identity, secret }: CredentialRow): boolean {
    return this.#box.isOurs(purposeOf(identity), secret);
  }

  /** False when another key file sealed it, or it was damaged; its endpoint stays closed then. */
  restore(row: CredentialRow): boolean {
    const { identity, endpoint, kind } = row;
    // A public key is opened now, as others will be when somebody speaks.
    const isWhole = kind !== 'rpk' || this.keyOf(row) !== undefined;
    if (isWhole && this.isOurs(row)) {
      this.set({ ...row });
      return true;
    }
    this.#unreadable.set(identity, { ...row });
    this.#close(endpoint);
    return false;
  }
}

function isKeyOf(kind: Proven, { length }: Uint8Array): boolean {
  switch (kind) {
    // No PSK is as long as a point.
    case 'psk': return length > 0 && length < POINT_LENGTH;
    case 'rpk': return length === POINT_LENGTH;
    default: return length === 0;
  }
}

/** The identity of who shows a certificate of that name; undefined when no endpoint has it. */
export function certifiedIdentity(name: string): string | undefined {
  return ENDPOINT.test(name) ? CERTIFIED + name : undefined;
}

/** The other way round; undefined for an identity of another kind. */
export function endpointCertified(identity: string): string | undefined {
  return identity.startsWith(CERTIFIED) ? identity.slice(CERTIFIED.length) : undefined;
}

function purposeOf(identity: string): string {
  return `credential ${identity}`;
}

/** Whether two peers have proved to be the same; without security they have proved nothing. */
export function isSameIdentity(one: Peer, other: Peer): boolean {
  return one.security === other.security && one.identity === other.identity;
}
