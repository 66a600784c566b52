// What goes by the name of RFC 3164, as leniently as that describes it (s4.3): each part may be
// missing, and whatever is not understood is text. Every text is a message.

import type { Milliseconds } from '../ports.ts';
import {
  FACILITY_USER, PRIORITY_MAX, SEVERITY_NOTICE, type SyslogMessage,
} from './message.ts';
import { parseTimestamp, takeOldTimestamp } from './timestamp.ts';

const PRIORITY = /^<(\d{1,3})>(?:1 )?/;
/** RFC 3164 s4.3.3: what comes without a priority is of this one. */
const PRIORITY_DEFAULT = FACILITY_USER * 8 + SEVERITY_NOTICE;
/** Some send the time of RFC 5424 here. */
const NEW_TIMESTAMP = /^(\S{20,32}) /;
/** After a time: a word that is no tag, which ends in a colon or has the process in brackets. */
const HOSTNAME = /^([^\s[]{0,254}[^\s[:]) /;
const TAG = /^([^\s:[\]]{1,48})(?:\[[^\s\]]{0,32}\])?:(?: |$)/;

export function parseRfc3164(text: string, now: Milliseconds): SyslogMessage {
  const [marker = '', priorityText] = PRIORITY.exec(text) ?? [];
  const isPriority = priorityText !== undefined && Number(priorityText) <= PRIORITY_MAX;
  const priority = isPriority ? Number(priorityText) : PRIORITY_DEFAULT;
  const afterPriority = isPriority ? text.slice(marker.length) : text;
  const { time, rest } = takeTime(afterPriority, now);
  const hostname = time === undefined ? undefined : HOSTNAME.exec(rest);
  const afterHost = rest.slice(hostname?.[0].length ?? 0);
  const tag = TAG.exec(afterHost);
  return {
    facility: priority >> 3,
    severity: priority & 7,
    time,
    hostname: hostname?.[1] ?? '',
    app: tag?.[1] ?? '',
    data: [],
    text: afterHost.slice(tag?.[0].length ?? 0),
  };
}

function takeTime(
  text: string, now: Milliseconds,
): { readonly time: Milliseconds | undefined; readonly rest: string } {
  const old = takeOldTimestamp(text, now);
  if (old !== undefined) return { time: old.time, rest: text.slice(old.length) };
  const [whole = '', word = ''] = NEW_TIMESTAMP.exec(text) ?? [];
  const time = parseTimestamp(word);
  return { time, rest: time === undefined ? text : text.slice(whole.length) };
}
