// What a person typed or configured cannot be done: one sentence, exit code 2, nothing damaged.

export class UsageError extends Error {
  override readonly name = 'UsageError';
}
