// The life of an operation a person asked for: QUEUED until the device listens, SENDING, then
// CONFIRMED or FAILED. Each change is a row, committed before it is acted upon or shown.

import type { Outcome } from '../core/coap/exchange.ts';
import { wishParameters, wishPath, type Wish } from '../core/lwm2m/operation.ts';
import type { Ending } from '../core/api/management.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import type { Milliseconds, Ticket } from '../core/ports.ts';
import type { OperationRow, OperationStatus } from '../core/store/changes.ts';
import type { Device } from './device.ts';
import type { Host } from './host.ts';

/** Attempts that went unanswered before an operation fails. */
export const ATTEMPTS_MAX = 3;

/** POST is not idempotent (RFC 7252 s5.8.2): asked for twice, it may be done twice. */
const ASKED_ONCE: ReadonlySet<string> = new Set<Wish['kind']>(['execute', 'create']);

/** Ended operations kept for the live news, which does not wait for the database to tell them. */
const ENDED_KEPT = 200;
/** Of those, longer parameters are left to the database. */
const KEPT_PARAMETERS_MAX = 2_000;

/** Queues it; it is sent in its turn. */
export function queueOperation(
  host: Host, device: Device, wish: Wish, requestedBy: string, expiresAt?: Milliseconds,
): { readonly operation: OperationRow; readonly ticket: Ticket } {
  const now = host.clock.now();
  const operation: OperationRow = {
    id: host.nextOperation++, device: device.id, kind: wish.kind, path: wishPath(wish),
    parameters: wishParameters(wish), status: 'QUEUED', attempts: 0, outcome: '', answer: '',
    requestedBy, createdAt: now, changedAt: now, expiresAt,
  };
  host.waitingBytes += operation.parameters.length;
  host.bodies.assign(operation);
  device.operations = [...device.operations, operation];
  const ticket = save(host, device, operation);
  armExpiry(host, device, operation);
  host.afterCommit(ticket, () => host.sendNext(device));
  return { operation, ticket };
}

/** What waits again after a restart. */
export function resumeOperation(host: Host, device: Device, row: OperationRow): void {
  // What was SENDING may or may not have arrived: again, if that is harmless.
  const isUnknown = row.status === 'SENDING' && ASKED_ONCE.has(row.kind);
  const operation: OperationRow = { ...row, status: 'QUEUED' };
  host.waitingBytes += operation.parameters.length;
  host.bodies.assign(operation);
  device.operations = [...device.operations, operation];
  if (isUnknown) endUnknown(host, device, operation);
  else armExpiry(host, device, operation);
}

/** The operation is about to leave. */
export function startOperation(host: Host, device: Device, operation: OperationRow): Ticket {
  return change(host, device, operation, { status: 'SENDING' });
}

/** It was about to leave, and the device has gone meanwhile: as if it had waited on. */
export function holdOperation(host: Host, device: Device, operation: OperationRow): void {
  if (operation.status !== 'SENDING') return;
  if (isOver(host, operation)) expire(host, device, operation);
  else change(host, device, operation, { status: 'QUEUED' });
}

/** It was not answered: again at the next chance, until ATTEMPTS_MAX. */
export function retryOperation(
  host: Host, device: Device, operation: OperationRow, outcome: Outcome,
): void {
  // A re-registration or a refused format is no attempt of the device's; but one that registers
  // anew in the middle of a file each time may do so because of it.
  const isBrokenOff = outcome.kind === 'cancelled' && host.bodies.hasBegun(operation.id);
  const attempts = operation.attempts + (outcome.kind === 'unanswered' || isBrokenOff ? 1 : 0);
  // Told to reboot, a device may register anew before it answers: never tell it again. All else
  // was rather sent while it booted, and is asked again.
  const mayBeDone = outcome.kind === 'unanswered' && ASKED_ONCE.has(operation.kind)
    || outcome.kind === 'cancelled' && operation.kind === 'execute';
  if (mayBeDone) {
    endUnknown(host, device, operation);
  } else if (outcome.kind === 'rejected') {
    const ending = { kind: 'rejected' } as const;
    endOperation(host, device, operation, 'FAILED', 'the device answered with a Reset', { ending });
  } else if (outcome.kind === 'incomplete') {
    const { reason } = outcome;
    const ending = { kind: 'unreadable', reason } as const;
    endOperation(host, device, operation, 'FAILED', reason, { ending });
  } else if (attempts >= ATTEMPTS_MAX) {
    const reason = `no answer in ${ATTEMPTS_MAX} attempts`;
    const ending = { kind: 'unanswered' } as const;
    endOperation(host, device, operation, 'FAILED', reason, { ending, attempts });
  } else if (isOver(host, operation)) expire(host, device, operation);
  else change(host, device, operation, { status: 'QUEUED', attempts });
}

