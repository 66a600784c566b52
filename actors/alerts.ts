// Rules that raise alerts: a value beyond its limit until it is well within again, a device not
// heard for a span, a registration that expired, reports missing past pmax. Each alert is a row,
// in the same group as what raised or cleared it.

import type { AlertTurn } from '../core/api/management.ts';
import { matches } from '../core/endpoint-pattern.ts';
import { formatPath } from '../core/lwm2m/path.ts';
import type { Milliseconds, Task, Ticket, Timer } from '../core/ports.ts';
import type { AlertRow, SessionEventType, Severity, TelemetryRow } from '../core/store/changes.ts';
import { pathOfRow } from '../core/store/row-path.ts';
import type { Device } from './device.ts';
import type { Host } from './host.ts';
import { isJudged } from './recency.ts';

/** What every rule says. */
export interface AlertRuleFacts {
  readonly name: string;
  /** Endpoint pattern. */
  readonly match: string;
  readonly severity: Severity;
}

export type AlertRule = AlertRuleFacts & (
  /** `until` is where it is well again: below `limit` for `above`, above it for `below`. */
  | {
    readonly kind: 'above' | 'below'; readonly path: string; readonly limit: number;
    readonly until: number;
  }
  | { readonly kind: 'silent'; readonly span: Milliseconds }
  | { readonly kind: 'expired' }
  | { readonly kind: 'overdue' }
);

type ValueRule = Extract<AlertRule, { kind: 'above' | 'below' }>;

/** Alerts that are raised or muted, over all devices; beyond them nothing new is raised. */
export const ALERTS_MAX = 10_000;
const ROOM_INTERVAL: Milliseconds = 10_000;
/** From one attempt to tell of a silence to the next while there are too many alerts. */
const ROOM_PAUSE: Milliseconds = 600_000;

export class Alerts {
  readonly #host: Host;
  readonly #rules: readonly AlertRule[];
  /** Those of values by object and resource, since each value asks. */
  readonly #byResource = new Map<string, ValueRule[]>();
  /**
   * Raised or muted, by rule, device and path. What comes again while it is muted is raised at the
   * end of the mute: its time lies ahead, and nobody is told of it before.
   */
  readonly #alerts = new Map<string, AlertRow>();
  /** When those that are raised are muted no longer. */
  readonly #mutes = new Map<string, Timer>();
  readonly #silences = new Map<Device, Timer>();
  #next = 1;
  #roomNotBefore: Milliseconds = 0;

  constructor(host: Host, rules: readonly AlertRule[]) {
    this.#host = host;
    this.#rules = rules;
    for (const rule of rules) {
      if (rule.kind !== 'above' && rule.kind !== 'below') continue;
      const key = resourceKey(rule.path);
      this.#byResource.set(key, [...this.#byResource.get(key) ?? [], rule]);
    }
  }

  /** What was raised or muted when the server stopped. */
  restore(rows: readonly AlertRow[], next: number): void {
    this.#next = next;
    // What came again during a mute is newer than what was muted.
    for (const row of [...rows].sort((a, b) => a.id - b.id)) {
      this.#alerts.set(keyOf(row.rule, row.device, row.path), row);
      this.#awaitMuteEnd(row);
    }
  }

  /** Nothing would ever clear what a rule raised that is there no more. */
  endUnruled(): void {
    for (const row of this.#raised()) if (this.#kindOf(row) === undefined) this.#end(row);
  }

  /** Raised ones, the newest first. */
  open(): AlertRow[] {
    const now = this.#host.clock.now();
    return this.#raised().filter(({ raisedAt }) => raisedAt <= now).sort((a, b) => b.id - a.id);
  }

  #raised(): AlertRow[] {
    return [...this.#alerts.values()].filter(({ clearedAt }) => clearedAt === undefined);
  }

  /** How many are raised that nobody has acknowledged or muted. */
  get unseen(): number {
    const now = this.#host.clock.now();
    let count = 0;
    for (const { clearedAt, acknowledgedBy, mutedUntil = 0 } of this.#alerts.values()) {
      if (clearedAt === undefined && acknowledgedBy === '' && mutedUntil <= now) count++;
    }
    return count;
  }

  get watchesValues(): boolean {
    return this.#byResource.size > 0;
  }

  /** Judges values as they are stored. */
  onValues(device: Device, rows: readonly TelemetryRow[]): void {
    for (const row of rows) {
      const rules = this.#byResource.get(`${row.object}/${row.resource}`) ?? [];
      for (const rule of rules) this.#onValue(device, row, rule);
    }
  }

  #onValue(device: Device, row: TelemetryRow, rule: ValueRule): void {
    const value = numberOf(row);
    if (value === undefined || !fits(rule, device, row)) return;
    const sign = rule.kind === 'above' ? 1 : -1;
    const path = formatPath(pathOfRow(row));
    if (!isJudged(device, path, row)) return;
    if (sign * value > sign * rule.limit) {
      const words = rule.kind === 'above' ? 'above' : 'below';
      this.#raise(device, rule, path, `${value} is ${words} ${rule.limit}`);
    } else if (sign * value <= sign * rule.until) this.#clear(device, rule, path);
  }

