// The matrix of DTLS: each peer that nobody here wrote against each thing that is asked of it. What
// it comes to is written for people by dtls/page.ts.

import { gnutlsClient, gnutlsServer } from './dtls/gnutls.ts';
import { libcoapGnutls, libcoapOpenssl } from './dtls/libcoap.ts';
import { COLUMNS, type Column, type Row } from './dtls/matrix.ts';
import { nodeDtlsClient } from './dtls/node-dtls-client.ts';
import { opensslClient, opensslServer } from './dtls/openssl.ts';
import { scandium } from './dtls/scandium.ts';
import type { Report } from './report.ts';

export const ROWS: readonly Row[] = [
  opensslClient, opensslServer, gnutlsClient, gnutlsServer, libcoapOpenssl, libcoapGnutls,
  nodeDtlsClient, scandium,
];

/** Every cell that is a check; `missing` takes the peers that this machine does not have. */
export async function checkDtls(
  report: Report, missing: (name: string, why: string) => void,
): Promise<void> {
  for (const { name, missing: whyMissing, cells } of ROWS) {
    const why = await whyMissing();
    if (why !== undefined) {
      missing(name, why);
      continue;
    }
    for (const [column, { title }] of Object.entries(COLUMNS)) {
      const cell = cells[column as Column];
      if (cell.kind === 'yes') await report.check(name, title, cell.holds);
    }
  }
}
