// What people asked of devices, judged by the rows on disk: an operation reaches one final state
// and keeps it, the operations of one device end in the order they were asked for, and none ends
// well before the device was asked and has answered, nor without what it answered on disk.

import { decodeMessage } from '../../core/coap/codec.ts';
import { uriPath } from '../../core/coap/options.ts';
import { wishOf } from '../../core/lwm2m/operation.ts';
import { isWithin, parsePath } from '../../core/lwm2m/path.ts';
import type { Milliseconds, Ticket } from '../../core/ports.ts';
import type { Change, OperationRow, OperationStatus } from '../../core/store/changes.ts';
import type { SimulatedDevice } from '../device.ts';
import type { Passing } from '../passing.ts';
import type { World } from '../world.ts';
import { EXCHANGE_LIFETIME, isDamaging } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';
import { Recent } from './recent.ts';

/** Attempts after which an operation fails at the latest. */
const ATTEMPTS_MAX = 3;

interface Answer {
  readonly at: Milliseconds;
  readonly device: SimulatedDevice;
}

export class OperationOracle extends Findings implements Oracle {
  readonly #world: World;
  readonly #status = new Map<number, OperationStatus>();
  /** Open operations of each device that has any, the oldest first, by endpoint. */
  readonly #open = new Map<string, number[]>();
  /** Paths that such a device was asked for, by device and token. */
  readonly #asked = new Recent<string>(EXCHANGE_LIFETIME);
  /** The last answer for a path, as `endpoint path`. */
  readonly #answers = new Map<string, Answer>();

  constructor(world: World) {
    super('operations');
    this.#world = world;
  }

  /** What the crash left decides: a row may be on disk that nobody was told of. */
  server(_: Milliseconds, what: 'started' | 'killed'): void {
    if (what === 'killed') return;
    this.#status.clear();
    this.#open.clear();
    for (const row of this.#world.disk.operations.values()) {
      this.#status.set(row.id, row.status);
      if (!isFinal(row.status)) this.#add(this.#endpointOf(row.device), row.id);
    }
  }

  /** What is over is let go of, whoever has fallen silent. */
  judge(at: Milliseconds): void {
    this.#asked.sweep(at);
  }

  serverSent(passing: Passing): void {
    const { at, device, datagram } = passing;
    if (!passing.isRequest) return;
    if (!this.#open.has(device.options.endpoint)) return;
    const message = decodeMessage(datagram);
    if (!message.ok) return;
    const path = `/${uriPath(message.value).join('/')}`;
    this.#asked.set(device.id, passing.token, at, path);
  }

  serverHeard(passing: Passing): void {
    const { at, device } = passing;
    const { id, options } = device;
    if (passing.isRequest) return;
    if (!this.#asked.has(id, at)) return;
    const path = this.#asked.get(id, passing.token, at);
    if (path !== undefined) this.#answers.set(`${options.endpoint} ${path}`, { at, device });
  }

  committed(at: Milliseconds, _: Ticket, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table === 'device_operation') this.#onRow(at, change.row, changes);
    }
  }

  #onRow(at: Milliseconds, row: OperationRow, changes: readonly Change[]): void {
    const { id, device, status, attempts } = row;
    const before = this.#status.get(id);
    this.#status.set(id, status);
    const endpoint = this.#endpointOf(device);
    if (before === undefined) this.#add(endpoint, id);
    if (before !== undefined && isFinal(before)) {
      this.report(at, `operation ${id} was ${before} and became ${status}`);
      return;
    }
    if (attempts > ATTEMPTS_MAX) this.report(at, `operation ${id} was attempted ${attempts} times`);
    if (status === 'QUEUED') return;
    const open = this.#open.get(endpoint) ?? [];
    const [oldest] = open;
    if (oldest !== id) {
      this.report(at, `operation ${id} became ${status} before operation ${oldest}, asked earlier`);
    }
    if (!isFinal(status)) return;
    const others = open.filter((other) => other !== id);
    if (others.length > 0) this.#open.set(endpoint, others);
    else this.#open.delete(endpoint);
    if (status === 'CONFIRMED') this.#onConfirmed(at, endpoint, row, changes);
  }

  #onConfirmed(
    at: Milliseconds, endpoint: string, row: OperationRow, changes: readonly Change[],
  ): void {
    const { id, kind, path, createdAt } = row;
    const answer = this.#answers.get(`${endpoint} ${path}`);
    if (answer === undefined || answer.at < createdAt) {
      this.report(at, `operation ${id} is confirmed, though ${endpoint} did not answer `
        + `for ${path}`);
    } else if (kind === 'read' && isIntoFile(row)) {
      if (this.#world.disk.bodies.has(`read-${row.device}-${id}`)) return;
      this.report(at, `operation ${id} is confirmed, and no file of ${path} is on the disk`);
    } else if (kind === 'read' && !isDamaging(answer.device)
      && !changes.some((change) => isOf(change, row))) {
      this.report(at, `operation ${id} is confirmed, and no value of ${path} is stored`);
    }
  }

  #add(endpoint: string, id: number): void {
    const open = this.#open.get(endpoint);
    if (open === undefined) this.#open.set(endpoint, [id]);
    else open.push(id);
  }

  #endpointOf(device: number): string {
    return this.#world.disk.devices.get(device)?.endpoint ?? '';
  }
}

/** A value of the answer that ended the operation: both are one part of a commit. */
function isOf(change: Change, { device, path, changedAt }: OperationRow): boolean {
  if (change.table !== 'resource') return false;
  const { row } = change;
  if (row.device !== device || row.receiveTime !== changedAt) return false;
  const asked = parsePath(path);
  return asked.ok && isWithin(row, asked.value);
}

function isIntoFile(row: OperationRow): boolean {
  const wish = wishOf(row);
  return wish.kind === 'read' && wish.into === 'file';
}

function isFinal(status: OperationStatus): boolean {
  return status === 'CONFIRMED' || status === 'FAILED';
}
