// Files as files.ts tells it, of a simulated device; the foreign client hears the same in the interop run.

import { FILES } from './files.ts';
import { endsWithEveryError, tellVirtually } from './virtual.ts';

tellVirtually(FILES);
endsWithEveryError('read', { kind: 'read', path: '/19/0/0/0', into: 'file' });
