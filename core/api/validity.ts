// How long what has an end is good, as people are warned of it.

import type { Milliseconds } from '../ports.ts';

/** A month is time to renew it, and to bring it to where it is needed. */
export const ENDS_SOON: Milliseconds = 30 * 86_400_000;
/** Of what is made for a week it would be said all the time. */
const LAST_PART = 1 / 3;

/** Only certificates of devices are `revoked`: whoever asks of those asks the lists first. */
export type Validity = 'not yet' | 'good' | 'soon' | 'over' | 'revoked';

/** A certificate or list in a file that the server was started with. */
export interface DatedFile {
  /** The flag that names the file. */
  readonly flag: '--dtls-cert' | '--dtls-ca' | '--dtls-crl';
  readonly file: string;
  /** Of whom the certificate is, or of whose authority the list. */
  readonly name: string;
  readonly from: Milliseconds;
  readonly until: Milliseconds;
  /** What to do before it ends, in a sentence. */
  readonly remedy: string;
}

/** Both ends are within (RFC 5280 s4.1.2.5). */
export function validityAt(
  now: Milliseconds, until: Milliseconds, from: Milliseconds = -Infinity,
): Validity {
  if (now < from) return 'not yet';
  if (now > until) return 'over';
  return until - now <= Math.min(ENDS_SOON, (until - from) * LAST_PART) ? 'soon' : 'good';
}