  /** What happens to a registration. */
  onEvent(device: Device, event: SessionEventType): void {
    if (this.#rules.length === 0) return;
    if (event === 'expired') {
      const detail = 'its registration expired without an Update';
      for (const rule of this.#of(device, 'expired')) this.#raise(device, rule, '', detail);
    } else if (event === 'deregistered') this.#rest(device);
    else if (event === 'registered') {
      for (const rule of this.#of(device, 'expired')) this.#clear(device, rule, '');
      this.watchSilence(device);
    }
  }

  onOverdue(device: Device, target: string, detail: string): void {
    for (const rule of this.#of(device, 'overdue')) this.#raise(device, rule, target, detail);
  }

  onReported(device: Device, target: string): void {
    for (const rule of this.#of(device, 'overdue')) this.#clear(device, rule, target);
  }

  /** Reports of anything else than these targets are missed by nobody any more. */
  expectOnly(device: Device, targets: ReadonlySet<string>): void {
    if (this.#alerts.size === 0 || this.#of(device, 'overdue').length === 0) return;
    for (const row of this.#raised()) {
      const isMoot = row.device === device.id && !targets.has(row.path);
      if (isMoot && this.#kindOf(row) === 'overdue') this.#end(row);
    }
  }

  /** Waits for the device's next message, if a rule says how long. */
  watchSilence(device: Device, from = device.lastSeenAt): void {
    const span = this.#silenceOf(device);
    if (span === Infinity) return;
    this.#endWatch(device);
    const watch: Task = { onDue: (now) => this.#onSilence(device, watch, now) };
    this.#silences.set(device, this.#host.clock.schedule(from + span, watch));
  }

  /** The device was heard after it had been silent for too long. */
  onHeard(device: Device): void {
    device.isMissed = false;
    for (const rule of this.#of(device, 'silent')) this.#clear(device, rule, '');
    this.watchSilence(device);
  }

  /** Nothing is expected of it any more. */
  forget(device: Device): void {
    this.#endWatch(device);
    for (const [key, row] of this.#alerts) {
      if (row.device !== device.id) continue;
      this.#alerts.delete(key);
      this.#endMute(key);
    }
  }

  /** A device that left by its own word is not missed. */
  #rest(device: Device): void {
    this.#endWatch(device);
    device.isMissed = false;
    for (const rule of this.#of(device, 'silent')) this.#clear(device, rule, '');
    this.expectOnly(device, new Set());
  }

  #endWatch(device: Device): void {
    const timer = this.#silences.get(device);
    if (timer !== undefined) this.#host.clock.cancel(timer);
    this.#silences.delete(device);
  }

  // --- what people do

  /** Undefined when it is not raised, or acknowledged already. */
  acknowledge(id: number, by: string): Ticket | undefined {
    const row = this.#find(id);
    if (row === undefined || row.acknowledgedBy !== '') return undefined;
    const acknowledgedAt = this.#host.clock.now();
    return this.#keep({ ...row, acknowledgedBy: by, acknowledgedAt }, 'acknowledged');
  }

  /** Nothing of the same kind is shown as new until then. */
  mute(id: number, until: Milliseconds): Ticket | undefined {
    const row = this.#find(id);
    return row && this.#keep({ ...row, mutedUntil: until }, 'muted');
  }

  #find(id: number): AlertRow | undefined {
    return this.open().find((one) => one.id === id);
  }

  // --- rows

  /** False when there are too many. */
  #raise(device: Device, rule: AlertRule, path: string, detail: string): boolean {
    const key = keyOf(rule.name, device.id, path);
    const known = this.#alerts.get(key);
    const now = this.#host.clock.now();
    if (known !== undefined && known.clearedAt === undefined) return true;
    if (known === undefined && this.#alerts.size >= ALERTS_MAX) this.#makeRoom(now);
    if (known === undefined && this.#alerts.size >= ALERTS_MAX) return false;
    const mutedUntil = (known?.mutedUntil ?? 0) > now ? known?.mutedUntil : undefined;
    // What comes and goes during a mute is one row, or there would be as many as it likes.
    const wasHeldBack = known?.clearedAt !== undefined && known.clearedAt < known.raisedAt;
    this.#keep({
      id: wasHeldBack ? known.id : this.#next++,
      device: device.id, rule: rule.name, severity: rule.severity, path, detail,
      raisedAt: mutedUntil ?? now, clearedAt: undefined, acknowledgedBy: '',
      acknowledgedAt: undefined, mutedUntil,
    }, 'raised');
    return true;
  }

  #clear(device: Device, rule: AlertRule, path: string): void {
    const row = this.#alerts.get(keyOf(rule.name, device.id, path));
    if (row !== undefined && row.clearedAt === undefined) this.#end(row);
  }

  #end(row: AlertRow): void {
    this.#keep({ ...row, clearedAt: this.#host.clock.now() }, 'cleared');
  }

  #kindOf({ rule }: AlertRow): AlertRule['kind'] | undefined {
    return this.#rules.find(({ name }) => name === rule)?.kind;
  }

  /** Told once it is on disk; what is over and not muted is left to the database. */
  #keep(row: AlertRow, turn: AlertTurn): Ticket {
    const key = keyOf(row.rule, row.device, row.path);
    const now = this.#host.clock.now();
    const isOver = row.clearedAt !== undefined && (row.mutedUntil ?? 0) <= now;
    if (isOver) this.#alerts.delete(key);
    else this.#alerts.set(key, row);
    this.#awaitMuteEnd(row);
    const ticket = this.#host.store.commit([{ table: 'alert', row }]);
    const endpoint = this.#host.byId.get(row.device)?.endpoint ?? '';
    this.#host.afterCommit(ticket, () => {
      this.#host.tell({ kind: 'alert', endpoint, turn, at: now, row });
    });
    return ticket;
  }

