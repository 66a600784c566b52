// `flownexus compare`: what differs between two runs, or between two folders of runs with several
// seeds, by more than the seeds do among themselves.

import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { compare, comparisonText, fewRunsNote, warningsOf } from './report/comparison.ts';
import { comparisonHtml } from './report/comparison-html.ts';
import { RESULT_FILE } from './report/files.ts';
import { readResult, type ReadRun } from './report/result.ts';
import { claimFile } from './out.ts';
import { UsageError } from './usage-error.ts';

export function addCompareCommand(program: Command): void {
  program.command('compare')
    .description('say what differs between two runs, or two folders of runs with several seeds')
    .argument('<a>', 'a folder that `run --out` wrote, or one above several')
    .argument('<b>', 'another')
    .option('--out <file>', 'write a page with charts, like comparison.html')
    .exitOverride()
    .action(async (first: string, second: string, { out }: { out?: string }) => {
      if (out !== undefined) claimFile(out, '--out');
      const [a, b] = [await readRuns(first), await readRuns(second)];
      const compared = compare(a, b);
      console.log(`A  ${describe(first, a)}\nB  ${describe(second, b)}\n`);
      const warnings = warningsOf(a, b);
      if (warnings.length > 0) console.log(`${warnings.join('\n')}\n`);
      console.log(comparisonText(compared));
      const few = fewRunsNote(a, b);
      if (few !== undefined) console.log(`\n${few}`);
      if (out === undefined) return;
      writeFileSync(out, comparisonHtml(a, b, compared));
      console.log(`\nreport ${out}`);
    });
}

function describe(folder: string, runs: readonly ReadRun[]): string {
  const count = runs.length === 1 ? '1 run' : `${runs.length} runs`;
  return `${folder}: ${runs[0]?.scenario ?? ''}, ${count}`;
}

async function readRuns(path: string): Promise<ReadRun[]> {
  const files = resultFiles(path);
  if (files.length === 0) {
    throw new UsageError(`${path}: no ${RESULT_FILE} is there; name a folder of run --out`);
  }
  const runs = await Promise.all(files.map(readRun));
  const names = new Set(runs.map(({ scenario }) => scenario));
  if (names.size > 1) {
    const several = [...names].join(' and ');
    throw new UsageError(`${path} holds runs of ${several}; name the folder of one`);
  }
  refuseEdited(path, runs);
  return runs;
}

/** Seeds that were played before and after the file was edited tell of no noise. */
function refuseEdited(path: string, runs: readonly ReadRun[]): void {
  // Older versions said nothing of it.
  const known = runs.filter(({ provenance }) => provenance.scenarioHash !== undefined);
  const [first] = known;
  const other = known.find(({ provenance }) => (
    provenance.scenarioHash !== first?.provenance.scenarioHash));
  if (first === undefined || other === undefined) return;
  throw new UsageError(`${path}: ${first.scenario} was edited between the runs of seed `
    + `${first.seed} and seed ${other.seed}; play all seeds again, or to another folder`);
}

function resultFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((file) => basename(file) === RESULT_FILE).sort().map((file) => join(path, file));
  } catch {
    throw new UsageError(`${path}: there is no such folder`);
  }
}

async function readRun(file: string): Promise<ReadRun> {
  const run = await readResult(file);
  if (!run.ok) throw new UsageError(`${file} ${run.reason}`);
  return run.value;
}
