// What a server may ask of a simulated device (LwM2M Core 1.1.1 s6.3, s6.4): each operation is
// answered in the file of its name.

import { Code, type Message } from '../core/coap/message.ts';
import { uriPath } from '../core/coap/options.ts';
import { parsePath, type Path } from '../core/lwm2m/path.ts';
import { assert, unreachable } from '../core/result.ts';
import type { SimulatedDevice } from './device.ts';
import { refused, type Answer } from './requests/answer.ts';
import { writeAttributes } from './requests/attributes.ts';
import { readComposite, writeComposite } from './requests/composite.ts';
import { create, remove } from './requests/create.ts';
import { discover } from './requests/discover.ts';
import { execute } from './requests/execute.ts';
import { operationOf, type Operation } from './requests/operation.ts';
import { read } from './requests/read.ts';
import { write } from './requests/write.ts';

export function answerTo(device: SimulatedDevice, message: Message): Answer {
  const segments = uriPath(message);
  const parsed = segments.length === 0 ? undefined : parsePath(segments.join('/'));
  if (parsed?.ok === false) return refused(Code.NOT_FOUND);
  const path = parsed?.value;
  // LwM2M Core 1.1.1 s6.3: Security and OSCORE are between a device and its bootstrap server.
  if (path?.object === 0 || path?.object === 21) return refused(Code.UNAUTHORIZED);
  const operation = operationOf(message, path);
  if (operation === undefined) return refused(Code.METHOD_NOT_ALLOWED);
  const refusal = device.refusalOf(operation);
  if (refusal !== undefined) return refused(refusal);
  return answerWith(device, message, operation, path);
}

function answerWith(
  device: SimulatedDevice, message: Message, operation: Operation, path: Path | undefined,
): Answer {
  if (operation === 'writeComposite') return writeComposite(device, message);
  if (operation === 'readComposite' || operation === 'observeComposite') {
    return readComposite(device, message);
  }
  assert(path !== undefined, 'all but the composites are of a path');
  switch (operation) {
    case 'read':
    case 'observe':
      return read(device, message, path);
    case 'discover':
      return discover(device, path);
    case 'write':
      return write(device, message, path);
    case 'writeAttributes':
      return writeAttributes(device, message, path);
    case 'execute':
      return execute(device, message, path);
    case 'create':
      return create(device, message, path);
    case 'delete':
      return remove(device, path);
    default:
      return unreachable(operation);
  }
}
