// Execute (LwM2M Core 1.1.1 s6.3.5). None of what can be executed here takes arguments.

import { decodeUtf8 } from '../../core/bytes.ts';
import { Code, type Message } from '../../core/coap/message.ts';
import { formatPath, type Path } from '../../core/lwm2m/path.ts';
import type { SimulatedDevice } from '../device.ts';
import { EXECUTIONS } from '../objects/all.ts';
import { refused, type Answer } from './answer.ts';
import { isThere } from './tree.ts';

/** A digit, and after = in quotes what it is to mean. */
const ARGUMENT = /\d(='[!#-&(-[\]-~]*')?/.source;
const ARGUMENTS = new RegExp(`^${ARGUMENT}(,${ARGUMENT})*$`);

export function execute(device: SimulatedDevice, { payload }: Message, path: Path): Answer {
  if (!isThere(device, path)) return refused(Code.NOT_FOUND);
  const execution = EXECUTIONS[formatPath(path)];
  if (execution === undefined) return refused(Code.METHOD_NOT_ALLOWED);
  if (payload.length > 0 && !isArgumentList(payload)) return refused(Code.BAD_REQUEST);
  const code = execution.refusal?.(device);
  if (code !== undefined) return refused(code);
  return { response: { code: Code.CHANGED }, then: () => execution.onExecuted(device) };
}

/** Arguments are only read. */
function isArgumentList(payload: Uint8Array): boolean {
  const text = decodeUtf8(payload);
  if (text === undefined || !ARGUMENTS.test(text)) return false;
  const digits = text.replace(/='[^']*'/g, '').split(',');
  return new Set(digits).size === digits.length;
}
