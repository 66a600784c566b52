#!/usr/bin/env node
// Where the command starts, light, since the rest takes a moment to load: a signal in that moment
// is answered, and so is a reader of the output who goes away.

import { endWithReaders } from './closed-pipe.ts';
import { interruptible } from './interruption.ts';

endWithReaders();
interruptible(process.argv[2]);
const { main } = await import('./program.ts');
await main();
