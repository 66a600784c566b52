// What the server proves itself by to devices, put together of its settings and files.

import type { ServerProofs } from '../actors/associations.ts';
import { SUITES_WITH_CBC } from '../core/dtls/suites.ts';
import type { Clock, Log } from '../core/ports.ts';
import { DtlsCertificates } from './dtls-files.ts';
import type { Settings } from './settings.ts';

export interface OpenedProofs extends ServerProofs {
  /** Reads the files of certificates again; undefined when there are none. */
  readonly reload: (() => void) | undefined;
}

/** Throws a UsageError that says what is wrong with which file. */
export function openProofs(
  { dtlsFiles, allowsCbc }: Pick<Settings, 'dtlsFiles' | 'allowsCbc'>, log: Log,
  clock: Pick<Clock, 'now'>,
): OpenedProofs {
  const x509 = dtlsFiles && new DtlsCertificates(dtlsFiles, log, clock.now());
  return {
    x509, suites: allowsCbc ? SUITES_WITH_CBC : undefined,
    reload: x509 && (() => x509.reload(clock.now())),
  };
}
