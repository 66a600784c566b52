// Send as send.ts tells it, of a simulated device; the foreign client hears the same in the interop
// run. What else a server refuses is in actors/send.test.ts.

import { SEND } from './send.ts';
import { tellVirtually } from './virtual.ts';

tellVirtually(SEND);
