// The browser tests: the built dashboard against the real server. They need Chromium and dist/,
// so they are not part of `npm test`; `npm run browser` builds and runs them.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['ui/browser/**/*.browser.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
