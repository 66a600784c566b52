// What a syslog message says, in whichever of its two formats it came (RFC 5424, RFC 3164), and
// the limits of reading one.

import type { Milliseconds } from '../ports.ts';

export interface SyslogMessage {
  /** RFC 5424 s6.2.1: 0 to 23. */
  readonly facility: number;
  /** RFC 5424 s6.2.1: 0 (emergency) to 7 (debug). */
  readonly severity: number;
  readonly time: Milliseconds | undefined;
  /** '' where the sender left it out, like `app`. */
  readonly hostname: string;
  readonly app: string;
  readonly data: readonly DataElement[];
  readonly text: string;
}

/** RFC 5424 s6.3: `[id name="value" ...]`. */
export interface DataElement {
  readonly id: string;
  /** In their order; a name may come again. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** RFC 5426 s3.2 asks for 2048 at least; what is longer is cut, as RFC 5424 s6.1 allows. */
export const MESSAGE_BYTES_MAX = 8_192;
/** By number, the worst first (RFC 5424 s6.2.1). */
export const SEVERITIES = [
  'emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug',
] as const;
export const FACILITY_USER = 1;
export const SEVERITY_WARNING = 4;
export const SEVERITY_NOTICE = 5;
export const SEVERITY_INFO = 6;
/** The largest PRI: facility 23, severity 7. */
export const PRIORITY_MAX = 191;
