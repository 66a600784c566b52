// The one way to the server: a typed tRPC client, and what its failures mean to a person. Only
// types are imported from core/api; nothing of the server ends up in the browser.

import {
  createTRPCClient, httpLink, httpSubscriptionLink, TRPCClientError,
} from '@trpc/client';
import type { AppRouter } from '../core/api/router.ts';

const url = '/trpc';

/** `"tags.0" is not valid: ` as core/api/errors.ts writes it. */
const NAMED = /^"(([^".]*)[^"]*)" is not valid: /;

export const api = createTRPCClient<AppRouter>({
  links: [
    (runtime) => {
      const live = httpSubscriptionLink({ url })(runtime);
      const plain = httpLink({ url })(runtime);
      return (asked) => (asked.op.type === 'subscription' ? live : plain)(asked);
    },
  ],
});

/** True when the server said that nobody is logged in. */
export function isLoggedOut(error: unknown): boolean {
  return codeOf(error) === 'UNAUTHORIZED';
}

/** True when what was asked for does not exist. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'NOT_FOUND';
}

/** One sentence for a person: what went wrong and, where it helps, what to do. */
export function problemOf(error: unknown): string {
  if (!(error instanceof TRPCClientError)) return 'Something went wrong here. Reload the page.';
  if (codeOf(error) === undefined) {
    return 'The server does not answer. It is tried again when it is back.';
  }
  const message = error.message.replace(NAMED, '');
  const end = /[.!?]$/.test(message) ? '' : '.';
  // The name of a file stays as it is.
  const begin = /^\S*\.\S/.test(message) ? message.charAt(0) : message.charAt(0).toUpperCase();
  return begin + message.slice(1) + end;
}

/** The name of the input that the server speaks against, with where in it: `tags.0`. */
export function inputOf(error: unknown): string | undefined {
  return error instanceof TRPCClientError ? NAMED.exec(error.message)?.[1] : undefined;
}

/**
 * The same under the field of the form it is about: what the server says of an input begins with
 * the input's name in quotes. What is about no field stands under the first.
 */
export function problemsOf<Field extends string>(
  error: unknown, fields: readonly [Field, ...Field[]],
): Partial<Record<Field, string>> {
  const name = error instanceof TRPCClientError ? NAMED.exec(error.message)?.[2] : undefined;
  const field = fields.find((one) => one === name) ?? fields[0];
  return { [field]: problemOf(error) } as Partial<Record<Field, string>>;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  const data: unknown = error.data;
  if (typeof data !== 'object' || data === null || !('code' in data)) return undefined;
  return String(data.code);
}
