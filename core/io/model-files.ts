// The object models of a server: those of the folder that `--models` names, which is only read, and
// those that admins upload, each a file of its own in the data folder, named by what it defines. Of
// the same object and version an uploaded one holds before one of the folder, and that before ours.

import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type {
  AddedModel, ModelDetail, ModelList, ModelName, ModelOrigin, ModelShelf, ModelView,
} from '../api/models.ts';
import { ObjectModels } from '../lwm2m/models.ts';
import type { ObjectModel } from '../lwm2m/objects.ts';
import type { Log } from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import { ddfSentence, parseDdf } from './ddf.ts';
import { DRAFT_PREFIX, flushFolder, removeDurably, writeDurably } from './durable-file.ts';
import { reasonOf } from './folder.ts';
import { readModelFolder, type FoundModel, type ModelFolder } from './model-folder.ts';

export const UPLOADS_MAX = 500;
/** Told to people; the log has them all. */
const PROBLEMS_MAX = 50;

export interface ModelFilesOptions {
  /** Of device description files; undefined for none. */
  readonly folder: string | undefined;
  /** Where uploads are kept; made with the first one. */
  readonly uploads: string;
  readonly log: Log;
}

const NO_MODELS: ModelFolder = { found: [], problems: [] };

export class ModelFiles implements ModelShelf {
  readonly known = new ObjectModels();
  readonly #uploads: string;
  readonly #folder: ReadonlyMap<string, ObjectModel>;
  readonly #uploaded: Map<string, ObjectModel>;
  readonly #problems: readonly string[];
  /** One change of the uploads at a time, so that memory and disk see the same order. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(uploads: string, folder: ModelFolder, uploaded: ModelFolder) {
    this.#uploads = uploads;
    this.#folder = byKey(folder.found);
    this.#uploaded = byKey(uploaded.found);
    this.#problems = [...uploaded.problems, ...folder.problems];
    this.#tell();
  }

  /** Reads both folders; fails when `folder` cannot be read, with the end of a sentence. */
  static async open({ folder, uploads, log }: ModelFilesOptions): Promise<Result<ModelFiles>> {
    const given = folder === undefined ? ok(NO_MODELS) : await readModelFolder(folder);
    if (!given.ok) return given;
    await removeDrafts(uploads);
    const kept = await uploadsIn(uploads);
    const files = new ModelFiles(uploads, given.value, kept);
    for (const problem of files.#problems) log.warn('object model not loaded', { problem });
    const [read, uploaded] = [files.#folder.size, files.#uploaded.size];
    if (read + uploaded > 0) log.info('object models loaded', { folder: read, uploaded });
    return ok(files);
  }

  list(): ModelList {
    return {
      models: this.known.all().map((model) => this.#view(model)),
      problems: this.#problems.slice(0, PROBLEMS_MAX),
    };
  }

  detail({ object, version }: ModelName): ModelDetail | undefined {
    const model = this.known.find(object, version);
    if (model?.version !== version) return undefined;
    const { name, description, multiple, mandatory, resources } = model;
    return {
      object, version, name, origin: this.#originOf(model), description, multiple, mandatory,
      resources: [...resources.values()],
    };
  }

  async add(file: string, bytes: Uint8Array): Promise<Result<AddedModel>> {
    const parsed = parseDdf(bytes);
    if (!parsed.ok) return fail(ddfSentence(file, parsed.reason));
    const [model, ...others] = parsed.value;
    if (model === undefined || others.length > 0) {
      return fail(`${file} defines ${parsed.value.length} objects; upload a file for each`);
    }
    return this.#inTurn(async () => {
      const key = keyOf(model);
      const replaced = this.#uploaded.has(key);
      if (!replaced && this.#uploaded.size >= UPLOADS_MAX) {
        return fail(`there are ${UPLOADS_MAX} uploaded models already; delete one first`);
      }
      await makeFolder(this.#uploads);
      await writeDurably(this.#pathOf(model), bytes);
      this.#uploaded.set(key, model);
      this.#tell();
      return ok({ ...this.#view(model), replaced });
    });
  }

  remove({ object, version }: ModelName): Promise<Result<boolean>> {
    return this.#inTurn(async () => {
      const key = `${object} ${version}`;
      const model = this.#uploaded.get(key);
      if (model === undefined) return ok(false);
      await removeDurably(this.#pathOf(model));
      this.#uploaded.delete(key);
      this.#tell();
      return ok(true);
    });
  }

  /** What the disk refuses is the end of a change, and of no other. */
  #inTurn<Value>(change: () => Promise<Result<Value>>): Promise<Result<Value>> {
    const turn = this.#last.then(change).catch((error: unknown) =>
      fail(`the model cannot be stored: ${reasonOf(error)}`));
    this.#last = turn;
    return turn;
  }

  #tell(): void {
    this.known.add([...this.#folder.values(), ...this.#uploaded.values()]);
  }

  /** Made of checked numbers alone, whatever a file is called. */
  #pathOf({ id, version }: ObjectModel): string {
    return join(this.#uploads, fileNameOf({ id, version }));
  }

  #view(model: ObjectModel): ModelView {
    const { id, version, name, resources } = model;
    return { object: id, version, name, origin: this.#originOf(model), resources: resources.size };
  }

  #originOf(model: ObjectModel): ModelOrigin {
    const key = keyOf(model);
    if (this.#uploaded.has(key)) return 'uploaded';
    return this.#folder.has(key) ? 'folder' : 'built-in';
  }
}

function keyOf({ id, version }: ObjectModel): string {
  return `${id} ${version}`;
}

function fileNameOf({ id, version }: Pick<ObjectModel, 'id' | 'version'>): string {
  return `${id}-${version}.xml`;
}

async function uploadsIn(folder: string): Promise<ModelFolder> {
  // Before the first upload there is no folder.
  if (!existsSync(folder)) return NO_MODELS;
  const read = await readModelFolder(folder);
  if (read.ok) return named(read.value);
  return { found: [], problems: [`the folder of uploaded models ${folder} ${read.reason}`] };
}

/** Only what is named as uploads are can be replaced and removed again. */
function named({ found, problems }: ModelFolder): ModelFolder {
  const alien = found.filter(({ file, model }) => file !== fileNameOf(model));
  return {
    found: found.filter((one) => !alien.includes(one)),
    problems: [...problems, ...alien.map(({ file, model }) =>
      `${file} is not read: its name in this folder must be ${fileNameOf(model)}`)],
  };
}

function byKey(found: readonly FoundModel[]): Map<string, ObjectModel> {
  return new Map(found.map(({ model }) => [keyOf(model), model]));
}

async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined) await flushFolder(dirname(path));
}

/** What a crash left half. */
async function removeDrafts(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(DRAFT_PREFIX)) continue;
    await rm(join(folder, name), { force: true, recursive: true });
  }
}
