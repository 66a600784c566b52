// Operations whose value is a file: the body that such a request brings or its answer goes into,
// and the end of a read, which is told only when its file is on the disk.

import { formatCode } from '../core/coap/message.ts';
import type { Outcome, RequestContent } from '../core/coap/exchange.ts';
import type { BodyRequest } from '../core/coap/transfers.ts';
import type { Operation } from '../core/lwm2m/operation.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { OperationRow } from '../core/store/changes.ts';
import type { Device, Registration } from './device.ts';
import type { Host } from './host.ts';
import { answerOf, badEnding } from './operation-answer.ts';
import { endOperation, retryOperation } from './operations.ts';

/** The request with its body, if the operation has one on the disk. */
export function withFile(
  host: Host, device: Device, row: OperationRow, { kind }: Operation, content: RequestContent,
): Result<BodyRequest> {
  switch (kind) {
    case 'write-file': {
      const payload = host.bodies.source(row.id);
      return payload === undefined ? fail('its file is gone') : ok({ ...content, payload });
    }
    case 'read-file': {
      const sink = host.bodies.reading(device.id, row.id);
      return sink.ok ? ok({ ...content, sink: sink.value }) : sink;
    }
    default:
      return ok(content);
  }
}

/** The end of a read into a file; true when it is still to come, and the device waits for it. */
export function onFileRead(
  host: Host, device: Device, row: OperationRow, operation: Operation, outcome: Outcome,
): boolean {
  const body = host.bodies.of(row.id);
  if (outcome.kind !== 'response' || body === undefined) {
    retryOperation(host, device, row, outcome);
    body?.drop();
    return false;
  }
  const { message } = outcome;
  const { objects } = device.registration as Registration;
  const result = answerOf(operation, message, host.clock.now(), host.models.of(objects));
  if (!result.ok) {
    body.drop();
    const ending = badEnding(message, result.reason);
    endOperation(host, device, row, 'FAILED', result.reason, { ending });
    return false;
  }
  body.seal((refusal) => {
    // The device was forgotten meanwhile, and its operations with it.
    if (device.operations[0]?.id !== row.id) return body.drop();
    const { code } = message;
    if (refusal === undefined) {
      const ending = { kind: 'answered', code, words: '' } as const;
      const answer = `${body.length} bytes`;
      endOperation(host, device, row, 'CONFIRMED', formatCode(code), { ending, answer });
    } else {
      const reason = `the answer ${refusal}`;
      endOperation(host, device, row, 'FAILED', reason, { ending: { kind: 'unreadable', reason } });
    }
    device.isBusy = false;
    host.sendNext(device);
  });
  return true;
}

/** How far the transfer of a file has come, in place of the answer that is still to come. */
export function withProgress(host: Host, row: OperationRow): OperationRow {
  const answer = row.status === 'SENDING' ? host.bodies.progressOf(row.id) : '';
  return answer === '' ? row : { ...row, answer };
}
