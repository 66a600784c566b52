// Notifications (RFC 7641, LwM2M Core 1.1.1 s6.4) from the wire to the disk: a confirmable one is
// acknowledged only after its value is on disk, and the value of one that is not confirmable comes
// there as well; an older one than the newest (s3.4) is not handed on, nor is one a second time.
// What the oracle cannot decide, as when an observation was made again and it is not known which
// answer the server took, it lets pass.

import { decodeMessage } from '../../core/coap/codec.ts';
import { ACK, Code, CON } from '../../core/coap/message.ts';
import { observe, uriPath } from '../../core/coap/options.ts';
import { isWithin, parsePath, type Path } from '../../core/lwm2m/path.ts';
import type { Milliseconds, Ticket } from '../../core/ports.ts';
import type { Change, TelemetryRow } from '../../core/store/changes.ts';
import type { SimulatedDevice } from '../device.ts';
import type { Passing } from '../passing.ts';
import type { World } from '../world.ts';
import {
  CONTENT, EMPTY, EXCHANGE_LIFETIME, hasTokenText, hex, isDamaging, isFirstOfMore, isSend,
  observeOf, RST,
} from './datagram.ts';
import { isNewer, type Freshness } from './freshness.ts';
import { Findings, type Oracle } from './oracle.ts';
import { PerDevice } from './per-device.ts';
import { isNew, letGo, Recent } from './recent.ts';

type Kind = 'fresh' | 'older' | 'again' | 'undecided' | 'answer';

/** A value that reached the server. */
interface Arrival {
  readonly at: Milliseconds;
  readonly kind: Kind;
  readonly messageId: number;
  readonly path: Path;
  readonly isConfirmable: boolean;
  isStored: boolean;
  /** It was answered with a Reset, or need not be stored for another reason. */
  isRejected: boolean;
}

/** One observation by its token, with what the server may hold for its newest notification. */
interface Observation extends Freshness {
  /** As text: of a few bytes, an array would be ten times as large. */
  readonly token: string;
  readonly path: Path;
  /** The number of the address it was last asked for at. */
  from: number;
  /** What else it may be; none when it is certain. */
  more: readonly Freshness[];
  /** It was asked for, and nothing with its token has come since. */
  isAsked: boolean;
  /** It was asked to end, and what comes with its token may be taken for the answer to that. */
  isEnding: boolean;
}

/** All that is known of one device. */
class Reports {
  readonly device: SimulatedDevice;
  /** The newest last; made anew by each that is added: what grows or is spread takes ahead. */
  observations: readonly Observation[] = [];
  /** The newest last. */
  readonly arrivals: Arrival[] = [];
  /** When it last answered a read or sent by itself: a value of that moment may be of that. */
  answeredAt: Milliseconds | undefined = undefined;

  constructor(device: SimulatedDevice) {
    this.device = device;
  }
}

/** Arrivals of one device that may still be acknowledged. */
const ARRIVALS_MAX = 32;
/** Tokens remembered of one device; those of earlier registrations fade. */
const TOKENS_MAX = 256;
/** A value is on the disk by then, however slow that is. */
const STORED_WITHIN: Milliseconds = 60_000;
/** RFC 7641 s3.6. */
const DEREGISTER = 1;
/** Long notifications of which it is not known whether the server has them whole. */
const UNDECIDED_MAX = 4;
const NOTHING: readonly Freshness[] = [];
/** The sequence number when nothing came so far. */
const NEVER = -1;

export class NotificationOracle extends Findings implements Oracle {
  /** When values were acknowledged that were not on disk. */
  readonly lostAt: Milliseconds[] = [];
  readonly #reports: PerDevice<Reports>;
  /** Message IDs of notifications heard, by address. */
  readonly #heard = new Recent<true>(EXCHANGE_LIFETIME);

  constructor(world: World) {
    super('notifications');
    this.#reports = new PerDevice(world, (device) => new Reports(device));
  }

  /** A new process knows the observations, but neither how new they are nor what it has heard. */
  server(): void {
    for (const reports of this.#reports.all()) {
      for (const observation of reports.observations) hold(observation, NOTHING);
      reports.arrivals.length = 0;
    }
    this.#reports.forgetRows();
    this.#heard.clear();
  }

