// Discover as discover.ts tells it, of a simulated device; the foreign client hears the same in the interop run.

import { DISCOVER } from './discover.ts';
import { endsWithEveryError, tellVirtually } from './virtual.ts';

tellVirtually(DISCOVER);
endsWithEveryError('discover', { kind: 'discover', path: '/3/0' });
