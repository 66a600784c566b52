// The CoAP messages of one device while somebody looks: the newest within limits, by a sequence
// number, with what each payload is about. Payloads that hold keys, or might, are blanked before
// they are kept, so that neither the page nor the download can show them.

import type { CapturedMessage } from '../core/api/management.ts';
import { decodeMessage } from '../core/coap/codec.ts';
import { Code, type Message } from '../core/coap/message.ts';
import { uriPath } from '../core/coap/options.ts';
import { toHex } from '../core/bytes.ts';
import { OBJECTS } from '../core/lwm2m/objects.ts';
import { parsePath } from '../core/lwm2m/path.ts';
import { isSecret, withheldBecause, type Subject } from '../core/lwm2m/secrets.ts';
import type { Milliseconds, Peer } from '../core/ports.ts';
import { slotOf, type Device } from './device.ts';
import type { Host } from './host.ts';

/** Kept of one device; beyond, the oldest make room. */
export const CAPTURED_MESSAGES_MAX = 1_000;
export const CAPTURED_BYTES_MAX = 1_048_576;
/** Requests of ours whose answers are still awaited. */
const TOKENS_MAX = 256;
/** Version, type, code and Message ID: of what is malformed, the part without content. */
const HEADER_LENGTH = 4;

const NO_VALUES: Subject = { kind: 'no values' };
const ROOT: Subject = { kind: 'root' };
const UNKNOWN: Subject = { kind: 'unknown' };

export interface Datagram {
  readonly at: Milliseconds;
  readonly direction: 'in' | 'out';
  readonly peer: Peer;
  readonly bytes: Uint8Array;
}

export class Capture {
  readonly device: Device;
  readonly startedAt: Milliseconds;
  /** When somebody last looked. */
  watchedAt: Milliseconds;
  /** How many made room. */
  dropped = 0;
  readonly #host: Host;
  #messages: CapturedMessage[] = [];
  #bytes = 0;
  /** What was asked with a token, in hex. */
  readonly #asked = new Map<string, Subject>();
  /** An answer that is malformed could be one about keys. */
  #hasAskedForSecrets = false;

  constructor(host: Host, device: Device, now: Milliseconds) {
    this.#host = host;
    this.device = device;
    this.startedAt = now;
    this.watchedAt = now;
  }

  /** The oldest first. */
  get messages(): readonly CapturedMessage[] {
    return this.#messages;
  }

  record(id: number, { at, direction, peer, bytes }: Datagram): void {
    const decoded = decodeMessage(bytes);
    // A copy: a datagram may be a view of more, which it would keep alive.
    const datagram = new Uint8Array(bytes);
    let subject: Subject = UNKNOWN;
    let withheld = '';
    const malformed = decoded.ok ? '' : decoded.reason.error;
    if (decoded.ok) {
      const message = decoded.value;
      const { registration } = this.device;
      const models = registration === undefined
        ? OBJECTS : this.#host.models.of(registration.objects);
      subject = this.#subjectOf(direction, message);
      withheld = withheldBecause(message, subject, models);
      if (withheld !== '') datagram.fill(0, datagram.length - message.payload.length);
    } else if (this.#hasAskedForSecrets || this.#observesSecrets()) {
      withheld = 'it is malformed, and keys were asked for';
      datagram.fill(0, HEADER_LENGTH);
    }
    const { host, port } = peer.address;
    const { listener } = peer;
    const message: CapturedMessage = {
      id, at, direction, listener, peer: { host, port }, datagram, malformed, subject, withheld,
    };
    this.#messages.push(message);
    this.#bytes += datagram.length;
    this.#makeRoom();
    this.#host.tell({ kind: 'message', endpoint: this.device.endpoint, message });
  }

  #makeRoom(): void {
    while (this.#messages.length > CAPTURED_MESSAGES_MAX || this.#bytes > CAPTURED_BYTES_MAX) {
      const oldest = this.#messages.shift();
      if (oldest === undefined) return;
      this.#bytes -= oldest.datagram.length;
      this.dropped++;
    }
  }

  #subjectOf(direction: 'in' | 'out', message: Message): Subject {
    if (message.code === Code.EMPTY) return NO_VALUES;
    if (message.code < 0x20) {
      return direction === 'out' ? this.#askedFor(message) : subjectOfUplink(message);
    }
    if (direction === 'out') return NO_VALUES;
    const asked = this.#asked.get(toHex(message.token));
    if (asked !== undefined) return asked.kind === 'paths' ? ROOT : asked;
    const { registration, observations } = this.device;
    const observation = registration && observations[slotOf(registration, message.token)];
    if (observation === undefined) return UNKNOWN;
    const [path, ...others] = observation.target;
    return path === undefined || others.length > 0 ? ROOT : { kind: 'path', path };
  }

  /** What a request of ours is about, kept for its answer. */
  #askedFor(message: Message): Subject {
    const subject = this.#subjectOfRequest(message);
    if (mayBeSecret(subject)) this.#hasAskedForSecrets = true;
    const token = toHex(message.token);
    this.#asked.delete(token);
    this.#asked.set(token, subject);
    if (this.#asked.size > TOKENS_MAX) {
      for (const oldest of this.#asked.keys()) {
        this.#asked.delete(oldest);
        break;
      }
    }
    return subject;
  }

  #subjectOfRequest(message: Message): Subject {
    const rootPath = this.device.registration?.objects.rootPath ?? '';
    const whole = uriPath(message).map((segment) => `/${segment}`).join('');
    const below = whole.startsWith(rootPath) ? whole.slice(rootPath.length) : whole;
    if (below === '') return message.code === Code.FETCH ? { kind: 'paths' } : ROOT;
    const path = parsePath(below);
    return path.ok ? { kind: 'path', path: path.value } : UNKNOWN;
  }

  #observesSecrets(): boolean {
    return this.device.observations.some(({ target }) => target.some(isSecret));
  }
}

/** Which paths a composite names is in its payload: any may be. */
function mayBeSecret(subject: Subject): boolean {
  return subject.kind === 'path' ? isSecret(subject.path)
    : subject.kind === 'paths' || subject.kind === 'root';
}

/** LwM2M Core 1.1.1 s6.2, s6.4.5: devices register at /rd and send values to /dp. */
function subjectOfUplink(message: Message): Subject {
  return uriPath(message)[0] === 'dp' ? ROOT : NO_VALUES;
}
