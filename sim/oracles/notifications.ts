// Notifications (RFC 7641, LwM2M Core 1.1.1 s6.4) from the wire to the disk: a confirmable one is
// acknowledged only after its value is on disk; an older one than the newest (s3.4) is not handed
// on, nor is one a second time. What the oracle cannot decide, as when an observation was made
// again and it is not known which answer the server took, it lets pass.

import { decodeMessage } from '../../core/coap/codec.ts';
import { ACK, Code, CON, type Message } from '../../core/coap/message.ts';
import { contentFormat, observe, uriPath } from '../../core/coap/options.ts';
import { decodePayload } from '../../core/lwm2m/content-format.ts';
import { isWithin, parsePath, type Path } from '../../core/lwm2m/path.ts';
import type { Milliseconds, Ticket } from '../../core/ports.ts';
import type { Change, TelemetryRow } from '../../core/store/changes.ts';
import type { Fate, Passing } from '../observer.ts';
import type { World } from '../world.ts';
import {
  CONTENT, codeOf, EMPTY, EXCHANGE_LIFETIME, hex, isDamaging, isHeard, isRequest, keyOf,
  messageIdOf, tokenOf, typeOf,
} from './datagram.ts';
import { isNewer, type Freshness } from './freshness.ts';
import { Findings, type Oracle } from './oracle.ts';
import { Recent } from './recent.ts';

type Kind = 'fresh' | 'older' | 'again' | 'undecided' | 'answer';

/** A value that reached the server. */
interface Arrival {
  readonly at: Milliseconds;
  readonly kind: Kind;
  readonly messageId: number;
  readonly path: Path;
  readonly message: Message;
  isStored: boolean;
}

/** One observation by its token. */
interface Observation {
  readonly path: Path;
  /** The address it was last asked for at. */
  from: string;
  /** What the server may hold for the newest; one element when it is certain. */
  newest: readonly Freshness[];
  /** It was asked for, and nothing with its token has come since. */
  isAsked: boolean;
}

/** Arrivals of one device that may still be acknowledged. */
const ARRIVALS_MAX = 32;
/** Tokens remembered of one device; those of earlier registrations fade. */
const TOKENS_MAX = 256;

export class NotificationOracle extends Findings implements Oracle {
  readonly #world: World;
  /** By endpoint, then by token. */
  readonly #observations = new Map<string, Map<string, Observation>>();
  readonly #arrivals = new Map<string, Arrival[]>();
  /** When each device last answered a read: a value of that moment may be of the answer. */
  readonly #answeredAt = new Map<string, Milliseconds>();
  /** Message IDs of notifications heard, by address. */
  readonly #heard = new Recent<true>(EXCHANGE_LIFETIME);

  constructor(world: World) {
    super('notifications');
    this.#world = world;
  }

  /** A new process knows the observations, but neither how new they are nor what it has heard. */
  server(): void {
    for (const observations of this.#observations.values()) {
      for (const observation of observations.values()) observation.newest = [];
    }
    this.#arrivals.clear();
    this.#heard.clear();
  }

  sent({ at, device, address, direction, datagram }: Passing): void {
    if (direction !== 'down') return;
    const { endpoint } = device.options;
    if (isRequest(datagram)) this.#onRequest(endpoint, keyOf(address), datagram);
    else if (typeOf(datagram) === ACK && codeOf(datagram) === EMPTY && !isDamaging(device)) {
      this.#onAcknowledged(at, endpoint, messageIdOf(datagram));
    }
  }

  ended({ at, device, address, direction, datagram }: Passing, fate: Fate): void {
    if (direction !== 'up' || !isHeard(fate) || codeOf(datagram) !== CONTENT) return;
    const { endpoint } = device.options;
    const observation = this.#observations.get(endpoint)?.get(tokenOf(datagram));
    if (observation === undefined) this.#answeredAt.set(endpoint, at);
    const message = observation === undefined ? undefined : decodeMessage(datagram);
    const sequence = message?.ok === true ? observe(message.value) : undefined;
    if (observation === undefined || message?.ok !== true || sequence === undefined) return;
    const kind = this.#kindOf(keyOf(address), observation, message.value, { sequence, at });
    const arrivals = this.#arrivals.get(endpoint) ?? [];
    if (arrivals.length === 0) this.#arrivals.set(endpoint, arrivals);
    else if (arrivals.length === ARRIVALS_MAX) arrivals.shift();
    arrivals.push({
      at, kind, messageId: message.value.mid, path: observation.path, message: message.value,
      isStored: false,
    });
  }