function endUnknown(host: Host, device: Device, operation: OperationRow): void {
  const reason = 'outcome unknown: it may have been sent, and no answer came';
  endOperation(host, device, operation, 'FAILED', reason, { ending: { kind: 'unanswered' } });
}

/** What came with the end of an operation. */
interface End {
  readonly ending: Ending;
  readonly attempts?: number;
  readonly answer?: string;
  readonly entries?: readonly Entry[];
}

export function endOperation(
  host: Host, device: Device, operation: OperationRow,
  status: 'CONFIRMED' | 'FAILED', outcome: string, end: End,
): Ticket {
  const { ending, attempts = operation.attempts + 1, answer = '', entries = [] } = end;
  const to = { status, outcome, attempts, answer };
  const changedAt = host.clock.now();
  const ticket = change(host, device, operation, to);
  host.afterCommit(ticket, () => {
    const row = { ...operation, ...to, changedAt };
    host.tell({ kind: 'operation', endpoint: device.endpoint, row, entries, ending });
  });
  return ticket;
}

/** Ends one that has not left yet; undefined when it is under way or ended. */
export function cancelOperation(
  host: Host, device: Device, id: number, by: string,
): Ticket | undefined {
  const operation = device.operations.find((one) => one.id === id);
  if (operation?.status !== 'QUEUED') return undefined;
  const { attempts } = operation;
  const ending = { kind: 'cancelled' } as const;
  const reason = `cancelled by ${by}`;
  return endOperation(host, device, operation, 'FAILED', reason, { ending, attempts });
}

/** Of a device that is forgotten: its rows go with it. */
export function dropOperations(host: Host, device: Device): void {
  for (const operation of device.operations) letGo(host, operation);
  device.operations = [];
}

/** What has not left by then ends; what is under way may still be answered. */
function armExpiry(host: Host, device: Device, { id, expiresAt }: OperationRow): void {
  if (expiresAt === undefined) return;
  host.expiries.set(id, host.clock.schedule(expiresAt, { onDue: () => {
    const operation = device.operations.find((one) => one.id === id);
    if (operation?.status === 'QUEUED') expire(host, device, operation);
  } }));
}

function letGo(host: Host, { id, parameters }: OperationRow): void {
  host.waitingBytes -= parameters.length;
  const timer = host.expiries.get(id);
  if (timer === undefined) return;
  host.clock.cancel(timer);
  host.expiries.delete(id);
}

function isOver(host: Host, { expiresAt }: OperationRow): boolean {
  return expiresAt !== undefined && expiresAt <= host.clock.now();
}

function expire(host: Host, device: Device, operation: OperationRow): void {
  const { attempts } = operation;
  const reason = 'the device did not listen in time';
  const ending = { kind: 'unanswered' } as const;
  endOperation(host, device, operation, 'FAILED', reason, { ending, attempts });
}

function change(
  host: Host, device: Device, operation: OperationRow,
  to: { status: OperationStatus; attempts?: number; outcome?: string; answer?: string },
): Ticket {
  const changed: OperationRow = { ...operation, ...to, changedAt: host.clock.now() };
  const isOpen = to.status === 'QUEUED' || to.status === 'SENDING';
  device.operations = device.operations.flatMap((one) => {
    if (one.id !== operation.id) return [one];
    return isOpen ? [changed] : [];
  });
  if (isOpen) {
    if (changed.status === 'QUEUED') host.bodies.of(operation.id)?.rest();
    return save(host, device, changed);
  }
  letGo(host, operation);
  keepEnded(host, changed);
  const ticket = save(host, device, changed);
  host.afterCommit(ticket, () => host.bodies.onEnded(operation.id));
  return ticket;
}

function keepEnded(host: Host, operation: OperationRow): void {
  const isShort = operation.parameters.length <= KEPT_PARAMETERS_MAX;
  host.endedOperations.unshift(isShort ? operation : { ...operation, parameters: '' });
  if (host.endedOperations.length > ENDED_KEPT) host.endedOperations.pop();
}

function save(host: Host, device: Device, row: OperationRow): Ticket {
  const ticket = host.store.commit([{ table: 'device_operation', row }]);
  host.tell({ kind: 'device', endpoint: device.endpoint });
  return ticket;
}
