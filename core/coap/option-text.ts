// Options and codes in the words of their RFCs, for people who read messages: names from the
// registries of RFC 7252 s12.2, 7641, 7959 and 9175, values by the format each option has.

import { decodeUtf8, toHex } from '../bytes.ts';
import { blockOf, sizeOf } from './block.ts';
import { formatCode, type Option, OptionNumber } from './message.ts';
import { optionDefinitions, uintOption } from './options.ts';

const NAMES: ReadonlyMap<number, string> = new Map([
  [OptionNumber.IF_MATCH, 'If-Match'], [OptionNumber.URI_HOST, 'Uri-Host'],
  [OptionNumber.ETAG, 'ETag'], [OptionNumber.IF_NONE_MATCH, 'If-None-Match'],
  [OptionNumber.OBSERVE, 'Observe'], [OptionNumber.URI_PORT, 'Uri-Port'],
  [OptionNumber.LOCATION_PATH, 'Location-Path'], [OptionNumber.URI_PATH, 'Uri-Path'],
  [OptionNumber.CONTENT_FORMAT, 'Content-Format'], [OptionNumber.MAX_AGE, 'Max-Age'],
  [OptionNumber.URI_QUERY, 'Uri-Query'], [OptionNumber.ACCEPT, 'Accept'],
  [OptionNumber.LOCATION_QUERY, 'Location-Query'], [OptionNumber.BLOCK2, 'Block2'],
  [OptionNumber.BLOCK1, 'Block1'], [OptionNumber.SIZE2, 'Size2'],
  [OptionNumber.PROXY_URI, 'Proxy-Uri'], [OptionNumber.PROXY_SCHEME, 'Proxy-Scheme'],
  [OptionNumber.SIZE1, 'Size1'], [OptionNumber.ECHO, 'Echo'],
  [OptionNumber.REQUEST_TAG, 'Request-Tag'],
]);

const TYPES = ['CON', 'NON', 'ACK', 'RST'];

/** RFC 7252 s12.1, RFC 7959 s2.9, RFC 8132 s8. */
const CODES: Readonly<Record<string, string>> = {
  '0.00': 'Empty', '0.01': 'GET', '0.02': 'POST', '0.03': 'PUT', '0.04': 'DELETE',
  '0.05': 'FETCH', '0.06': 'PATCH', '0.07': 'iPATCH',
  '2.01': 'Created', '2.02': 'Deleted', '2.03': 'Valid', '2.04': 'Changed', '2.05': 'Content',
  '2.31': 'Continue', '4.00': 'Bad Request', '4.01': 'Unauthorized', '4.02': 'Bad Option',
  '4.03': 'Forbidden', '4.04': 'Not Found', '4.05': 'Method Not Allowed',
  '4.06': 'Not Acceptable', '4.08': 'Request Entity Incomplete', '4.09': 'Conflict',
  '4.12': 'Precondition Failed', '4.13': 'Request Entity Too Large',
  '4.15': 'Unsupported Content-Format', '4.22': 'Unprocessable Entity',
  '4.29': 'Too Many Requests', '5.00': 'Internal Server Error', '5.01': 'Not Implemented',
  '5.02': 'Bad Gateway', '5.03': 'Service Unavailable', '5.04': 'Gateway Timeout',
  '5.05': 'Proxying Not Supported',
};

export function typeName(type: number): string {
  return TYPES[type] ?? '';
}

/** `GET`, `2.05 Content`, or the number of a code without a name. */
export function codeName(code: number): string {
  const number = formatCode(code);
  const name = CODES[number];
  if (name === undefined) return number;
  return code < 0x20 ? name : `${number} ${name}`;
}

export function optionName({ number }: Option): string {
  return NAMES.get(number) ?? `Option ${number}`;
}

/** In hex when the option is unknown, or its value none of its kind. */
export function optionText(option: Option): string {
  const { number, value } = option;
  const definition = optionDefinitions.get(number);
  if (definition === undefined || value.length > definition.lengthMax) return toHex(value);
  switch (definition.format) {
    case 'empty': return '';
    case 'opaque': return toHex(value);
    case 'string': return decodeUtf8(value) ?? toHex(value);
    case 'uint': return blockText(option) ?? String(uintOption({ options: [option] }, number));
  }
}

/** RFC 7959 s2.2 writes NUM/M/size; in words, since few know that by heart. */
function blockText(option: Option): string | undefined {
  const { number } = option;
  if (number !== OptionNumber.BLOCK1 && number !== OptionNumber.BLOCK2) return undefined;
  const block = blockOf({ options: [option] }, number);
  if (block === 'reserved' || block === undefined) return undefined;
  return `block ${block.num} of ${sizeOf(block.szx)} bytes, ${block.more ? 'more follow' : 'last'}`;
}
