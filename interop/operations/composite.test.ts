// Composites as composite.ts tells it, of a simulated device; the foreign client hears the same in the interop run.

import { COMPOSITE } from './composite.ts';
import { endsWithEveryError, isRefusedWithEveryError, tellVirtually } from './virtual.ts';

tellVirtually(COMPOSITE);
endsWithEveryError('readComposite', { kind: 'read-composite', paths: ['/3/0/9'] });
endsWithEveryError('writeComposite', {
  kind: 'write-composite', values: [{ path: '/3/0/14', value: '+02' }],
});
isRefusedWithEveryError('observeComposite', '/3303/0/5700+/3311/0/5850');
