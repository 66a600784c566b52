// Write-Attributes as attributes.ts tells it, of a simulated device; the foreign client hears the same in the interop run.

import { WRITE_ATTRIBUTES } from './attributes.ts';
import { endsWithEveryError, tellVirtually } from './virtual.ts';

tellVirtually(WRITE_ATTRIBUTES);
endsWithEveryError('writeAttributes', {
  kind: 'write-attributes', path: '/3/0/9', attributes: { pmin: 1 },
});
