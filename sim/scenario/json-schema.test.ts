// The schema that editors use is the one that checks. `npx vitest run sim/scenario -u` writes it
// anew when the format changed.

import { it, expect } from 'vitest';
import { z } from 'zod';
import { scenarioSchema } from './schema.ts';

it('scenarios/scenario.schema.json says what the checks say', async () => {
  const schema = z.toJSONSchema(scenarioSchema(), { io: 'input', target: 'draft-7' });
  const text = `${JSON.stringify({ title: 'Flownexus scenario', ...schema }, null, 1)}\n`;
  await expect(text).toMatchFileSnapshot('../../scenarios/scenario.schema.json');
});
