// The scenarios of the lab: those of the package, which nobody changes, and those people write into
// the data folder, by the dashboard or by hand. Only plain files with safe names count.

import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SCENARIO_BYTES_MAX, scenarioFile } from '../../core/api/inputs.ts';
import type {
  CheckedText, ScenarioPlace, ScenarioText, ScenarioView, Shelf,
} from '../../core/api/lab.ts';
import { assert, fail, ok, type Result } from '../../core/result.ts';
import type { FromChecker, ScenarioChecker } from './checker.ts';

export const OWN_SCENARIOS_MAX = 200;
const KNOWN_MAX = 1_000;

export interface FoundScenario extends ScenarioText {
  readonly beside: readonly string[];
}

type Folders = Readonly<Record<Shelf, string>>;

export class Shelves {
  readonly folders: Folders;
  readonly #checker: ScenarioChecker;
  /** What is known of files, by path, as long as they stay as they are. */
  readonly #known = new Map<string, { readonly version: string; readonly found: FromChecker }>();
  #drafts = 0;

  constructor(folders: Folders, checker: ScenarioChecker) {
    this.folders = folders;
    this.#checker = checker;
  }

  /** People's own first, each shelf by the names of its scenarios. */
  async list(): Promise<ScenarioView[]> {
    return [...await this.#views('own'), ...await this.#views('shipped')];
  }

  async #views(shelf: Shelf): Promise<ScenarioView[]> {
    const views: ScenarioView[] = [];
    for (const file of (await this.#files(shelf)).slice(0, OWN_SCENARIOS_MAX)) {
      const found = await this.read({ shelf, file });
      if (found === undefined) continue;
      views.push({ shelf, file, facts: found.facts, mistakes: found.mistakes.length });
    }
    return views.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  async read(place: ScenarioPlace): Promise<FoundScenario | undefined> {
    const { shelf, file } = place;
    const path = this.#pathOf(place);
    const stat = await lstat(path).catch(() => undefined);
    if (stat?.isFile() !== true) return undefined;
    if (stat.size > SCENARIO_BYTES_MAX) return { shelf, file, text: '', ...TOO_LARGE, beside: [] };
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const version = `${stat.mtimeMs} ${stat.size}`;
    const known = this.#known.get(path);
    const { checked, beside } = known?.version === version
      ? known.found : await this.#checker.check({ text, folder: this.folders[shelf] });
    // What lies beside a scenario may change without it.
    if (beside.length === 0 && this.#known.size < KNOWN_MAX) {
      this.#known.set(path, { version, found: { checked, beside } });
    }
    return { shelf, file, text, ...checked, beside };
  }

  async check(text: string): Promise<CheckedText> {
    return (await this.#checker.check({ text, folder: this.folders.own })).checked;
  }

  async save(file: string, text: string, replaces: boolean): Promise<Result<void>> {
    const path = this.#pathOf({ shelf: 'own', file });
    if ((await this.#files('shipped')).includes(file)) {
      return fail(`${file} is a scenario that came with the program; choose another name.`);
    }
    const own = await this.#files('own');
    if (own.length >= OWN_SCENARIOS_MAX && !own.includes(file)) {
      return fail(`There are ${OWN_SCENARIOS_MAX} scenarios already; delete one of them first.`);
    }
    try {
      await mkdir(this.folders.own, { recursive: true, mode: 0o700 });
      if (replaces) await this.#replace(path, text);
      else await writeFile(path, text, { flag: 'wx' });
    } catch (error) {
      const { code, syscall, message } = error as NodeJS.ErrnoException;
      const isThere = code === 'EEXIST' && syscall === 'open';
      return fail(isThere ? `There is a scenario ${file} already; choose another name.`
        : `The scenario cannot be written: ${message}.`);
    }
    this.#known.delete(path);
    return ok(undefined);
  }

  /** What is there stays whole until the new text is. */
  async #replace(path: string, text: string): Promise<void> {
    const draft = join(this.folders.own, `.draft-${this.#drafts++}`);
    try {
      await writeFile(draft, text);
      await rename(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
  }

  async remove(file: string): Promise<boolean> {
    const path = this.#pathOf({ shelf: 'own', file });
    this.#known.delete(path);
    return rm(path).then(() => true, () => false);
  }

  /** By name; none when there is no folder yet. */
  async #files(shelf: Shelf): Promise<string[]> {
    const entries = await readdir(this.folders[shelf], { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isFile() && scenarioFile.safeParse(entry.name).success)
      .map(({ name }) => name).sort();
  }

  #pathOf({ shelf, file }: ScenarioPlace): string {
    assert(scenarioFile.safeParse(file).success, 'names of scenarios were checked at the door');
    return join(this.folders[shelf], file);
  }
}

function nameOf({ facts, file }: ScenarioView): string {
  return (facts?.name ?? file).toLowerCase();
}

const TOO_LARGE: CheckedText = { facts: null, mistakes: [{
  line: 1, column: 1,
  what: `larger than ${SCENARIO_BYTES_MAX / 1024} KB; play this file with flownexus run`,
}] };
