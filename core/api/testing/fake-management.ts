// A Management in memory for the tests of the API: devices are set by hand, events are told by
// hand, and what was asked of it can be read back.

import { OBJECTS } from '../../lwm2m/objects.ts';
import { wishPath, type Wish } from '../../lwm2m/operation.ts';
import { fail, ok, type Result } from '../../result.ts';
import type { DeviceRow, OperationRow, TelemetryRow } from '../../store/changes.ts';
import type { CredentialBook, NewCredential, NewKey } from '../credential-book.ts';
import type {
  Alert, CaptureDetail, DeviceDetail, FleetCounts, FleetRow, FleetQuery, GatewayReport, LiveEvent,
  Management, Refusal, Upload, Wanted,
} from '../management.ts';
import type { Clock } from '../../ports.ts';

const NOTHING: Wanted = {
  read: [], observe: [], observeTogether: [], attributes: {}, hold: {}, logs: [], eventLog: null,
};

/** Of keys in memory; what was done is on disk at once. */
export class FakeBook implements CredentialBook {
  readonly keys = new Map<string, NewCredential>();
  list() {
    const facts = { createdAt: 1, lastUsedAt: undefined, isUnreadable: false, isRevoked: false };
    return Array.from(this.keys, ([identity, { kind, endpoint }]) =>
      ({ identity, endpoint, kind, ...facts }));
  }
  add(credential: NewCredential) {
    const { endpoint } = credential;
    const identity = credential.kind === 'x509' ? `x509:${endpoint}` : credential.identity;
    if (this.keys.has(identity)) return fail('it is there already');
    this.keys.set(identity, credential);
    return ok(7);
  }
  certified() { return []; }
  shownBy() { return undefined; }
  rotate(identity: string, key: NewKey) {
    const known = this.keys.get(identity);
    if (known === undefined) return fail('there is none');
    this.keys.set(identity, { identity, endpoint: known.endpoint, ...key });
    return ok(7);
  }
  revoke(identity: string) { return this.keys.delete(identity) ? ok(7) : fail('there is none'); }
  keyOf(identity: string) {
    const known = this.keys.get(identity);
    return known?.kind === 'x509' ? new Uint8Array(0) : known?.key;
  }
}

