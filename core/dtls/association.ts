// One association: what is needed to protect and to open records, and nothing else. A hundred
// thousand sleep at a time, so it is plain fields (numbers that need no object of their own), and
// the handshake is let go when it is over.

import { addressKey, type AddressKey } from '../peer.ts';
import type { Address, Peer, Security } from '../ports.ts';
import { assert } from '../result.ts';
import type { Handshake } from './handshake.ts';
import { PLAINTEXT_LENGTH_MAX } from './record.ts';
import type { ReplayWindow } from './replay.ts';
import { Link } from './ring.ts';
import { keyBlockLengthOf, keyPartsOf, SUITES, type Suite } from './suites.ts';

export type Role = 'client' | 'server';
/** What a client has proven itself by. */
export type Proven = Exclude<Security, 'none'>;

/** There is one epoch with keys, since nothing is negotiated again (RFC 6347 s4.1). */
export const PROTECTED_EPOCH = 1;

/** Of a connection id we give out: the node that knows it, and 32 random bits (RFC 9146 s3). */
export const CID_LENGTH = 5;
export const NO_CID = new Uint8Array(0);

/** Stands behind the keys if encrypt-then-MAC was agreed on (RFC 7366): its number in hellos. */
const ENCRYPT_THEN_MAC = 22;

/** Of those that live there is a ring, longest silent first (table.ts). */
export class Association extends Link implements ReplayWindow, Peer {
  readonly id: number;
  readonly role: Role;
  /** Index of the listening socket it was last heard on. */
  listener: number;
  address: Address;
  /** Of the client, by its credential; empty before it is known. */
  identity = '';
  /** By what the client is known. */
  security: Proven = 'psk';
  suite: Suite = SUITES[0] as Suite;
  /**
   * The keys of what we write, then of what we read: a character for each byte, as that costs a
   * fifth of an array. Encrypt-then-MAC is one more, so that it costs nothing who cannot have it.
   * Private, so that nobody shows it who shows an association.
   */
  #keys = '';
  /** What the peer writes into its records, without the node, as a signed number. */
  ownCid: number | undefined = undefined;
  /** What we write into our records; empty for none. */
  peerCid: Uint8Array = NO_CID;
  /** Bytes in a record that the peer takes (RFC 6066 s4). */
  plaintextMax = PLAINTEXT_LENGTH_MAX;
  /** The number of the next record we write. */
  writeSequence = 0;
  /** What is stored says that numbers below this one may have been used. */
  reservedSequence = 0;
  /** As far as the owner has confirmed it: no record of who lives has this number or a higher. */
  durableSequence = 0;
  newest = -1;
  seenLow = 0;
  seenHigh = 0;
  /** When the address was last followed, in seconds. */
  movedAt = 0;
  /** Its handshake is done, and nothing has ended it. */
  isLive = false;
  /** Private for the same reason. */
  #handshake: Handshake | undefined = undefined;

  constructor(id: number, role: Role, listener: number, address: Address) {
    super();
    this.id = id;
    this.role = role;
    this.listener = listener;
    this.address = address;
  }

  get addressKey(): AddressKey {
    return addressKey(this.listener, this.address.host, this.address.port);
  }

  /** Until the last flight need not be sent again. */
  get handshake(): Handshake | undefined {
    return this.#handshake;
  }

  set handshake(handshake: Handshake | undefined) {
    this.#handshake = handshake;
  }

  /** Of who lives: what is on disk does not call the next number free. */
  get isNextReserved(): boolean {
    return this.writeSequence < this.durableSequence;
  }

  get hasKeys(): boolean {
    return this.#keys !== '';
  }

  /** The MAC of a CBC suite is over the ciphertext (RFC 7366). */
  get isEncryptThenMac(): boolean {
    return this.#keys.length > keyBlockLengthOf(this.suite);
  }

  /** Takes over what prf.ts made: of each part that of the client, then that of the server. */
  setKeys(block: Uint8Array, isEncryptThenMac: boolean): void {
    const ofClient: number[] = [];
    const ofServer: number[] = [];
    let at = 0;
    for (const length of keyPartsOf(this.suite)) {
      ofClient.push(...block.subarray(at, at + length));
      ofServer.push(...block.subarray(at + length, at + 2 * length));
      at += 2 * length;
    }
    const [ours, theirs] = this.role === 'client' ? [ofClient, ofServer] : [ofServer, ofClient];
    const behind = isEncryptThenMac ? [ENCRYPT_THEN_MAC] : [];
    this.#keys = String.fromCharCode(...ours, ...theirs, ...behind);
  }

  /** Copies a part of one direction to where it is needed. */
  copyKeys(from: number, target: Uint8Array, length: number): void {
    for (let index = 0; index < length; index++) {
      target[index] = this.#keys.charCodeAt(from + index);
    }
  }

  /** For who stores it; encrypt-then-MAC is in it. */
  exportKeys(): Uint8Array {
    const { length } = this.#keys;
    const keys = new Uint8Array(length);
    this.copyKeys(0, keys, length);
    return keys;
  }

  /** Of the suite that it has. */
  importKeys(exported: Uint8Array): void {
    const whole = keyBlockLengthOf(this.suite);
    const hasEncryptThenMac = this.suite.aead === undefined
      && exported.length === whole + 1 && exported[whole] === ENCRYPT_THEN_MAC;
    const isWhole = exported.length === whole || hasEncryptThenMac;
    assert(isWhole, 'what was stored has all of its keys');
    // A spread costs ten times as much.
    this.#keys = String.fromCharCode.apply(undefined, exported as unknown as number[]);
  }
}

/** How our connection id stands in records. */
export function cidBytes(node: number, cid: number): Uint8Array {
  return Uint8Array.of(node, cid >>> 24, cid >>> 16, cid >>> 8, cid);
}

/** The number in a connection id of ours that begins there. */
export function cidAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1] as number) << 24) | ((bytes[at + 2] as number) << 16)
    | ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
}
