// What the API asks of the object models and their files, as one interface, and what it hands out
// of them. core/io/model-files.ts implements it.

import type { ObjectModels } from '../lwm2m/models.ts';
import type { ResourceModel } from '../lwm2m/objects.ts';
import type { Result } from '../result.ts';

/** Came with the program, from the folder of `--models`, or by an admin. */
export type ModelOrigin = 'built-in' | 'folder' | 'uploaded';

/** One version of one object. */
export interface ModelName {
  readonly object: number;
  /** Of the object, like `1.1`. */
  readonly version: string;
}

export interface ModelView extends ModelName {
  readonly name: string;
  readonly origin: ModelOrigin;
  /** How many resources it has. */
  readonly resources: number;
}

export interface ModelList {
  /** By object and version; each once, the one that holds. */
  readonly models: readonly ModelView[];
  /** What was wrong with files at the start, a sentence each. */
  readonly problems: readonly string[];
}

export interface ModelDetail extends ModelName {
  readonly name: string;
  readonly origin: ModelOrigin;
  readonly description: string;
  readonly multiple: boolean;
  readonly mandatory: boolean;
  readonly resources: readonly ResourceModel[];
}

export interface AddedModel extends ModelView {
  /** Whether there was an uploaded one of this version before. */
  readonly replaced: boolean;
}

export interface ModelShelf {
  /** All of them, for whoever decodes and shows. */
  readonly known: ObjectModels;
  list(): ModelList;
  detail(name: ModelName): ModelDetail | undefined;
  /**
   * Takes in a device description file, durably; it holds from then on. `file` is only what people
   * call it, and begins the sentence that says what is wrong with it.
   */
  add(file: string, bytes: Uint8Array): Promise<Result<AddedModel>>;
  /** Removes an uploaded one, durably; false when there is none. */
  remove(name: ModelName): Promise<Result<boolean>>;
}
