// SQL on the views of schema `report`, for admins: it shows all devices at once, and a question can
// cost the server memory and time, which only who answers for the server should spend.

import type { SqlTable } from '../../store/database.ts';
import { answered } from '../errors.ts';
import { sqlQuestion } from '../inputs.ts';
import { admin, router } from '../procedure.ts';

const MILLISECONDS_MAX = 10_000;
/** Of what the audit keeps of a question. */
const AUDIT_LENGTH_MAX = 500;

export const sqlRouter = router({
  /** A mutation only because a question is too long for an address. */
  query: admin.input(sqlQuestion).mutation(async ({ ctx, input }): Promise<SqlTable> => {
    await ctx.accounts.audit(ctx.identity.name, 'sql', input.sql.slice(0, AUDIT_LENGTH_MAX));
    const limits = { rowsMax: input.limit, milliseconds: MILLISECONDS_MAX };
    return answered(await ctx.db.sql(input.sql, limits));
  }),
});
