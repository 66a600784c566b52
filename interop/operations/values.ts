// What the API shows of a value (core/api/views.ts) as a story writes it.

import type { ValueView } from '../../core/api/views.ts';

export function plain({ type, value }: ValueView): string | number | boolean | null {
  // 64-bit integers are shown as text.
  return type === 'integer' || type === 'unsigned' ? Number(value) : value;
}
