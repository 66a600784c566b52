// result.json is read as it was written, and what is no whole result is said in one sentence.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { comparisonHtml } from './comparison-html.ts';
import { compare } from './comparison.ts';
import { RESULT_FILE, writeReport } from './files.ts';
import { readResult } from './result.ts';
import { held } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-result-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeReport(folder, held);
const text = readFileSync(join(folder, RESULT_FILE), 'utf8');

async function read(content: string) {
  const file = join(folder, 'read.json');
  writeFileSync(file, content);
  return readResult(file);
}

describe('a result', () => {
  it('is read as it was written, numbers that are missing too', async () => {
    const result = await read(text);
    expect(held).toMatchObject(result.ok ? result.value : {});
    expect(result.ok && result.value.metrics.samples[0]!.joules).toEqual([undefined]);
  });

  it('of devices without a radio is compared without a chart of their energy', async () => {
    const result = await read(text);
    const runs = result.ok ? [result.value] : [];
    expect(comparisonHtml(runs, runs, compare(runs, runs))).not.toContain('Energy');
  });

  const [half, other] = [text.slice(0, 500), { ...held, format: 2 }];
  const { metrics: { samples, totals } } = held;
  it.for([
    [half, 'is no whole result of flownexus run: it cannot be read as JSON'],
    ['[]', 'is no result of flownexus run, or of an older version'],
    ['null', 'is no result of flownexus run, or of an older version'],
    [JSON.stringify({ format: 1 }), 'is no whole result of flownexus run: scenario is missing or '
      + 'wrong'],
    [JSON.stringify({ ...held, metrics: { samples } }),
      'is no whole result of flownexus run: metrics.totals is missing or wrong'],
    [JSON.stringify({ ...held, metrics: { samples: [], totals } }),
      'is no whole result of flownexus run: metrics.samples is missing or wrong'],
    [JSON.stringify(other),
      'is of another version of flownexus: it has format 2, and this one reads 1'],
  ])('%.30s is none', async ([content, reason]) => {
    expect(await read(content!)).toEqual({ ok: false, reason });
  });
});
