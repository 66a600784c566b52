// The lab: scenarios, runs and what differs between them. Viewers look, operators write scenarios
// and play them. The files of runs are handed out by run-files.ts.

import { z } from 'zod';
import type { Result } from '../../result.ts';
import type { Context } from '../context.ts';
import { refuse } from '../errors.ts';
import {
  runId, scenarioFile, scenarioPlace, scenarioText, seed, seeds, twoSides,
} from '../inputs.ts';
import type {
  CheckedText, Comparison, RunDetail, RunView, ScenarioText, ScenarioView,
} from '../lab.ts';
import { operator, router, viewer } from '../procedure.ts';

const oneRun = z.strictObject({ id: runId });
const newScenario = z.strictObject({
  file: scenarioFile, text: scenarioText, replaces: z.boolean(),
});
const newRuns = scenarioPlace.extend({ seed: seed.optional(), seeds });

export const labRouter = router({
  scenarios: viewer.query(({ ctx }): Promise<readonly ScenarioView[]> => ctx.lab.scenarios()),
  scenario: viewer.input(scenarioPlace).query(async ({ ctx, input }): Promise<ScenarioText> =>
    await ctx.lab.scenario(input) ?? refuse('NOT_FOUND', 'There is no such scenario.')),
  /** A mutation only because a text is too long for an address. */
  check: operator.input(z.strictObject({ text: scenarioText }))
    .mutation(({ ctx, input }): Promise<CheckedText> => ctx.lab.check(input.text)),
  save: operator.input(newScenario).mutation(async ({ ctx, input }): Promise<void> => {
    settled(await ctx.lab.save(input.file, input.text, input.replaces));
    await audit(ctx, 'scenario saved', input.file);
  }),
  remove: operator.input(z.strictObject({ file: scenarioFile }))
    .mutation(async ({ ctx, input }): Promise<void> => {
      if (!await ctx.lab.remove(input.file)) refuse('NOT_FOUND', 'There is no such scenario.');
      await audit(ctx, 'scenario removed', input.file);
    }),
  /** Newest first. */
  runs: viewer.query(({ ctx }): readonly RunView[] => ctx.lab.runs()),
  run: viewer.input(oneRun).query(async ({ ctx, input }): Promise<RunDetail> =>
    ({ run: find(ctx, input.id), findings: await ctx.lab.findings(input.id) })),
  start: operator.input(newRuns).mutation(async ({ ctx, input }): Promise<readonly RunView[]> => {
    const { shelf, file, seeds: count } = input;
    const wanted = { seed: input.seed, seeds: count, by: ctx.identity.name };
    const started = settled(await ctx.lab.start({ shelf, file }, wanted));
    await audit(ctx, 'run started', started.map(({ id }) => id).join(' '));
    return started;
  }),
  stop: operator.input(oneRun).mutation(async ({ ctx, input }): Promise<void> => {
    find(ctx, input.id);
    settled(ctx.lab.stop(input.id, ctx.identity.name));
    await audit(ctx, 'run stopped', input.id);
  }),
  forget: operator.input(oneRun).mutation(async ({ ctx, input }): Promise<void> => {
    find(ctx, input.id);
    settled(ctx.lab.forget(input.id));
    await audit(ctx, 'run deleted', input.id);
  }),
  compare: viewer.input(twoSides).query(async ({ ctx, input }): Promise<Comparison> =>
    settled(await ctx.lab.compare(input.a, input.b))),
});

function find({ lab }: Context, id: string): RunView {
  return lab.run(id) ?? refuse('NOT_FOUND', 'There is no such run.');
}

function settled<Value>(result: Result<Value>): Value {
  return result.ok ? result.value : refuse('CONFLICT', result.reason);
}

async function audit({ accounts, caller }: Context, action: string, detail: string): Promise<void> {
  await accounts.audit(caller.identity?.name ?? '', action, detail);
}
