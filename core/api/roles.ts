// The order of the roles: each includes those below it.

import type { Role } from './views.ts';

/** Who may call a procedure. */
export type Audience = Role | 'anyone';

export const RANK: Readonly<Record<Audience, number>> = {
  anyone: 0, viewer: 1, operator: 2, admin: 3,
};

export function lesserRole(one: Role, other: Role): Role {
  return RANK[one] < RANK[other] ? one : other;
}
