// The object models in a folder of device description files and the folders below it. A file that
// cannot be used is said in a sentence and stops no other.

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { ObjectModel } from '../lwm2m/objects.ts';
import { fail, ok, type Result } from '../result.ts';
import { ddfSentence, parseDdf } from './ddf.ts';
import { XML_BYTES_MAX, type XmlProblem } from './xml.ts';

/** In one folder with all below it; more are not read. */
export const MODEL_FILES_MAX = 2_000;
export const MODEL_FOLDERS_DEEP_MAX = 4;

export interface FoundModel {
  readonly model: ObjectModel;
  /** Seen from the folder, like `version_history/3303-1_0.xml`. */
  readonly file: string;
}

export interface ModelFolder {
  /** Each version of an object once: what lies nearer to the folder holds, then what is first. */
  readonly found: readonly FoundModel[];
  /** What is wrong with which file. */
  readonly problems: readonly string[];
}

/** Fails when the folder itself cannot be read. */
export async function readModelFolder(folder: string): Promise<Result<ModelFolder>> {
  let files: string[];
  try {
    files = await xmlFiles(folder, 0);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return fail(isMissing ? 'is not there' : 'is no folder that can be read');
  }
  const problems: string[] = [];
  if (files.length > MODEL_FILES_MAX) {
    problems.push(`${folder} has over ${MODEL_FILES_MAX} files; the others are not read`);
  }
  const found = new Map<string, FoundModel>();
  for (const path of files.slice(0, MODEL_FILES_MAX)) {
    const file = relative(folder, path);
    const read = await readModels(path);
    if (!read.ok) problems.push(ddfSentence(file, read.reason));
    for (const model of read.ok ? read.value : []) {
      const key = `${model.id} ${model.version}`;
      if (!found.has(key)) found.set(key, { model, file });
    }
  }
  return ok({ found: [...found.values()], problems });
}

/** The models of one file. */
export async function readModels(path: string): Promise<Result<ObjectModel[], XmlProblem>> {
  try {
    const found = await stat(path);
    // A pipe or a device would be read for ever.
    if (!found.isFile()) return fail({ line: undefined, what: 'is no file' });
    // What is too large anyway is not read; so much of nothing is told the same.
    const isTooLarge = found.size > XML_BYTES_MAX;
    return parseDdf(isTooLarge ? new Uint8Array(XML_BYTES_MAX + 1) : await readFile(path));
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return fail({ line: undefined, what: isMissing ? 'is not there' : 'cannot be read' });
  }
}

/** Those of the folder before those below it, each by name. */
async function xmlFiles(folder: string, depth: number): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }))
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = entries.filter((entry) => !entry.isDirectory() && /\.xml$/i.test(entry.name))
    .map(({ name }) => join(folder, name));
  for (const entry of entries) {
    if (!entry.isDirectory() || depth === MODEL_FOLDERS_DEEP_MAX) continue;
    if (files.length > MODEL_FILES_MAX) break;
    const below = join(folder, basename(entry.name));
    files.push(...await xmlFiles(below, depth + 1).catch(() => []));
  }
  return files;
}
