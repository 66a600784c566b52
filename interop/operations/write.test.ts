// Write as write.ts tells it, of a simulated device; the foreign client hears the same in the interop run.

import { WRITE } from './write.ts';
import { endsWithEveryError, tellVirtually } from './virtual.ts';

tellVirtually(WRITE);
endsWithEveryError('write', {
  kind: 'write', mode: 'replace', path: '/3/0/14', values: [{ path: '/3/0/14', value: '+02' }],
});
endsWithEveryError('write', {
  kind: 'write', mode: 'update', path: '/3311/0', values: [{ path: '/3311/0/5851', value: 1 }],
});
