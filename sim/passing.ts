// A datagram on its way, as observers see it. A day of a thousand devices is a million datagrams,
// and each passes a dozen observers: what they all look at is read once, and numbers stand where a
// name would have to be hashed.

import { blockOf } from '../core/coap/block.ts';
import { decodeMessage } from '../core/coap/codec.ts';
import { Code, OptionNumber } from '../core/coap/message.ts';
import { uriPath, uriQuery } from '../core/coap/options.ts';
import type { Address, Milliseconds, Seconds } from '../core/ports.ts';
import type { SimulatedDevice } from './device.ts';
import type { Direction } from './scenario/model.ts';

const { POST, DELETE } = Code;

/** What a POST or DELETE to /rd is about: an endpoint that registers, or a registration. */
export interface Concern {
  readonly kind: 'register' | 'update' | 'deregister';
  /** The endpoint of a Register, else the id of the registration. */
  readonly of: string;
  /** What it says of its lifetime, if anything. */
  readonly lifetime: Seconds | undefined;
}

/** An address on a link. */
export interface LinkAddress extends Address {
  /** Of a world's addresses, from 0; one that a NAT gave up ten minutes ago may pass it on. */
  readonly number: number;
}

/** One datagram on the link of one device. Reused: do not keep it beyond the call. */
export class Passing {
  at: Milliseconds = 0;
  device!: SimulatedDevice;
  /** The device's, as the server sees it: where the datagram comes from or was sent to. */
  address!: LinkAddress;
  direction: Direction = 'up';
  /** Counts the datagrams of this device in this direction from 1. */
  nth = 0;
  /** The CoAP in it, whether or not it was sealed; empty when it carries none. */
  datagram!: Uint8Array;
  /** Bytes on the network. */
  length = 0;
  /** RFC 7252 s3; of a damaged datagram what stands in their places. */
  type = 0;
  code = 0;
  messageId = 0;
  #token: string | undefined = undefined;
  #concern: Concern | undefined = undefined;
  #isConcernRead = false;

  set(
    at: Milliseconds, device: SimulatedDevice, address: LinkAddress, direction: Direction,
    nth: number, datagram: Uint8Array, length = datagram.length,
  ): this {
    this.at = at;
    this.device = device;
    this.address = address;
    this.direction = direction;
    this.nth = nth;
    this.datagram = datagram;
    this.length = length;
    this.type = ((datagram[0] ?? 0) >> 4) & 3;
    this.code = datagram[1] ?? 0;
    this.messageId = ((datagram[2] ?? 0) << 8) | (datagram[3] ?? 0);
    this.#token = undefined;
    this.#isConcernRead = false;
    return this;
  }

  /** A code from 0.01 to 0.31 (RFC 7252 s12.1.1). */
  get isRequest(): boolean {
    return this.code > 0 && this.code < 0x20;
  }

  /** The token as text, to be a key. */
  get token(): string {
    this.#token ??= tokenOf(this.datagram);
    return this.#token;
  }

  /** Of a Register, Update or De-register: what it is about. */
  get concern(): Concern | undefined {
    if (!this.#isConcernRead) this.#concern = concernOf(this.datagram);
    this.#isConcernRead = true;
    return this.#concern;
  }
}

/** Undefined for what is neither, and for a block of it that is not the last. */
export function concernOf(datagram: Uint8Array): Concern | undefined {
  const kind = datagram[1];
  if (kind !== POST && kind !== DELETE) return undefined;
  const message = decodeMessage(datagram);
  if (!message.ok) return undefined;
  const { code } = message.value;
  // RFC 7959 s2.3: nothing is done before the last block.
  const block = blockOf(message.value, OptionNumber.BLOCK1);
  if (typeof block === 'object' && block.more) return undefined;
  const [first, id] = uriPath(message.value);
  if (first !== 'rd') return undefined;
  const query = uriQuery(message.value);
  const said = parameterOf(query, 'lt');
  const lifetime = said === undefined ? undefined : Number(said);
  if (id === undefined) return { kind: 'register', of: parameterOf(query, 'ep') ?? '', lifetime };
  return { kind: code === DELETE ? 'deregister' : 'update', of: id, lifetime };
}

function parameterOf(query: readonly string[], name: string): string | undefined {
  return query.find((item) => item.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The token as text, to be a key. */
export function tokenOf(datagram: Uint8Array): string {
  const end = 4 + ((datagram[0] ?? 0) & 15);
  let text = '';
  for (let index = 4; index < end; index++) text += String.fromCharCode(datagram[index] ?? 0);
  return text;
}
