// LwM2M Core 1.1.1 s6.2.1: a registration that is not updated ends; with us exactly when its
// lifetime and 93 s have passed since the last Register or Update, or at the start of a server that
// was down at that moment. Judged by when these reached the server and which of them it answered;
// of one it heard and did not answer, either outcome is right.

import type { Milliseconds, Ticket } from '../../core/ports.ts';
import type { Change } from '../../core/store/changes.ts';
import type { Fate } from '../observer.ts';
import type { Passing } from '../passing.ts';
import type { World } from '../world.ts';
import { CHANGED, CREATED, EXCHANGE_LIFETIME, isDamaging, isHeard } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';
import { Recent } from './recent.ts';

const GRACE: Milliseconds = 93_000;
/** From the deadline to the disk: an ample time for one group. */
const COMMIT_SPAN: Milliseconds = 60_000;
const RENEWALS_KEPT = 16;

interface Renewals {
  /** Lifetime and grace. */
  readonly span: Milliseconds;
  /** When each Register and Update came, the newest last. */
  heard: readonly Milliseconds[];
  answered: Milliseconds;
}

export class ExpiryOracle extends Findings implements Oracle {
  readonly #world: World;
  readonly #renewals = new Map<string, Renewals>();
  /** When each request first came to the running server, by address and token. */
  readonly #cameAt = new Recent<Milliseconds>(EXCHANGE_LIFETIME);
  #startedAt: Milliseconds;

  constructor(world: World) {
    super('expiry');
    this.#world = world;
    this.#startedAt = world.clock.now();
  }

  server(at: Milliseconds, what: 'started' | 'killed'): void {
    this.#cameAt.clear();
    if (what === 'started') this.#startedAt = at;
  }

  ended(passing: Passing, fate: Fate): void {
    const { at, device, address, direction } = passing;
    if (direction !== 'up' || !isHeard(fate) || isDamaging(device)) return;
    const { concern } = passing;
    if (concern === undefined || concern.kind === 'deregister') return;
    const { endpoint, lifetime } = device.options;
    let renewals = this.#renewals.get(endpoint);
    if (renewals === undefined) {
      renewals = { span: lifetime * 1000 + GRACE, heard: [], answered: at };
      this.#renewals.set(endpoint, renewals);
    }
    renewals.heard = [...renewals.heard.slice(1 - RENEWALS_KEPT), at];
    const { number } = address;
    const { token } = passing;
    if (this.#cameAt.get(number, token, at) === undefined) this.#cameAt.set(number, token, at, at);
  }

  sent(passing: Passing): void {
    const { at, device, address, direction, code } = passing;
    if (direction !== 'down' || (code !== CREATED && code !== CHANGED)) return;
    const cameAt = this.#cameAt.get(address.number, passing.token, at);
    const renewals = this.#renewals.get(device.options.endpoint);
    if (cameAt === undefined || renewals === undefined) return;
    renewals.answered = Math.max(renewals.answered, cameAt);
  }

  committed(at: Milliseconds, _: Ticket, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table !== 'event' || change.row.type !== 'expired') continue;
      this.#onExpired(at, change.row.device, change.row.at);
    }
  }

  judge(at: Milliseconds): void {
    if (!this.#world.isServerUp || at - this.#startedAt < COMMIT_SPAN) return;
    for (const { endpoint, registration } of this.#world.disk.devices.values()) {
      const renewals = this.#renewals.get(endpoint);
      if (registration === undefined || renewals === undefined) continue;
      const silence = at - (renewals.heard.at(-1) ?? at);
      if (silence > renewals.span + COMMIT_SPAN) {
        this.report(at, `${endpoint} is still registered ${silence} ms after its last Update`);
      }
    }
  }

  #onExpired(at: Milliseconds, device: number, expiredAt: Milliseconds): void {
    const endpoint = this.#world.disk.devices.get(device)?.endpoint ?? '';
    const renewals = this.#renewals.get(endpoint);
    if (renewals === undefined) return;
    const { span, heard, answered } = renewals;
    const early = answered + span - expiredAt;
    const isOnTime = heard.some((one) => one + span === expiredAt);
    if (early > 0) this.report(at, `${endpoint} expired ${early} ms too early`);
    else if (!isOnTime && expiredAt !== this.#startedAt) {
      this.report(at, `${endpoint} expired ${-early} ms too late`);
    }
  }
}
