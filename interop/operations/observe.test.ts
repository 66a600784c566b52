// Observe as observe.ts tells it, of a simulated device; the foreign client hears the same in the interop run.

import { OBSERVE } from './observe.ts';
import { isRefusedWithEveryError, tellVirtually } from './virtual.ts';

tellVirtually(OBSERVE);
isRefusedWithEveryError('observe', '/3303/0/5700');
