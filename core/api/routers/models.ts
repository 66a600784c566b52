// Object models: everybody looks, admins add and remove. What is added holds at once for what is
// decoded from then on, after it is on the disk.

import { z } from 'zod';
import type { Result } from '../../result.ts';
import { refuse } from '../errors.ts';
import { modelContent, modelFile, modelName } from '../inputs.ts';
import type { AddedModel, ModelDetail, ModelList } from '../models.ts';
import { admin, router, viewer } from '../procedure.ts';

const newModel = z.strictObject({ file: modelFile, content: modelContent });

export const modelsRouter = router({
  list: viewer.query(({ ctx }): ModelList => ctx.models.list()),
  detail: viewer.input(modelName).query(({ ctx, input }): ModelDetail =>
    ctx.models.detail(input) ?? refuse('NOT_FOUND', 'There is no such model.')),
  /** The only procedure whose request may be large (trpc.ts). */
  add: admin.input(newModel).mutation(async ({ ctx, input }): Promise<AddedModel> => {
    const bytes = Buffer.from(input.content, 'base64');
    const added = settled(await ctx.models.add(input.file, bytes));
    const { object, version } = added;
    await ctx.accounts.audit(ctx.identity.name, 'model added', `/${object} ${version}`);
    return added;
  }),
  remove: admin.input(modelName).mutation(async ({ ctx, input }): Promise<void> => {
    const removed = settled(await ctx.models.remove(input));
    if (!removed) refuse('NOT_FOUND', 'No such model was uploaded.');
    const { object, version } = input;
    await ctx.accounts.audit(ctx.identity.name, 'model removed', `/${object} ${version}`);
  }),
});

function settled<Value>(result: Result<Value>): Value {
  return result.ok ? result.value : refuse('CONFLICT', result.reason);
}
