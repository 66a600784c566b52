// The lab of a running server over its data folder: DATA/scenarios for what people write, DATA/runs
// for what they play. Implements what core/api asks of it.

import { extname, join } from 'node:path';
import type {
  CheckedText, Comparison, FoundFile, Lab, NewRuns, RunFile, RunFindings, RunView, ScenarioPlace,
  ScenarioText, ScenarioView,
} from '../../core/api/lab.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import {
  compare, changeOf, differs, fewRunsNote, sideInWords, valueOf, warningsOf,
} from '../report/comparison.ts';
import { comparisonHtml } from '../report/comparison-html.ts';
import { RESULT_FILE } from '../report/files.ts';
import { readResult, type ReadRun } from '../report/result.ts';
import { clockTime, slug, valueWithUnit } from '../report/words.ts';
import { PACKAGE_ROOT } from '../version.ts';
import { ScenarioChecker } from './checker.ts';
import { SCENARIO_FILE } from './run-child.ts';
import { Runs } from './runs.ts';
import { Shelves } from './shelves.ts';

const COMMIT_DIGITS = 12;

export interface LabOptions {
  /** The data folder. */
  readonly data: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly atOnce: number;
}

export class ServerLab implements Lab {
  readonly #checker = new ScenarioChecker();
  readonly #shelves: Shelves;
  readonly #runs: Runs;

  constructor({ data, clock, log, atOnce }: LabOptions) {
    const folders = { shipped: join(PACKAGE_ROOT, 'scenarios'), own: join(data, 'scenarios') };
    this.#shelves = new Shelves(folders, this.#checker);
    const { shipped } = folders;
    this.#runs = new Runs({ folder: join(data, 'runs'), shipped, clock, log, atOnce });
  }

  scenarios(): Promise<readonly ScenarioView[]> {
    return this.#shelves.list();
  }

  async scenario(place: ScenarioPlace): Promise<ScenarioText | undefined> {
    const found = await this.#shelves.read(place);
    if (found === undefined) return undefined;
    const { shelf, file, text, facts, mistakes } = found;
    return { shelf, file, text, facts, mistakes };
  }

  check(text: string): Promise<CheckedText> {
    return this.#shelves.check(text);
  }

  save(file: string, text: string, replaces: boolean): Promise<Result<void>> {
    return this.#shelves.save(file, text, replaces);
  }

  remove(file: string): Promise<boolean> {
    return this.#shelves.remove(file);
  }

  runs(): readonly RunView[] {
    return this.#runs.list();
  }

  run(id: string): RunView | undefined {
    return this.#runs.get(id);
  }

  async findings(id: string): Promise<RunFindings | null> {
    const result = await this.#result(id);
    return result === undefined ? null : findingsOf(result);
  }

  async start(place: ScenarioPlace, wanted: NewRuns): Promise<Result<readonly RunView[]>> {
    const found = await this.#shelves.read(place);
    if (found === undefined) return fail('There is no such scenario.');
    if (found.facts === null) return fail(`${place.file} has mistakes; correct them first.`);
    if (found.facts.isOutside) {
      return fail(`${place.file} reaches programs outside; play it with flownexus run.`);
    }
    return this.#runs.start(found, this.#shelves.folders[place.shelf], wanted);
  }

  stop(id: string, by: string): Result<void> {
    return this.#runs.stop(id, `stopped by ${by}`);
  }

  forget(id: string): Result<void> {
    return this.#runs.forget(id);
  }

  file(id: string, file: RunFile): FoundFile | undefined {
    const run = this.#runs.get(id);
    if (run === undefined || file !== SCENARIO_FILE && !hasResult(run)) return undefined;
    const name = `${slug(run.scenario)}-seed-${run.seed}${extname(file)}`;
    return { path: join(this.#runs.folderOf(id), file), name };
  }

  async compare(a: string, b: string): Promise<Result<Comparison>> {
    const sides = await this.#sides(a, b);
    if (!sides.ok) return sides;
    const [left, right] = sides.value;
    const knowsNoise = left.length > 1 && right.length > 1;
    // Of a single run the page says it by itself.
    const few = knowsNoise ? fewRunsNote(left, right) : undefined;
    return ok({
      a: sideInWords(left), b: sideInWords(right), knowsNoise,
      warnings: [...warningsOf(left, right), ...few === undefined ? [] : [few]],
      figures: compare(left, right).map((one) => ({
        name: one.name, a: valueOf(one.a, one.unit), b: valueOf(one.b, one.unit),
        change: changeOf(one), differs: differs(one),
      })),
    });
  }

  async comparisonPage(a: string, b: string): Promise<Result<string>> {
    const sides = await this.#sides(a, b);
    if (!sides.ok) return sides;
    const [left, right] = sides.value;
    return ok(comparisonHtml(left, right, compare(left, right)));
  }

  async close(): Promise<void> {
    await this.#runs.close();
    await this.#checker.close();
  }

  async #sides(a: string, b: string): Promise<Result<[ReadRun[], ReadRun[]]>> {
    const [left, right] = [await this.#side(a), await this.#side(b)];
    const missing = left.length === 0 ? a : b;
    if (left.length > 0 && right.length > 0) return ok([left, right]);
    return fail(`${missing} has no result: no run of it has ended by itself, or it was deleted.`);
  }

  async #side(idOrGroup: string): Promise<ReadRun[]> {
    const runs = this.#runs.list()
      .filter(({ id, group }) => id === idOrGroup || group === idOrGroup);
    const results: ReadRun[] = [];
    for (const { id } of runs) {
      const result = await this.#result(id);
      if (result !== undefined) results.push(result);
    }
    return results;
  }

  async #result(id: string): Promise<ReadRun | undefined> {
    const run = this.#runs.get(id);
    if (run === undefined || !hasResult(run)) return undefined;
    const result = await readResult(join(this.#runs.folderOf(id), RESULT_FILE));
    return result.ok ? result.value : undefined;
  }
}

function hasResult({ state }: RunView): boolean {
  return state === 'held' || state === 'failed';
}

/** A plus sign says that files had changed since. */
function shortened(commit: string): string {
  return `${commit.slice(0, COMMIT_DIGITS)}${commit.endsWith('+') ? '+' : ''}`;
}

function findingsOf({ expectations, violations, traceHash, provenance }: ReadRun): RunFindings {
  const { version, commit } = provenance;
  return {
    expectations: expectations.map(({ text, measured, comparison, bound, unit, held }) => ({
      text, held: held === true, bound: `${comparison} ${valueWithUnit(bound, unit)}`,
      measured: measured === undefined ? 'not measured' : valueWithUnit(measured, unit),
    })),
    violations: violations.map(({ at, oracle, what }) => ({ at: clockTime(at), oracle, what })),
    traceHash: traceHash ?? '',
    version: commit === undefined ? version : `${version}, commit ${shortened(commit)}`,
  };
}
