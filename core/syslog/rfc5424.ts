// The syslog message of RFC 5424, exactly as its grammar (s6) has it. Whoever takes more decides
// so elsewhere (parse.ts).

import { fail, ok, type Result } from '../result.ts';
import { PRIORITY_MAX, type DataElement, type SyslogMessage } from './message.ts';
import { parseTimestamp } from './timestamp.ts';

// RFC 5424 s6: <PRI>VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID, each of PRINTUSASCII.
const HEADER = new RegExp(/^<(\d{1,3})>1 ([!-~]{1,32}) ([!-~]{1,255}) ([!-~]{1,48})/.source
  + / [!-~]{1,128} [!-~]{1,32} /.source);
/** RFC 5424 s6.3.2, s6.3.3: SD-NAME. */
const NAME = /[!#-<>-\\^-~]{1,32}/y;
const NIL = '-';
const BYTE_ORDER_MARK = '\ufeff';

export function parseRfc5424(text: string): Result<SyslogMessage> {
  const header = HEADER.exec(text);
  if (header === null) return fail('it has no header of RFC 5424');
  const [whole, priorityText, timeText = NIL, hostname = NIL, app = NIL] = header;
  const priority = Number(priorityText);
  if (priority > PRIORITY_MAX) return fail('its priority is above 191');
  const time = parseTimestamp(timeText);
  if (time === undefined && timeText !== NIL) return fail('its timestamp is none of RFC 5424');
  const data = parseData(text, whole.length);
  if (!data.ok) return data;
  const { elements, end } = data.value;
  if (end < text.length && text[end] !== ' ') return fail('its structured data has no end');
  const message = text.slice(end + 1);
  return ok({
    facility: priority >> 3,
    severity: priority & 7,
    time,
    hostname: orEmpty(hostname),
    app: orEmpty(app),
    data: elements,
    // RFC 5424 s6.4: it says that UTF-8 follows, and is no part of the text.
    text: message.startsWith(BYTE_ORDER_MARK) ? message.slice(1) : message,
  });
}

function orEmpty(field: string): string {
  return field === NIL ? '' : field;
}

interface Data {
  readonly elements: readonly DataElement[];
  readonly end: number;
}

/** RFC 5424 s6.3: `-`, or elements one after the other. */
function parseData(text: string, from: number): Result<Data> {
  if (text[from] === NIL) return ok({ elements: [], end: from + 1 });
  const elements: DataElement[] = [];
  let at = from;
  while (text[at] === '[') {
    const id = nameAt(text, at + 1);
    at += 1 + id.length;
    const parameters: (readonly [string, string])[] = [];
    while (text[at] === ' ') {
      const name = nameAt(text, at + 1);
      at += 1 + name.length;
      if (name === '' || !text.startsWith('="', at)) return fail('a parameter is broken');
      const end = valueEnd(text, at + 2);
      if (end === -1) return fail('the value of a parameter has no end');
      parameters.push([name, unescape(text.slice(at + 2, end))]);
      at = end + 1;
    }
    if (id === '' || text[at] !== ']') return fail('an element is broken');
    // RFC 5424 s6.3.2: an id comes once.
    if (elements.some((element) => element.id === id)) return fail('an element comes twice');
    elements.push({ id, parameters });
    at++;
  }
  return elements.length === 0 ? fail('it has no structured data') : ok({ elements, end: at });
}

function nameAt(text: string, at: number): string {
  NAME.lastIndex = at;
  return NAME.exec(text)?.[0] ?? '';
}

/** Where the quote is that ends the value, or -1. RFC 5424 s6.3.3: `]` is escaped in it. */
function valueEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"') return at;
    if (character === ']') return -1;
    // A backslash before anything else stands for itself.
    if (character === '\\' && isEscapable(text[at + 1])) at++;
  }
  return -1;
}

function isEscapable(character: string | undefined): boolean {
  return character === '"' || character === '\\' || character === ']';
}

function unescape(value: string): string {
  return value.replace(/\\(["\\\]])/g, '$1');
}
