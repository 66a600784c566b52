// Credentials of devices. Keys come in and never go out again, but for who sits at the machine and
// may open the control socket.

import { z } from 'zod';
import { toHex } from '../../bytes.ts';
import type { Ticket } from '../../ports.ts';
import type { Result } from '../../result.ts';
import { audit, durable } from '../asking.ts';
import type { Context } from '../context.ts';
import { identity, newCredential, newKey } from '../credential-input.ts';
import { credentialList, importCredentials, type BadLine } from '../credential-list.ts';
import { refuse } from '../errors.ts';
import { inOrder, type CredentialFacts } from '../credential-book.ts';
import { pageOf, type CredentialPage } from '../credential-page.ts';
import { admin, operator, router } from '../procedure.ts';
import { validityAt, type DatedFile, type Validity } from '../validity.ts';

export interface FileView extends DatedFile {
  readonly validity: Validity;
}

const existing = z.strictObject({ identity });

export const credentialsRouter = router({
  list: operator.query(({ ctx }): readonly CredentialFacts[] =>
    inOrder(ctx.management.credentials.list())),
  /** Those that a search finds, as many as a page shows. */
  page: operator.input(z.strictObject({
    search: z.string().max(200), isEnding: z.boolean().default(false),
  })).query(({ ctx: { management }, input }): CredentialPage =>
    pageOf(management.credentials, input, management.now(),
      (endpoint) => management.knows(endpoint))),
  /** What the server and its authorities are known by, each with its end. */
  files: operator.query(({ ctx }): readonly FileView[] => ctx.dtlsFiles().map((one) => ({
    ...one, validity: validityAt(ctx.management.now(), one.until, one.from),
  }))),
  add: admin.input(newCredential).mutation(async ({ ctx, input }): Promise<void> => {
    await settled(ctx, ctx.management.credentials.add(input));
    const what = input.kind === 'x509' ? 'certificates' : input.identity;
    await audit(ctx, 'credential added', `${what} for ${input.endpoint}`);
  }),
  /** What could be taken is; the lines that could not are told. */
  import: admin.input(z.strictObject({ list: credentialList }))
    .mutation(async ({ ctx, input }): Promise<{ added: number; bad: readonly BadLine[] }> => {
      const imported = importCredentials(ctx.management.credentials, input.list);
      if (!imported.ok) return refuse('BAD_REQUEST', imported.reason);
      const { added, bad, ticket } = imported.value;
      if (ticket !== undefined) await durable(ctx.management, ticket);
      await audit(ctx, 'credentials imported', `${added} added, ${bad.length} refused`);
      return { added, bad };
    }),
  rotate: admin.input(newKey).mutation(async ({ ctx, input }): Promise<void> => {
    await settled(ctx, ctx.management.credentials.rotate(input.identity, input));
    await audit(ctx, 'credential rotated', input.identity);
  }),
  revoke: admin.input(existing).mutation(async ({ ctx, input }): Promise<void> => {
    await settled(ctx, ctx.management.credentials.revoke(input.identity));
    await audit(ctx, 'credential revoked', input.identity);
  }),
  /** In hexadecimal digits, over the control socket alone. */
  key: admin.input(existing).mutation(async ({ ctx, input }): Promise<string> => {
    if (!ctx.caller.isLocal) return refuse('FORBIDDEN', 'Keys are shown on the machine alone.');
    const { credentials } = ctx.management;
    const secret = credentials.keyOf(input.identity);
    if (secret === undefined) {
      if (credentials.list().some(({ identity: known }) => known === input.identity)) {
        return refuse('CONFLICT', `the secret of "${input.identity}" cannot be read: rotate it`);
      }
      return refuse('NOT_FOUND', 'There is no such credential.');
    }
    await audit(ctx, 'credential shown', input.identity);
    return toHex(secret);
  }),
});

async function settled({ management }: Context, made: Result<Ticket>): Promise<void> {
  if (!made.ok) refuse('CONFLICT', made.reason);
  else await durable(management, made.value);
}
