// Read as read.ts tells it, of a simulated device; the foreign client hears the same in the interop run.

import { READ } from './read.ts';
import { endsWithEveryError, tellVirtually } from './virtual.ts';

tellVirtually(READ);
endsWithEveryError('read', { kind: 'read', path: '/3/0' });
