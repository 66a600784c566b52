// Builds the dashboard (ui/) into dist/public with hashed names. Client-rendered Qwik: handlers
// stay inside their module; what is heavy or rare is split off by plain dynamic imports.

import { qwikVite } from '@builder.io/qwik/optimizer';
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'ui',
  publicDir: false,
  plugins: [qwikVite({ csr: true, srcDir: '.', entryStrategy: { type: 'inline' } })],
  build: {
    outDir: '../dist/public',
    emptyOutDir: true,
    target: 'es2022',
    // Nothing may be inlined as data: the policy is default-src 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
