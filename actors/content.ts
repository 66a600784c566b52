// What a device's answer or notification holds, as entries with full paths, without the keys.

import { isPart } from '../core/coap/block.ts';
import { formatCode, Code, type Message } from '../core/coap/message.ts';
import { contentFormat } from '../core/coap/options.ts';
import { decodePayload } from '../core/lwm2m/content-format.ts';
import type { Models } from '../core/lwm2m/objects.ts';
import type { Path } from '../core/lwm2m/path.ts';
import { withoutSecrets } from '../core/lwm2m/secrets.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import type { Milliseconds } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';

/** `base` is what it is within, undefined the root; `models` are those of the client. */
export function contentOf(
  base: Path | undefined, message: Message, now: Milliseconds, models: Models,
): Result<readonly Entry[]> {
  if (message.code !== Code.CONTENT) return fail(`the device answered ${formatCode(message.code)}`);
  // What the layer below made no whole of: a part could pass for the value.
  if (isPart(message)) return fail('the answer is only a part of the value');
  const entries = decodePayload(contentFormat(message), base, message.payload, now, models);
  return entries.ok ? ok(withoutSecrets(entries.value)) : entries;
}
