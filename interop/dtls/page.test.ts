// The page of the matrix is the one that the rows give.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ROWS } from '../dtls.ts';
import { DTLS_PAGE, dtlsPage } from './page.ts';

it('is up to date; else: npm run interop -- dtls --write', () => {
  expect(readFileSync(DTLS_PAGE, 'utf8')).toBe(dtlsPage(ROWS));
});
