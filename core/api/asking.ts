// What routers have in common that ask something of a device.

import type { Wish, WishKind } from '../lwm2m/operation.ts';
import type { Seconds, Ticket } from '../ports.ts';
import type { OperationRow } from '../store/changes.ts';
import type { Context, Identity } from './context.ts';
import { refuse } from './errors.ts';
import type { DeviceDetail, Management } from './management.ts';

const LOOKS: ReadonlySet<WishKind> = new Set(['read', 'discover', 'read-composite']);

export function findDevice({ management }: Context, endpoint: string): DeviceDetail {
  return management.device(endpoint) ?? refuse('NOT_FOUND', 'There is no such device.');
}

/** Asks the device now or when it next listens; what came of it is not on disk yet. */
export function askDevice(
  { management, identity }: Context & { readonly identity: Identity }, endpoint: string,
  wish: Wish, waitAtMost: Seconds | undefined,
): { readonly operation: OperationRow; readonly ticket: Ticket } {
  const expiresAt = waitAtMost && management.now() + waitAtMost * 1_000;
  const made = management.request(endpoint, wish, identity.name, expiresAt);
  return made.ok ? made.value : refuse('CONFLICT', made.reason);
}

/** Until the operation is on disk and, where it changes a device, in the audit. */
export async function asked(
  ctx: Context, endpoint: string, { operation, ticket }: ReturnType<typeof askDevice>,
): Promise<void> {
  await durable(ctx.management, ticket);
  const { kind, path } = operation;
  if (!LOOKS.has(kind)) await audit(ctx, kind, `${endpoint} ${path}`);
}

export function durable(management: Management, ticket: Ticket): Promise<void> {
  return new Promise((resolve) => management.afterCommit(ticket, resolve));
}

export async function audit(
  { accounts, caller }: Context, action: string, detail: string,
): Promise<void> {
  await accounts.audit(caller.identity?.name ?? '', action, detail);
}
