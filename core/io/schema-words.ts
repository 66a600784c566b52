// What zod finds wrong with a value, in our own words where it would speak of its types. Messages
// that a schema brings itself stay as they are.

import type { z } from 'zod';

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false',
  array: 'a list', object: 'keys with values', record: 'keys with values',
};
const COUNTED: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };

/** An error map for `safeParse`; undefined leaves it to zod. */
export function schemaWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      const kind = KINDS[issue.expected];
      return kind && `write ${kind}`;
    }
    case 'too_small':
      if (issue.origin in COUNTED && Number(issue.minimum) === 1) return 'is empty';
      return `is too small (the least is ${issue.minimum}${COUNTED[issue.origin] ?? ''})`;
    case 'too_big':
      return `is too large (the most is ${issue.maximum}${COUNTED[issue.origin] ?? ''})`;
    default: return undefined;
  }
}
