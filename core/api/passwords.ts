// Passwords by argon2id (RFC 9106). Checking takes the same time whether the user exists or not,
// and only so many checks run at once: each takes 19 MB.

import { hash, verify } from '@node-rs/argon2';
import { refuse } from './errors.ts';

// The library's default algorithm is argon2id; OWASP's second choice of parameters.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
export const AT_ONCE_MAX = 16;

// No password has an all-zero hash: checking against it costs as much as against a real one.
export const NOBODY = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}`
  + `$${'A'.repeat(22)}$${'A'.repeat(43)}`;

let running = 0;

export function hashPassword(password: string): Promise<string> {
  return oneOfFew(() => hash(typed(password), COST));
}

/** False for a user without a password and for no user at all, after the same work. */
export function verifyPassword(
  passwordHash: string | undefined, password: string,
): Promise<boolean> {
  return oneOfFew(() => verify(passwordHash || NOBODY, typed(password)));
}

/** The same password from every keyboard: some type an accent as a character of its own. */
function typed(password: string): string {
  return password.normalize('NFC');
}

async function oneOfFew<Value>(work: () => Promise<Value>): Promise<Value> {
  if (running >= AT_ONCE_MAX) {
    refuse('TOO_MANY_REQUESTS', 'Many people are logging in at this moment; please try again.');
  }
  running++;
  try {
    return await work();
  } finally {
    running--;
  }
}
