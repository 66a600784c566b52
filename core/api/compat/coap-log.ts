// A message as the compatible interface tells it: its options and payload in words.

import { decodeUtf8, toHex } from '../../bytes.ts';
import { decodeMessage } from '../../coap/codec.ts';
import { Code, formatCode, type Message } from '../../coap/message.ts';
import { codeName, optionName, optionText, typeName } from '../../coap/option-text.ts';
import { contentFormat } from '../../coap/options.ts';
import { ContentFormat } from '../../lwm2m/content-format.ts';
import type { CapturedMessage } from '../management.ts';

const PRINTABLE: ReadonlySet<number | undefined> = new Set([
  undefined, ContentFormat.TEXT, ContentFormat.LINK, ContentFormat.SENML_JSON,
]);

/** Undefined for what is no message. */
export function coapLogJson(
  ep: string, { at: timestamp, direction, datagram, withheld }: CapturedMessage,
): object | undefined {
  const decoded = decodeMessage(datagram);
  if (!decoded.ok) return undefined;
  const message = decoded.value;
  const { type, code, mid: mId, token, options, payload } = message;
  return {
    timestamp, incoming: direction === 'in', type: typeName(type),
    ...code !== Code.EMPTY && { code: code < 0x20 ? codeName(code) : formatCode(code) },
    mId, token: toHex(token),
    ...options.length > 0 && {
      options: options.map((option) => `${optionName(option)}: ${optionText(option)}`).join(' - '),
    },
    ...payload.length > 0 && {
      payload: withheld === '' ? payloadText(message) : `not shown: ${withheld}`,
    },
    ep,
  };
}

function payloadText(message: Message): string {
  const text = PRINTABLE.has(contentFormat(message)) ? decodeUtf8(message.payload) : undefined;
  return text ?? `Hex:${toHex(message.payload)}`;
}
