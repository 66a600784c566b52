// The certificates that devices have shown last, so that people hear of their end before it comes:
// those of devices that nobody gave a credential too.

import type { Change, CertificateRow } from '../core/store/changes.ts';

/** An authority may certify any number of names. */
export const CERTIFICATES_MAX = 100_000;

export class ShownCertificates {
  /** The one that was shown longest ago comes first. */
  readonly #byIdentity = new Map<string, CertificateRow>();
  readonly #max: number;

  constructor(max = CERTIFICATES_MAX) {
    this.#max = max;
  }

  list(): Iterable<CertificateRow> {
    return this.#byIdentity.values();
  }

  of(identity: string): CertificateRow | undefined {
    return this.#byIdentity.get(identity);
  }

  /** In the place of the one before; gives what is to be stored. */
  note(row: CertificateRow): Change[] {
    this.#byIdentity.delete(row.identity);
    this.#byIdentity.set(row.identity, row);
    return [{ table: 'certificate', row }, ...this.#dropOldest()];
  }

  forget(identity: string): Change[] {
    return this.#byIdentity.delete(identity) ? [{ table: 'certificate removed', identity }] : [];
  }

  /** In the order in which they were shown. */
  restore(rows: readonly CertificateRow[]): void {
    for (const row of rows) this.note(row);
  }

  #dropOldest(): Change[] {
    const [oldest] = this.#byIdentity.keys();
    return oldest === undefined || this.#byIdentity.size <= this.#max ? [] : this.forget(oldest);
  }
}
