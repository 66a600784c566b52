// Create as create.ts tells it, of a simulated device; the foreign client hears the same in the interop run.

import { CREATE } from './create.ts';
import { endsWithEveryError, tellVirtually } from './virtual.ts';

tellVirtually(CREATE);
endsWithEveryError('create', {
  kind: 'create', path: '/3311', values: [{ path: '/3311/0/5850', value: true }],
});
