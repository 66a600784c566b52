// Operations with their ends: who asks may wait for it. What is asked is said in device.request.

import { z } from 'zod';
import type { Wish } from '../../lwm2m/operation.ts';
import type { OperationRow } from '../../store/changes.ts';
import { operations } from '../../store/history.ts';
import { askDevice, asked, findDevice } from '../asking.ts';
import type { Seconds } from '../../ports.ts';
import type { Context, Identity } from '../context.ts';
import { refuse } from '../errors.ts';
import {
  before, endpoint, fileWrite, pageLimit, wait, waitingSeconds, wish,
} from '../inputs.ts';
import type { DeviceDetail } from '../management.ts';
import { operationView } from '../present.ts';
import { operator, router, viewer } from '../procedure.ts';
import type { OperationResult, OperationView, Page } from '../views.ts';

const one = z.strictObject({ endpoint, operation: z.number().int().min(1), wait });
const list = z.strictObject({ endpoint, before, limit: pageLimit });
const request = z.strictObject({ endpoint, wish, waitAtMost: waitingSeconds.optional(), wait });

export const operationsRouter = router({
  /** Newest first, ended ones too. */
  list: viewer.input(list).query(async ({ ctx, input }): Promise<Page<OperationView>> => {
    const detail = findDevice(ctx, input.endpoint);
    const query = { device: detail.row.id, before: input.before, limit: input.limit };
    const rows = await operations(ctx.db, query);
    return {
      items: rows.map((row) => operationView(reported(detail, row.id) ?? row)),
      next: rows.length < input.limit ? null : rows.at(-1)?.id ?? null,
    };
  }),
  get: viewer.input(one).query(async ({ ctx, input }): Promise<OperationResult> => {
    const { operation: id, wait: seconds } = input;
    const found = await find(ctx, input.endpoint, id);
    const ending = isOpen(found) ? await ctx.endings.wait(id, seconds * 1_000) : undefined;
    if (ending !== undefined) return resultOf(ending.row, ending.values);
    // It may have gone on while nobody was told.
    return resultOf(await find(ctx, input.endpoint, id), ctx.endings.valuesOf(id));
  }),
  /** Asks, and waits for the end for so many seconds. */
  ask: operator.input(request).mutation(({ ctx, input }): Promise<OperationResult> => {
    const { endpoint: name, wish: wished, waitAtMost, wait: seconds } = input;
    return askAndWait(ctx, name, wished as Wish, waitAtMost, seconds);
  }),
  /** The same for a write whose value is a file. */
  writeFile: operator.input(fileWrite).mutation(({ ctx, input }): Promise<OperationResult> => {
    const { endpoint: name, path, file, isForced, waitAtMost, wait: seconds } = input;
    const wished: Wish = {
      kind: 'write', path, file: file.name, length: file.length, ...(isForced && { isForced }),
    };
    return askAndWait(ctx, name, wished, waitAtMost, seconds);
  }),
});

async function askAndWait(
  ctx: Context & { readonly identity: Identity }, name: string, wished: Wish,
  waitAtMost: Seconds | undefined, seconds: Seconds,
): Promise<OperationResult> {
  findDevice(ctx, name);
  const made = askDevice(ctx, name, wished, waitAtMost);
  const { operation } = made;
  // Listening begins before anything can have ended.
  const end = ctx.endings.wait(operation.id, seconds * 1_000);
  await asked(ctx, name, made);
  const ending = await end;
  if (ending !== undefined) return resultOf(ending.row, ending.values);
  return resultOf(reported(ctx.management.device(name), operation.id) ?? operation, undefined);
}

/** As the server knows it now, which the database learns later. */
function reported(detail: DeviceDetail | undefined, id: number): OperationRow | undefined {
  return detail?.operations.find((row) => row.id === id);
}

async function find(ctx: Context, name: string, id: number): Promise<OperationRow> {
  const detail = findDevice(ctx, name);
  const known = reported(detail, id);
  if (known !== undefined) return known;
  const [stored] = await operations(ctx.db, { device: detail.row.id, before: id + 1, limit: 1 });
  return stored?.id === id ? stored : refuse('NOT_FOUND', 'There is no such operation.');
}

function isOpen({ status }: OperationRow): boolean {
  return status === 'QUEUED' || status === 'SENDING';
}

function resultOf(row: OperationRow, values: OperationResult['values'] = null): OperationResult {
  return { operation: operationView(row), values };
}
