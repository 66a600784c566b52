// Delete as delete.ts tells it, of a simulated device; the foreign client hears the same in the interop run.

import { DELETE } from './delete.ts';
import { endsWithEveryError, tellVirtually } from './virtual.ts';

tellVirtually(DELETE);
endsWithEveryError('delete', { kind: 'delete', path: '/3311/0' });
