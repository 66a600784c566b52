// Execute (LwM2M Core 1.1.1 s6.3.5). None of what can be executed here takes arguments.

import { decodeUtf8 } from '../../core/bytes.ts';
import { Code, type Message } from '../../core/coap/message.ts';
import { isArgumentList } from '../../core/lwm2m/execute-arguments.ts';
import { formatPath, type Path } from '../../core/lwm2m/path.ts';
import type { SimulatedDevice } from '../device.ts';
import { EXECUTIONS } from '../objects/all.ts';
import { refused, type Answer } from './answer.ts';
import { isThere } from './tree.ts';

export function execute(device: SimulatedDevice, { payload }: Message, path: Path): Answer {
  if (!isThere(device, path)) return refused(Code.NOT_FOUND);
  const execution = EXECUTIONS[formatPath(path)];
  if (execution === undefined) return refused(Code.METHOD_NOT_ALLOWED);
  const text = decodeUtf8(payload);
  if (text === undefined || !isArgumentList(text)) return refused(Code.BAD_REQUEST);
  const code = execution.refusal?.(device);
  if (code !== undefined) return refused(code);
  return { response: { code: Code.CHANGED }, then: () => execution.onExecuted(device) };
}
