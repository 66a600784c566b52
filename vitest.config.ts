import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{core,actors,sim,app,ui,scripts}/**/*.test.ts'],
    pool: 'forks',
    globalSetup: 'scripts/vitest-build.ts',
    testTimeout: 60_000,
  },
});
