// Before each test file: properties draw from one fixed seed, so that a test that passed passes
// again. FLOWNEXUS_SEED=N tries another; a failure prints its own.

import fc from 'fast-check';

const SEED = 20_261_127;

fc.configureGlobal({ seed: Number(process.env.FLOWNEXUS_SEED ?? SEED) });
