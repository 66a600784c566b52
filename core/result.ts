// The two kinds of wrong: what others do wrong is a Result, what we do wrong is an assertion.
// Nothing here knows a protocol.

export type Ok<Value> = { readonly ok: true; readonly value: Value };
export type Failure<Reason> = { readonly ok: false; readonly reason: Reason };
export type Result<Value, Reason = string> = Ok<Value> | Failure<Reason>;

/** Wraps a good outcome. */
export function ok<Value>(value: Value): Ok<Value> {
  return { ok: true, value };
}

/** Wraps an expected failure with the reason that goes to the log, not to the peer. */
export function fail<Reason>(reason: Reason): Failure<Reason> {
  return { ok: false, reason };
}

/** Stops the process when an invariant of ours is broken; stays on in production. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${invariant}`);
}

/** Ends an exhaustive switch; the compiler finds the missing case. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