  committed(at: Milliseconds, _: Ticket, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table === 'resource') this.#onStored(at, change.row);
    }
  }

  #onRequest(endpoint: string, from: string, datagram: Uint8Array): void {
    const message = decodeMessage(datagram);
    if (!message.ok || message.value.code !== Code.GET || observe(message.value) !== 0) return;
    const path = parsePath(uriPath(message.value).join('/'));
    if (!path.ok) return;
    let observations = this.#observations.get(endpoint);
    if (observations === undefined) {
      observations = new Map();
      this.#observations.set(endpoint, observations);
    }
    const token = tokenOf(datagram);
    const known = observations.get(token);
    if (known !== undefined && isSame(known.path, path.value)) {
      known.from = from;
      known.isAsked = true;
      return;
    }
    observations.set(token, { path: path.value, from, newest: [], isAsked: true });
    const [oldest] = observations.keys();
    if (observations.size > TOKENS_MAX && oldest !== undefined) observations.delete(oldest);
  }

  #kindOf(from: string, observation: Observation, message: Message, now: Freshness): Kind {
    const { newest, isAsked } = observation;
    observation.isAsked = false;
    if (message.type === ACK) {
      // The answer to the request for the observation; the server may have given up on it.
      observation.newest = [...newest, now];
      return 'answer';
    }
    if (this.#heard.get(from, message.mid, now.at) === true) return 'again';
    this.#heard.set(from, message.mid, now.at, true);
    if (from !== observation.from) {
      // Not where it was asked for: rejected, unless an Update has moved the device.
      observation.newest = [...newest, now];
      return 'undecided';
    }
    const older = newest.filter((one) => isNewer(one, now));
    if (older.length === newest.length) {
      observation.newest = [now];
      return 'fresh';
    }
    // A notification that overtakes the answer to the request may be taken for it.
    if (older.length === 0 && !isAsked) return 'older';
    observation.newest = [...newest.filter((one) => !older.includes(one)), now];
    return 'undecided';
  }

  #onStored(at: Milliseconds, row: TelemetryRow): void {
    const endpoint = this.#world.disk.devices.get(row.device)?.endpoint ?? '';
    const { object, instance, resource, receiveTime } = row;
    const path = { object, instance, resource };
    const matching = (this.#arrivals.get(endpoint) ?? []).filter(
      (one) => one.at === receiveTime && isWithin(path, one.path),
    );
    for (const arrival of matching) arrival.isStored = true;
    const [first] = matching;
    if (first === undefined || this.#answeredAt.get(endpoint) === receiveTime) return;
    if (matching.some(({ kind }) => kind !== 'older' && kind !== 'again')) return;
    const what = first.kind === 'older' ? 'older than the newest' : 'heard before';
    this.report(at, `${endpoint}: the value of notification ${hex(first.messageId)} was stored, `
      + `though it is ${what}`);
  }

  #onAcknowledged(at: Milliseconds, endpoint: string, messageId: number): void {
    const arrivals = (this.#arrivals.get(endpoint) ?? []).filter(
      (one) => one.messageId === messageId && one.message.type === CON,
    );
    const fresh = arrivals.find(({ kind }) => kind === 'fresh');
    if (fresh === undefined || arrivals.some(({ isStored }) => isStored)) return;
    // What cannot be read is acknowledged without a value; looked at only when none was stored.
    const { message, path } = fresh;
    const entries = decodePayload(contentFormat(message), path, message.payload, at);
    const hasValue = entries.ok && entries.value.some((one) => one.path.resource !== undefined);
    if (!hasValue) return;
    this.report(at, `${endpoint}: notification ${hex(messageId)} was acknowledged before its value `
      + 'was on disk');
  }
}

function isSame(a: Path, b: Path): boolean {
  return isWithin(a, b) && isWithin(b, a);
}
