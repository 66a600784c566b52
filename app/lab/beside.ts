// Recorded series that lie beside a scenario of the lab. A text may come from a browser, so it
// reaches plain files in its own folder and nothing else.

import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SERIES_BYTES_MAX = 8 * 1024 * 1024;
const PLAIN_NAME = /^[A-Za-z0-9][\w.-]{0,63}\.csv$/;

/** Undefined when it is not there, or nothing that a scenario may read. */
export function readBeside(folder: string, name: string): string | undefined {
  if (!PLAIN_NAME.test(name)) return undefined;
  const path = join(folder, name);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile() || stat.size > SERIES_BYTES_MAX) return undefined;
  return readFileSync(path, 'utf8');
}
