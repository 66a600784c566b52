// What the server says of an input, as people read it and under the field it is about.

import { TRPCClientError } from '@trpc/client';
import { expect, test } from 'vitest';
import { problemOf, problemsOf } from './api.ts';

function refused(message: string): TRPCClientError<never> {
  return TRPCClientError.from({ error: { message, code: -32600, data: { code: 'BAD_REQUEST' } } });
}

test.each([
  ['"next" is not valid: a password has at least 10 characters.', 'next',
    'A password has at least 10 characters.'],
  ['"tags.0" is not valid: too long.', 'tags', 'Too long.'],
  ['The current password is not right.', 'current', 'The current password is not right.'],
  ['"role" is not valid: not a role.', 'current', 'Not a role.'],
])('%s', (message, field, text) => {
  expect(problemOf(refused(message))).toBe(text);
  expect(problemsOf(refused(message), ['current', 'next', 'tags'])).toEqual({ [field]: text });
});
