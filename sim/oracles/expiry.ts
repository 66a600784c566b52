// LwM2M Core 1.1.1 s6.2.1: a registration that is not updated ends; with us exactly when its
// lifetime and 93 s have passed since the last Register or Update, or at the start of a server that
// was down at that moment. The lifetime is the one that the device said last on the wire. Judged by
// when these reached the server and which of them it answered; of one it heard and did not answer,
// either outcome is right.

import type { Milliseconds, Seconds, Ticket } from '../../core/ports.ts';
import type { Change } from '../../core/store/changes.ts';
import type { Concern, Passing } from '../passing.ts';
import type { World } from '../world.ts';
import { CHANGED, CREATED, EXCHANGE_LIFETIME, isDamaging } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';
import { RecentOfPeers } from './recent.ts';

const GRACE: Milliseconds = 93_000;
/** From the deadline to the disk: an ample time for one group. */
const COMMIT_SPAN: Milliseconds = 60_000;
const RENEWALS_KEPT = 16;

const NONE: readonly Renewal[] = [];

/** LwM2M Core 1.1.1 s6.2.1: of a Register that does not say it. */
const LIFETIME_DEFAULT: Seconds = 86_400;

/** A Register or an Update that came. */
interface Renewal {
  readonly at: Milliseconds;
  /** Lifetime and grace; several where the one before it was not answered. */
  readonly spans: readonly Milliseconds[];
}

interface Renewals {
  /** The last that was answered, or the first. */
  answered: Renewal;
  /** Those since then, the newest last. */
  heard: readonly Renewal[];
}

export class ExpiryOracle extends Findings implements Oracle {
  readonly #world: World;
  /** By device. */
  readonly #renewals: (Renewals | undefined)[] = [];
  /** As each first came to the running server. */
  readonly #came = new RecentOfPeers<Renewal>(EXCHANGE_LIFETIME);
  #startedAt: Milliseconds;

  constructor(world: World) {
    super('expiry');
    this.#world = world;
    this.#startedAt = world.clock.now();
  }

  server(at: Milliseconds, what: 'started' | 'killed'): void {
    this.#came.clear();
    if (what === 'started') this.#startedAt = at;
  }

  serverHeard(passing: Passing): void {
    const { at, device } = passing;
    if (isDamaging(device)) return;
    const { concern } = passing;
    if (concern === undefined || concern.kind === 'deregister') return;
    const renewals = this.#renewals[device.id];
    const renewal = { at, spans: spansOf(concern, renewals) };
    if (renewals === undefined) {
      this.#renewals[device.id] = { heard: NONE, answered: renewal };
    } else {
      renewals.heard = renewals.heard.slice(1 - RENEWALS_KEPT).concat(renewal);
    }
    if (this.#came.get(passing) === undefined) this.#came.set(passing, renewal);
  }

  serverSent(passing: Passing): void {
    const { device, code } = passing;
    if (code !== CREATED && code !== CHANGED) return;
    const renewal = this.#came.get(passing);
    const renewals = this.#renewals[device.id];
    if (renewal === undefined || renewals === undefined) return;
    const { answered, heard } = renewals;
    if (renewal.at < answered.at || renewal === answered) return;
    renewals.answered = renewal;
    // Of two that came at once nobody knows which the server took last.
    const since = [answered, ...heard].filter((one) => one !== renewal && one.at >= renewal.at);
    renewals.heard = since.length === 0 ? NONE : since;
  }

  committed(at: Milliseconds, _: Ticket, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table !== 'event' || change.row.type !== 'expired') continue;
      this.#onExpired(at, change.row.device, change.row.at);
    }
  }

  judge(at: Milliseconds): void {
    this.#came.sweep(at);
    if (!this.#world.isServerUp || at - this.#startedAt < COMMIT_SPAN) return;
    for (const { endpoint, registration } of this.#world.disk.devices.values()) {
      const renewals = this.#renewalsOf(endpoint);
      if (registration === undefined || renewals === undefined) continue;
      const newest = renewals.heard.at(-1) ?? renewals.answered;
      // Asked often and of all devices: what is renewed in time costs no list of its deadlines.
      if (at <= newest.at + (newest.spans[0] ?? 0) + COMMIT_SPAN) continue;
      if (at > Math.max(...deadlinesOf(renewals)) + COMMIT_SPAN) {
        const silence = at - newest.at;
        this.report(at, `${endpoint} is still registered ${silence} ms after its last Update`);
      }
    }
  }

  #renewalsOf(endpoint: string): Renewals | undefined {
    const device = this.#world.deviceNamed(endpoint);
    return device && this.#renewals[device.id];
  }

  #onExpired(at: Milliseconds, device: number, expiredAt: Milliseconds): void {
    const endpoint = this.#world.disk.devices.get(device)?.endpoint ?? '';
    const renewals = this.#renewalsOf(endpoint);
    if (renewals === undefined) return;
    const deadlines = deadlinesOf(renewals);
    const early = Math.min(...deadlines) - expiredAt;
    if (early > 0) this.report(at, `${endpoint} expired ${early} ms too early`);
    else if (!deadlines.includes(expiredAt) && expiredAt !== this.#startedAt) {
      this.report(at, `${endpoint} expired ${-early} ms too late`);
    }
  }
}

/** Those from the last one that was answered. */
function openOf({ heard, answered }: Renewals): Renewal[] {
  return [answered, ...heard];
}

function deadlinesOf(renewals: Renewals): Milliseconds[] {
  return openOf(renewals).flatMap(({ at, spans }) => spans.map((span) => at + span));
}

/** An Update that says no lifetime leaves it as it was. */
function spansOf(
  { kind, lifetime }: Concern, renewals: Renewals | undefined,
): readonly Milliseconds[] {
  if (lifetime === undefined && kind === 'update' && renewals !== undefined) {
    return [...new Set(openOf(renewals).flatMap(({ spans }) => spans))];
  }
  return spansOfLifetime(lifetime ?? LIFETIME_DEFAULT);
}

/** The last one is kept: all devices of a fleet have the same. */
let lastSpans: readonly Milliseconds[] = [];

function spansOfLifetime(lifetime: Seconds): readonly Milliseconds[] {
  const span = lifetime * 1000 + GRACE;
  if (lastSpans[0] !== span) lastSpans = [span];
  return lastSpans;
}