  serverSent(passing: Passing): void {
    const { at, device, type, code, messageId } = passing;
    if (passing.isRequest) this.#onRequest(passing);
    else if (type === ACK && code === EMPTY && !isDamaging(device)) {
      this.#onAcknowledged(at, this.#reports.get(device), messageId);
    } else if (type === RST) noteRejected(this.#reports.get(device), messageId);
  }

  serverHeard({ at, device, address, type, code, messageId, datagram }: Passing): void {
    const isSent = isSend(code, datagram);
    if (code !== CONTENT && !isSent) return;
    const reports = this.#reports.getOrMake(device);
    const observation = isSent ? undefined : observationOf(reports, datagram);
    if (observation === undefined) {
      reports.answeredAt = at;
      return;
    }
    if (isDamaging(device) && !decodeMessage(datagram).ok) return;
    const sequence = observeOf(datagram);
    if (sequence === undefined) return;
    if (isFirstOfMore(datagram)) {
      // It counts once its rest is there, if that comes; the whole is stored when it does.
      const held = candidatesOf(observation).slice(1 - UNDECIDED_MAX);
      hold(observation, held.concat({ sequence, at }));
      return;
    }
    const kind = this.#kindOf(address.number, observation, type, messageId, { sequence, at });
    const { arrivals } = reports;
    this.#dropOver(reports, at);
    if (arrivals.length === ARRIVALS_MAX) this.#dropOldest(reports, at);
    const { path, isEnding } = observation;
    // Of what damages its values and of what may be an answer nobody knows whether it is stored.
    const isRejected = isEnding || isDamaging(device);
    const isConfirmable = type === CON;
    arrivals.push({ at, kind, messageId, path, isConfirmable, isStored: false, isRejected });
  }

  committed(at: Milliseconds, _: Ticket, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table === 'resource') this.#onStored(at, change.row);
    }
  }

  /** A device that falls silent is not to hold what is over. */
  judge(at: Milliseconds): void {
    for (const reports of this.#reports.all()) {
      this.#dropOver(reports, at);
      letGo(reports.arrivals);
    }
    this.#heard.sweep(at);
  }

  #dropOver(reports: Reports, now: Milliseconds): void {
    while (now - (reports.arrivals[0]?.at ?? Infinity) >= EXCHANGE_LIFETIME) {
      this.#dropOldest(reports, now);
    }
  }

  /** The last moment at which it can be said that its value never came to the disk. */
  #dropOldest(reports: Reports, now: Milliseconds): void {
    const { at, kind, messageId, isConfirmable, isStored, isRejected } =
      reports.arrivals.shift() as Arrival;
    if (isConfirmable || isStored || isRejected) return;
    if (kind !== 'fresh' || now - at < STORED_WITHIN) return;
    this.report(now, `${endpointOf(reports)}: the value of notification ${hex(messageId)} is not `
      + `on disk ${now - at} ms after it was heard`);
  }

  #onRequest(passing: Passing): void {
    const { device, address: { number: from }, datagram } = passing;
    const message = decodeMessage(datagram);
    if (!message.ok || message.value.code !== Code.GET) return;
    const wish = observe(message.value);
    if (wish !== 0 && wish !== DEREGISTER) return;
    const path = parsePath(uriPath(message.value).join('/'));
    if (!path.ok) return;
    const reports = this.#reports.getOrMake(device);
    const known = observationOf(reports, datagram);
    if (wish === DEREGISTER) {
      if (known !== undefined) known.isEnding = true;
      return;
    }
    if (known !== undefined && isSame(known.path, path.value)) {
      known.from = from;
      known.isAsked = true;
      known.isEnding = false;
      return;
    }
    const others = reports.observations.filter((one) => one !== known).slice(1 - TOKENS_MAX);
    reports.observations = others.concat({
      token: passing.token, path: path.value, from, sequence: NEVER, at: 0, more: NOTHING,
      isAsked: true, isEnding: false,
    });
  }

  #kindOf(
    from: number, observation: Observation, type: number, messageId: number, now: Freshness,
  ): Kind {
    const { isAsked } = observation;
    observation.isAsked = false;
    if (type === ACK) {
      // The answer to the request for the observation; the server may have given up on it.
      hold(observation, candidatesOf(observation).concat(now));
      return 'answer';
    }
    if (!isNew(this.#heard, from, messageId, now.at)) return 'again';
    if (from !== observation.from) {
      // Not where it was asked for: rejected, unless an Update has moved the device.
      hold(observation, candidatesOf(observation).concat(now));
      return 'undecided';
    }
    const isCertain = observation.more.length === 0 && observation.sequence !== NEVER;
    // Nearly always, and then no list is made: of a million notifications each would live long.
    if (isCertain && isNewer(observation, now)) {
      observation.sequence = now.sequence;
      observation.at = now.at;
      return 'fresh';
    }
    const newest = candidatesOf(observation);
    const older = newest.filter((one) => isNewer(one, now));
    if (older.length === newest.length) {
      hold(observation, [now]);
      return 'fresh';
    }
    // A notification that overtakes the answer to the request may be taken for it.
    if (older.length === 0 && !isAsked) return 'older';
    hold(observation, newest.filter((one) => !older.includes(one)).concat(now));
    return 'undecided';
  }

  #onStored(at: Milliseconds, row: TelemetryRow): void {
    const reports = this.#reports.ofRow(row.device);
    if (reports === undefined) return;
    const { receiveTime } = row;
    let first: Arrival | undefined;
    let isRight = reports.answeredAt === receiveTime;
    const { arrivals } = reports;
    for (let index = arrivals.length - 1; index >= 0; index--) {
      const arrival = arrivals[index] as Arrival;
      if (arrival.at < receiveTime) break;
      if (arrival.at !== receiveTime || !isWithin(row, arrival.path)) continue;
      arrival.isStored = true;
      first = arrival;
      if (arrival.kind !== 'older' && arrival.kind !== 'again') isRight = true;
    }
    if (first === undefined || isRight) return;
    const what = first.kind === 'older' ? 'older than the newest' : 'heard before';
    this.report(at, `${endpointOf(reports)}: the value of notification ${hex(first.messageId)} `
      + `was stored, though it is ${what}`);
  }

  #onAcknowledged(at: Milliseconds, reports: Reports | undefined, messageId: number): void {
    let fresh: Arrival | undefined;
    for (const arrival of reports?.arrivals ?? []) {
      if (arrival.messageId !== messageId || !arrival.isConfirmable) continue;
      if (arrival.isStored) return;
      if (arrival.kind === 'fresh') fresh ??= arrival;
    }
    if (reports === undefined || fresh === undefined) return;
    this.lostAt.push(at);
    this.report(at, `${endpointOf(reports)}: notification ${hex(messageId)} was acknowledged `
      + 'before its value was on disk');
  }
}

function candidatesOf({ sequence, at, more }: Observation): readonly Freshness[] {
  return sequence === NEVER ? more : [{ sequence, at }, ...more];
}

function hold(observation: Observation, [first, ...more]: readonly Freshness[]): void {
  observation.sequence = first?.sequence ?? NEVER;
  observation.at = first?.at ?? 0;
  observation.more = more.length === 0 ? NOTHING : more;
}

/** The newest with the datagram's token. */
function observationOf({ observations }: Reports, datagram: Uint8Array): Observation | undefined {
  for (let index = observations.length - 1; index >= 0; index--) {
    const observation = observations[index] as Observation;
    if (hasTokenText(datagram, observation.token)) return observation;
  }
  return undefined;
}

function noteRejected(reports: Reports | undefined, messageId: number): void {
  for (const arrival of reports?.arrivals ?? []) {
    if (arrival.messageId === messageId) arrival.isRejected = true;
  }
}

function endpointOf({ device }: Reports): string {
  return device.options.endpoint;
}

function isSame(a: Path, b: Path): boolean {
  return isWithin(a, b) && isWithin(b, a);
}
