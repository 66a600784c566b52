// Files for downloads: made in the data folder, opened and unlinked at once, so that a file lives
// as long as it is read and none outlives a crash of the reader.

import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fail, ok, type Result } from '../result.ts';
import type { Database, ExportFormat, History, Unanswered } from './database.ts';

export const EXPORT_ROWS_MAX = 1_000_000;
const EXPORT_BYTES_MAX = 1024 ** 3;
const EXPORT_MILLISECONDS_MAX = 60_000;
/** Made and not yet read to the end. */
export const DOWNLOADS_MAX = 8;

export interface Download {
  readonly bytes: number;
  readonly content: Readable;
}

export class Exports {
  readonly #db: Database;
  readonly #folder: string;
  #open = 0;

  /** Takes away what a crash left. */
  constructor(db: Database) {
    this.#db = db;
    this.#folder = join(db.folder, 'exports');
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder);
  }

  /** The rows of a question that asks for EXPORT_ROWS_MAX and one more. */
  async make(question: History, format: ExportFormat): Promise<Result<Download, Unanswered>> {
    if (this.#open >= DOWNLOADS_MAX) return fail(BUSY);
    this.#open++;
    const file = join(this.#folder, `${randomBytes(8).toString('hex')}.${format}`);
    const close = (): void => { this.#open--; };
    try {
      const limits = { bytesMax: EXPORT_BYTES_MAX, milliseconds: EXPORT_MILLISECONDS_MAX };
      const rows = await this.#db.export(question, format, file, limits);
      if (!rows.ok || rows.value > EXPORT_ROWS_MAX) {
        close();
        return rows.ok ? fail(TOO_MANY) : rows;
      }
      const handle = await open(file);
      const { size } = await handle.stat();
      const content = handle.createReadStream();
      content.on('close', close);
      return ok({ bytes: size, content });
    } catch (error) {
      close();
      throw error;
    } finally {
      await rm(file, { force: true });
    }
  }
}

const BUSY: Unanswered = {
  kind: 'busy', sentence: 'Too many downloads are under way; try again.',
};
const TOO_MANY: Unanswered = {
  kind: 'too much', sentence: `This has more than ${EXPORT_ROWS_MAX} rows; ask for less.`,
};
