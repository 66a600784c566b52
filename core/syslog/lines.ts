// The lines that are kept of what a device logged: split, without anything that a terminal or page
// would obey, with the severity and module that the text itself names. Where the text came from, a
// datagram or a resource, makes no difference here.

import type { Milliseconds } from '../ports.ts';
import { FACILITY_USER, SEVERITY_INFO, type SyslogMessage } from './message.ts';

/** What a line is told with when its text does not say. */
export interface LineFacts {
  readonly facility: number;
  readonly severity: number;
  readonly time: Milliseconds | undefined;
  readonly module: string;
}

export interface LogLine extends LineFacts {
  readonly text: string;
}

export const TEXT_LENGTH_MAX = 4_096;
export const MODULE_LENGTH_MAX = 64;
const HOSTNAME_LENGTH_MAX = 64;

const ESCAPE = '\u001b';
/** Colours and the like (ECMA-48 s5.4), which Zephyr's text backends send. */
const TERMINAL = new RegExp(`${ESCAPE}\\[[0-?]*[ -/]*[@-~]`, 'g');
/** Beside control characters those that turn the direction of what follows. */
const UNSEEN = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;
const CUT = '…';

/** Zephyr's text format: `[00:00:03.450,000] <inf> module: text`; the clock runs from the boot. */
const ZEPHYR = /^(?:\[(\d{2,4}):(\d\d):(\d\d)\.(\d{3}),\d{3}\] )?<(err|wrn|inf|dbg)> /;
const ZEPHYR_SEVERITIES: Readonly<Record<string, number>> = { err: 3, wrn: 4, inf: 6, dbg: 7 };
/** What Zephyr writes before a text, in syslog too, where it leaves APP-NAME out. */
const MODULE = /^([A-Za-z_][\w./-]{0,63}): (?=.)/;

/** What a line of a resource is, as nothing else says it. */
export function factsOfResource(time: Milliseconds | undefined): LineFacts {
  return { facility: FACILITY_USER, severity: SEVERITY_INFO, time, module: '' };
}

export function factsOfMessage(message: SyslogMessage): LineFacts {
  const { facility, severity, time, app } = message;
  return { facility, severity, time, module: clean(app, MODULE_LENGTH_MAX) };
}

/** What the sender calls itself; '' for nothing. */
export function hostnameOf({ hostname }: SyslogMessage): string {
  return clean(hostname, HOSTNAME_LENGTH_MAX);
}

/** The lines of a text that have something in them, as they came. */
export function rawLines(text: string): string[] {
  return text.split(/[\r\n\0]+/).filter((line) => line.trim() !== '');
}

/** A raw line as it is kept. */
export function logLine(raw: string, facts: LineFacts): LogLine {
  // What is far beyond the limit need not be looked at.
  let text = clean(raw.slice(0, 2 * TEXT_LENGTH_MAX), TEXT_LENGTH_MAX);
  let { severity, time, module } = facts;
  const zephyr = ZEPHYR.exec(text);
  if (zephyr !== null) {
    const [whole, hours, minutes, seconds, milliseconds, level = ''] = zephyr;
    text = text.slice(whole.length);
    severity = ZEPHYR_SEVERITIES[level] ?? severity;
    // As Zephyr's syslog does: since 1970 began.
    time ??= hours === undefined ? undefined
      : ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000
        + Number(milliseconds);
  }
  const named = module === '' ? MODULE.exec(text) : null;
  if (named !== null) {
    module = named[1] ?? '';
    text = text.slice(named[0].length);
  }
  return { facility: facts.facility, severity, time, module, text };
}

function clean(text: string, lengthMax: number): string {
  const seen = text.replace(TERMINAL, '').replace(UNSEEN, ' ').trimEnd();
  return seen.length <= lengthMax ? seen : `${seen.slice(0, lengthMax - 1)}${CUT}`;
}
