// What a key exchange is: how both sides come to a premaster secret, in a ServerKeyExchange that
// some have and a ClientKeyExchange that all have (RFC 5246 s7.4.3, s7.4.7). One file each.

import type { KeyPair } from '../ports.ts';
import type { Result } from '../result.ts';
import type { AlertDescription } from './alerts.ts';
import type { Association } from './association.ts';
import { ecdheEcdsa } from './ecdhe-ecdsa.ts';
import { ecdhePsk } from './ecdhe-psk.ts';
import type { Extensions } from './extensions.ts';
import type { Handshake, Surroundings } from './handshake.ts';
import { psk } from './psk.ts';
import type { KeyExchangeName } from './suites.ts';

/** What servers know of raw public keys (RFC 7250). Points are 65 bytes, uncompressed. */
export interface RawKeys {
  readonly own: KeyPair;
  /** Who has the key; undefined when nobody has it. Synchronous. */
  readonly identityOf: (publicKey: Uint8Array) => string | undefined;
}

/** What a client is set up with for raw public keys. */
export interface RawIdentity {
  /** How the client calls itself in what it tells us; its server never hears of it. */
  readonly identity: string;
  readonly keys: KeyPair;
  readonly serverKey: Uint8Array;
}

export interface KeyExchange {
  /** Both sides show a key, and prove that they have the private one. */
  readonly isCertified: boolean;
  /** Whether a server can do it with this client. */
  isPossible(surroundings: Surroundings, hello: Extensions): boolean;
  /** The server's ServerKeyExchange, signed by who is certified; undefined for none. */
  offer(
    surroundings: Surroundings, handshake: Handshake, signer: Uint8Array | undefined,
  ): Uint8Array | undefined;
  /** The client reads it, or learns that there was none; an alert when that is wrong. */
  take(
    surroundings: Surroundings, handshake: Handshake, body: Uint8Array | undefined,
  ): AlertDescription | undefined;
  /** The client's ClientKeyExchange, and what it comes to. */
  answer(
    surroundings: Surroundings, handshake: Handshake,
  ): Result<{ readonly body: Uint8Array; readonly premaster: Uint8Array }, AlertDescription>;
  /** The server reads it, and comes to the same. */
  accept(
    surroundings: Surroundings, association: Association, handshake: Handshake, body: Uint8Array,
  ): Result<Uint8Array, AlertDescription>;
}

const EXCHANGES: Readonly<Record<KeyExchangeName, KeyExchange>> =
  { PSK: psk, ECDHE_PSK: ecdhePsk, ECDHE_ECDSA: ecdheEcdsa };

export function exchangeOf({ suite }: Association): KeyExchange {
  return EXCHANGES[suite.keyExchange];
}

export function exchangeNamed(name: KeyExchangeName): KeyExchange {
  return EXCHANGES[name];
}
