// Execute as execute.ts tells it, of a simulated device; the foreign client hears the same in the interop run.

import { EXECUTE } from './execute.ts';
import { endsWithEveryError, tellVirtually } from './virtual.ts';

tellVirtually(EXECUTE);
endsWithEveryError('execute', { kind: 'execute', path: '/20/0/4011', arguments: '' });
