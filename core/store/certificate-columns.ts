// The rows of certificates that devices have shown as columns, see table-columns.ts.

import type { CertificateRow } from './changes.ts';
import { numbersOf, textsOf, type LoadedTable } from './loaded-rows.ts';
import type { ColumnOf } from './table-columns.ts';

export const CERTIFICATE_COLUMNS: readonly ColumnOf<CertificateRow>[] = [
  { name: 'identity', type: 'VARCHAR', of: (row) => row.identity },
  { name: 'serial', type: 'VARCHAR', of: (row) => row.serial },
  { name: 'not_after', type: 'TIMESTAMP_MS', of: (row) => row.notAfter },
  { name: 'shown_at', type: 'TIMESTAMP_MS', of: (row) => row.shownAt },
];

/** Who was heard last comes last. */
export function certificatesOf(table: LoadedTable): CertificateRow[] {
  const [identity, serial] = [textsOf(table)('identity'), textsOf(table)('serial')];
  const [notAfter, shownAt] = [numbersOf(table)('not_after'), numbersOf(table)('shown_at')];
  return Array.from({ length: table.rows }, (_, index) => ({
    identity: identity(index) ?? '', serial: serial(index) ?? '',
    notAfter: notAfter(index), shownAt: shownAt(index),
  })).sort((a, b) => a.shownAt - b.shownAt);
}
