// The life of an operation a person asked for: QUEUED until the device listens, SENDING, then
// CONFIRMED or FAILED. Each change is a row, committed before it is acted upon or shown.

import type { Outcome } from '../core/coap/exchange.ts';
import type { Ticket } from '../core/ports.ts';
import type { OperationRow, OperationStatus } from '../core/store/changes.ts';
import type { Device } from './device.ts';
import type { Host } from './host.ts';

/** Attempts that went unanswered before an operation fails. */
export const ATTEMPTS_MAX = 3;

/** Ended operations kept for the live news, which does not wait for the database to tell them. */
const ENDED_KEPT = 200;

/** Queues a read; it is sent in its turn. */
export function queueRead(
  host: Host, device: Device, path: string, requestedBy: string,
): { readonly operation: OperationRow; readonly ticket: Ticket } {
  const now = host.clock.now();
  const operation: OperationRow = {
    id: host.nextOperation++, device: device.id, kind: 'read', path, status: 'QUEUED',
    attempts: 0, outcome: '', requestedBy, createdAt: now, changedAt: now,
  };
  device.operations = [...device.operations, operation];
  const ticket = save(host, device, operation);
  host.afterCommit(ticket, () => host.sendNext(device));
  return { operation, ticket };
}

/** The operation is about to leave. */
export function startOperation(host: Host, device: Device, operation: OperationRow): Ticket {
  return change(host, device, operation, { status: 'SENDING' });
}

/** It was not answered: again at the next chance, until ATTEMPTS_MAX. */
export function retryOperation(
  host: Host, device: Device, operation: OperationRow, outcome: Outcome,
): void {
  // A re-registration or a refused format is no attempt of the device's.
  const attempts = operation.attempts + (outcome.kind === 'unanswered' ? 1 : 0);
  if (outcome.kind === 'rejected') {
    endOperation(host, device, operation, 'FAILED', 'the device answered with a Reset');
  } else if (outcome.kind === 'incomplete') {
    endOperation(host, device, operation, 'FAILED', outcome.reason);
  } else if (attempts >= ATTEMPTS_MAX) {
    const reason = `no answer in ${ATTEMPTS_MAX} attempts`;
    endOperation(host, device, operation, 'FAILED', reason, attempts);
  } else change(host, device, operation, { status: 'QUEUED', attempts });
}

export function endOperation(
  host: Host, device: Device, operation: OperationRow,
  status: 'CONFIRMED' | 'FAILED', outcome: string, attempts = operation.attempts + 1,
): void {
  change(host, device, operation, { status, outcome, attempts });
}

function change(
  host: Host, device: Device, operation: OperationRow,
  to: { status: OperationStatus; attempts?: number; outcome?: string },
): Ticket {
  const changed: OperationRow = { ...operation, ...to, changedAt: host.clock.now() };
  const isOpen = to.status === 'QUEUED' || to.status === 'SENDING';
  device.operations = device.operations.flatMap((one) => {
    if (one.id !== operation.id) return [one];
    return isOpen ? [changed] : [];
  });
  if (!isOpen) keepEnded(host, changed);
  return save(host, device, changed);
}

function keepEnded(host: Host, operation: OperationRow): void {
  host.endedOperations.unshift(operation);
  if (host.endedOperations.length > ENDED_KEPT) host.endedOperations.pop();
}

function save(host: Host, device: Device, row: OperationRow): Ticket {
  const ticket = host.store.commit([{ table: 'device_operation', row }]);
  host.tell({ kind: 'device', endpoint: device.endpoint });
  return ticket;
}
