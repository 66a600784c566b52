// What the compatible interface answers when it does not answer in JSON: a status and a text.

import type { Ending } from '../management.ts';

export class PlainError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

export function refuse(status: number, text: string): never {
  throw new PlainError(status, text);
}

export const TIMEOUT = new PlainError(504, 'Request timeout');

/** The status of what ended without an answer of the device. */
export function errorOf(ending: Exclude<Ending, { kind: 'answered' }>): PlainError {
  switch (ending.kind) {
    case 'unreadable': return new PlainError(500, `Invalid Response: ${ending.reason}`);
    case 'impossible': return new PlainError(400, `Invalid request: ${ending.reason}`);
    case 'rejected': return new PlainError(500, 'Request rejected: the device sent a Reset');
    case 'cancelled': return new PlainError(500, 'Request cancelled: by somebody else');
    case 'unanswered': return TIMEOUT;
  }
}
