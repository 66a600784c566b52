// The tests that need no extra system package; those of the browser have a configuration of their
// own.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{core,actors,sim,app,ui,scripts,interop,bench}/**/*.test.ts'],
    pool: 'forks',
    globalSetup: 'scripts/vitest-build.ts',
    setupFiles: 'scripts/vitest-seed.ts',
    // Against hanging only: the full forms of the floods take minutes on a busy machine.
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
