// LwM2M Core 1.1.1 s6.2 and our promise of durability: no answer to Register, Update or De-register
// leaves before what it confirms is on disk, and an endpoint has one session.

import { decodeMessage } from '../../core/coap/codec.ts';
import { locationPath } from '../../core/coap/options.ts';
import type { Milliseconds, Ticket } from '../../core/ports.ts';
import type { Change, DeviceRow } from '../../core/store/changes.ts';
import type { Passing } from '../passing.ts';
import { CHANGED, CREATED, DELETED, EXCHANGE_LIFETIME } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';
import { RecentOfPeers } from './recent.ts';

export class RegistrationOracle extends Findings implements Oracle {
  /** Every registration that ever was on disk, and whose. */
  readonly #registrations = new Map<string, string>();
  /** By endpoint, the number of its row. */
  readonly #ids = new Map<string, number>();
  /** By row: the last Update on disk, and the last end of a registration. */
  readonly #updatedAt: Milliseconds[] = [];
  readonly #endedAt: Milliseconds[] = [];
  /** Updates and De-registers of the running server's life. */
  readonly #requests = new RecentOfPeers<{ readonly at: Milliseconds; readonly endpoint: string }>(
    EXCHANGE_LIFETIME,
  );

  constructor() {
    super('registration');
  }

  server(): void {
    this.#requests.clear();
  }

  /** What is over is let go of, whoever has fallen silent. */
  judge(at: Milliseconds): void {
    this.#requests.sweep(at);
  }

  committed(at: Milliseconds, _: Ticket, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table === 'device') this.#onRow(at, change.row);
    }
  }

  serverHeard(passing: Passing): void {
    const { at, concern } = passing;
    if (concern === undefined || concern.kind === 'register') return;
    const endpoint = this.#registrations.get(concern.of);
    if (endpoint === undefined || this.#requests.get(passing) !== undefined) return;
    this.#requests.set(passing, { at, endpoint });
  }

  serverSent(passing: Passing): void {
    const { at, device, code, datagram } = passing;
    if (code === CREATED) this.#onCreated(at, device.options.endpoint, datagram);
    if (code !== CHANGED && code !== DELETED) return;
    const request = this.#requests.get(passing);
    if (request === undefined) return;
    const { endpoint } = request;
    const durableAt = (code === CHANGED ? this.#updatedAt : this.#endedAt)[
      this.#ids.get(endpoint) ?? 0];
    if (durableAt === undefined || durableAt < request.at) {
      const answer = code === CHANGED ? '2.04' : '2.02';
      this.report(at, `${endpoint} got ${answer} before it was on disk`);
    }
  }

  #onCreated(at: Milliseconds, endpoint: string, datagram: Uint8Array): void {
    const message = decodeMessage(datagram);
    const [, id = ''] = message.ok ? locationPath(message.value) : [];
    if (!this.#registrations.has(id)) {
      this.report(at, `${endpoint} got 2.01 for ${id} before it was on disk`);
    }
  }

  #onRow(at: Milliseconds, { id, endpoint, registration }: DeviceRow): void {
    const known = this.#ids.get(endpoint);
    if (known !== undefined && known !== id) {
      this.report(at, `${endpoint} has two sessions, ${known} and ${id}`);
    }
    this.#ids.set(endpoint, id);
    if (registration === undefined) {
      this.#endedAt[id] = at;
      return;
    }
    this.#registrations.set(registration.id, endpoint);
    this.#updatedAt[id] = registration.updatedAt;
  }
}
