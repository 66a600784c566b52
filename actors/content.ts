// What a device's answer or notification holds, as entries with full paths.

import { formatCode, Code, OptionNumber, type Message } from '../core/coap/message.ts';
import { contentFormat, optionValue } from '../core/coap/options.ts';
import { decodePayload } from '../core/lwm2m/content-format.ts';
import type { Models } from '../core/lwm2m/objects.ts';
import type { Path } from '../core/lwm2m/path.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import type { Milliseconds } from '../core/ports.ts';
import { fail, type Result } from '../core/result.ts';

/** `models` are those of the client that sent it. */
export function contentOf(
  path: Path, message: Message, now: Milliseconds, models: Models,
): Result<Entry[]> {
  if (message.code !== Code.CONTENT) return fail(`the device answered ${formatCode(message.code)}`);
  const block = optionValue(message, OptionNumber.BLOCK2);
  // RFC 7959 s2.2: the M bit. The first block alone would pass for the whole value.
  if (block !== undefined && ((block.at(-1) ?? 0) & 8) !== 0) {
    return fail('the answer is longer than one block, which is not supported yet');
  }
  return decodePayload(contentFormat(message), path, message.payload, now, models);
}