  /** From then on it is shown as if it were raised just now. */
  #awaitMuteEnd({ rule, device, path, clearedAt, mutedUntil }: AlertRow): void {
    const key = keyOf(rule, device, path);
    this.#endMute(key);
    if (clearedAt !== undefined || mutedUntil === undefined) return;
    this.#mutes.set(key, this.#host.clock.schedule(mutedUntil, { onDue: () => {
      this.#mutes.delete(key);
      const row = this.#alerts.get(key);
      if (row !== undefined) this.#keep({ ...row, mutedUntil: undefined }, 'raised');
    } }));
  }

  #endMute(key: string): void {
    const timer = this.#mutes.get(key);
    if (timer !== undefined) this.#host.clock.cancel(timer);
    this.#mutes.delete(key);
  }

  /** Muted ones whose time is over. */
  #makeRoom(now: Milliseconds): void {
    // Each value beyond its limit asks, and a walk over all of them has its price.
    if (now < this.#roomNotBefore) return;
    this.#roomNotBefore = now + ROOM_INTERVAL;
    for (const [key, { clearedAt, mutedUntil }] of this.#alerts) {
      if (clearedAt !== undefined && (mutedUntil ?? 0) <= now) this.#alerts.delete(key);
    }
  }

  #of<Kind extends AlertRule['kind']>(
    device: Device, kind: Kind,
  ): Extract<AlertRule, { kind: Kind }>[] {
    return this.#rules.filter((rule): rule is Extract<AlertRule, { kind: Kind }> => (
      rule.kind === kind && matches(rule.match, device.endpoint)));
  }

  // --- silence

  #silenceOf(device: Device): Milliseconds {
    return Math.min(Infinity, ...this.#of(device, 'silent').map(({ span }) => span));
  }

  #onSilence(device: Device, watch: Task, now: Milliseconds): void {
    this.#silences.delete(device);
    let next = Infinity;
    for (const rule of this.#of(device, 'silent')) {
      const due = device.lastSeenAt + rule.span;
      if (due > now) {
        next = Math.min(next, due);
        continue;
      }
      device.isMissed = true;
      const isRaised = this.#raise(device, rule, '', `not heard for ${formatSpan(rule.span)}`);
      // Silence has no other occasion to be told when there is room again.
      if (!isRaised) next = Math.min(next, now + ROOM_PAUSE);
    }
    if (next !== Infinity) this.#silences.set(device, this.#host.clock.schedule(next, watch));
  }
}

function keyOf(rule: string, device: number, path: string): string {
  return `${device} ${path} ${rule}`;
}

function resourceKey(pattern: string): string {
  const [, object, , resource] = pattern.split('/');
  return `${object}/${resource}`;
}

function fits(rule: ValueRule, device: Device, row: TelemetryRow): boolean {
  const [, , instance] = rule.path.split('/');
  return (instance === '*' || instance === String(row.instance))
    && matches(rule.match, device.endpoint);
}

function numberOf({ value }: TelemetryRow): number | undefined {
  switch (value.type) {
    case 'integer': case 'unsigned': return Number(value.value);
    case 'float': return Number.isNaN(value.value) ? undefined : value.value;
    case 'boolean': return value.value ? 1 : 0;
    default: return undefined;
  }
}

/** `90 s`, `2 h`. */
function formatSpan(span: Milliseconds): string {
  const units = [['d', 86_400_000], ['h', 3_600_000], ['min', 60_000], ['s', 1_000]] as const;
  const [unit, length] = units.find(([, one]) => span >= one && span % one === 0) ?? ['ms', 1];
  return `${span / length} ${unit}`;
}