export class FakeManagement implements Management {
  readonly credentials = new FakeBook();
  readonly devices = new Map<string, DeviceDetail>();
  readonly recordings = new Map<string, CaptureDetail>();
  readonly asked: string[] = [];
  refused: Refusal[] = [];
  raised: Alert[] = [];
  windowsComputed = 0;
  values = 0;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: LiveEvent) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  add(endpoint: string, facts: Partial<DeviceRow> = {}): void {
    const detail = detailOf({ ...rowOf(endpoint, this.devices.size + 1), ...facts });
    this.devices.set(endpoint, detail);
    this.tell({ kind: 'device', endpoint });
  }

  tell(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** A value as the server tells it once it is on disk. */
  value(endpoint: string, row: TelemetryRow): void {
    this.values++;
    this.tell({ kind: 'value', endpoint, row });
  }

  now() { return this.#clock.now(); }
  facts() {
    return {
      version: '0.1.0', startedAt: 0, coap: ['coap://127.0.0.1:5683'], syslog: [],
      registration: 'open' as const,
    };
  }
  listening() { return [{ host: '127.0.0.1', port: 5683 }]; }
  counts(): FleetCounts {
    const devices = this.devices.size;
    return {
      devices, registered: devices, awake: devices, asleep: 0, silent: 0, expired: 0,
      operationsWaiting: 0, valuesStored: this.values, refused: this.refused.length, shed: 0,
      alerts: this.raised.length,
    };
  }
  fleet({ search, offset, limit }: FleetQuery) {
    this.windowsComputed++;
    const rows = [...this.devices.values()].map(fleetRowOf)
      .filter(({ endpoint }) => endpoint.includes(search));
    return { at: this.now(), total: rows.length, offset, rows: rows.slice(offset, offset + limit) };
  }
  device(endpoint: string) { return this.devices.get(endpoint); }
  knows(endpoint: string) { return this.devices.has(endpoint); }
  upload(): Result<Upload> { return fail('no device takes files here'); }
  readFile() { return undefined; }
  * registered() {
    for (const { row: { endpoint, registration }, state } of this.devices.values()) {
      if (registration !== undefined) {
        yield { endpoint, registration, isAsleep: state === 'asleep' };
      }
    }
  }
  statechart() { return { regions: [] }; }
  refusals() { return this.refused; }
  alerts() { return this.raised; }
  acknowledgeAlert(id: number, by: string) {
    this.asked.push(`acknowledge ${id} by ${by}`);
    return this.raised.some((one) => one.id === id) ? ok(7) : fail('it was cleared already');
  }
  muteAlert(id: number, until: number) {
    this.asked.push(`mute ${id} until ${until}`);
    return this.raised.some((one) => one.id === id) ? ok(7) : fail('it was cleared already');
  }
  request(endpoint: string, wish: Wish, by: string, expiresAt?: number) {
    const path = wishPath(wish);
    this.asked.push(`${wish.kind} ${endpoint} ${path} by ${by}`);
    if (path === '/1/0') return fail('The Server object is not read.');
    const operation: OperationRow = {
      id: 1, device: 1, kind: wish.kind, path, parameters: '', status: 'QUEUED', attempts: 0,
      outcome: '', answer: '', requestedBy: by, createdAt: 1, changedAt: 1, expiresAt,
    };
    return ok({ operation, ticket: 7 });
  }
  cancel(endpoint: string, operation: number, by: string) {
    this.asked.push(`cancel ${endpoint} ${operation} by ${by}`);
    return operation === 1 ? ok(7) : fail('it has ended');
  }
  setObserved(endpoint: string, path: string, observed: boolean) {
    this.asked.push(`${observed ? 'observe' : 'leave'} ${endpoint} ${path}`);
    return ok(7);
  }
  declare(endpoint: string, wanted: Wanted) {
    this.asked.push(`declare ${endpoint} ${JSON.stringify(wanted.hold)}`);
    return ok(7);
  }
  describe(endpoint: string, about: { displayName: string; tags: readonly string[] }) {
    this.asked.push(`describe ${endpoint} ${about.displayName} ${about.tags.join('+')}`);
    return ok(7);
  }
  provision(endpoint: string) {
    this.asked.push(`provision ${endpoint}`);
    return ok(7);
  }
  report(endpoint: string, { groups, happened }: GatewayReport) {
    const sizes = groups.map(({ length }) => length).join('+');
    this.asked.push(`report ${endpoint} ${happened ?? sizes}`);
    return ok(7);
  }
  forget(endpoint: string) {
    this.asked.push(`forget ${endpoint}`);
    return ok(7);
  }
  record(endpoint: string) {
    this.asked.push(`record ${endpoint}`);
    if (this.recordings.has(endpoint)) return ok('goes on' as const);
    this.recordings.set(endpoint, { startedAt: 1, messages: [], dropped: 0, models: OBJECTS });
    return ok('begun' as const);
  }
  endRecord(endpoint: string) { this.recordings.delete(endpoint); }
  recorded(endpoint: string) { return this.recordings.get(endpoint); }
  afterCommit(ticket: number, act: () => void) {
    this.asked.push(`durable ${ticket}`);
    act();
  }
  subscribe(listener: (event: LiveEvent) => void) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export function alertView(id: number): Alert {
  return {
    id, endpoint: 'sensor-1', rule: 'hot', severity: 'warning', path: '/3303/0/5700',
    detail: '31 is above 30', raisedAt: 5, clearedAt: undefined, acknowledgedBy: '',
    acknowledgedAt: undefined, mutedUntil: undefined,
  };
}

function fleetRowOf({ row, profile, state }: DeviceDetail): FleetRow {
  return {
    endpoint: row.endpoint, displayName: row.displayName, profile, state,
    lastSeenAt: row.lastSeenAt, awakeUntil: undefined, expiresAt: undefined,
    batteryPercent: row.batteryPercent, signalDbm: row.signalDbm,
    firmwareVersion: row.firmwareVersion, operationsWaiting: 0,
  };
}

function detailOf(row: DeviceRow): DeviceDetail {
  return {
    row, certificate: undefined, profile: 'default', groups: [], state: 'awake',
    session: {
      registration: 'registered', reachability: 'awake', observations: 'inPlace',
      firmware: 'idle',
    },
    awakeUntil: undefined, forgetsAt: undefined, awakeWindow: 93_000,
    declared: NOTHING, inherited: NOTHING, unmet: [],
    observing: ['/3303/0/5700'], notObserving: [], operations: [],
  };
}

function rowOf(endpoint: string, id: number): DeviceRow {
  return {
    id, endpoint, displayName: '', tags: [], ended: undefined, firstSeenAt: 1, lastSeenAt: 2,
    source: '127.0.0.1', observeAlso: [], observeNever: [], declared: '', batteryPercent: 80,
    signalDbm: undefined, firmwareVersion: undefined, manufacturer: undefined, model: undefined,
    firmwareState: 0,
    registration: {
      id: 'r1', lwm2mVersion: '1.1', lifetime: 300, binding: 'U', queueMode: false,
      smsNumber: undefined, links: '</3/0>,</3303/0>,</9999/0>', unknownParameters: [],
      registeredAt: 1, updatedAt: 1, expiresAt: 300_001, listener: 0, host: '127.0.0.1',
      port: 4000, security: 'none', identity: '', association: undefined,
      tokenBase: 'c0ffeec0ffee', observed: ['/3303/0/5700'],
    },
  };
}
