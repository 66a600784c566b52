// Builds the dashboard (ui/) into dist/public with hashed names. Client-rendered Qwik: handlers
// stay inside their module; what is heavy or rare is split off by plain dynamic imports.

import { qwikVite } from '@builder.io/qwik/optimizer';
import { defineConfig, type Plugin } from 'vite';

/** What loads split handlers ahead of time; none is split, and `p` is all that Qwik calls of it. */
const PRELOADER = /qwik\/dist\/preloader\.mjs$/;
const noPreloader: Plugin = {
  name: 'no-preloader',
  enforce: 'pre',
  load: (id) => PRELOADER.test(id) ? 'export const p = () => {};' : undefined,
};

/** A class of tRPC's that nobody here uses stays for a call that counts them: over WebSockets. */
const WEB_SOCKETS = /@trpc\/client\/dist\/wsLink[^/]*\.mjs$/;
const noWebSockets: Plugin = {
  name: 'no-web-sockets',
  transform: (code, id) => WEB_SOCKETS.test(id)
    ? { code: code.replaceAll(/^_defineProperty/gm, '/* @__PURE__ */ $&'), map: null } : undefined,
};

/** What every page needs; many small files would compress worse than one. */
const SHARED = /\/ui\/(parts\/(?!palette|shortcuts)[\w-]+|[\w-]+)\.tsx?$/;

/** Small pages that look alike, and are seldom the only one that somebody opens. */
const TABLES = new RegExp('/ui/(pages/(account|alerts|credentials|models|query|refused|users'
  + '|webhooks)|(credentials|models|query|users|webhooks)/.*)\\.tsx?$');

/** What lies over any page when somebody asks for it. */
const OVERLAYS = /\/ui\/parts\/(palette|shortcuts)\.tsx$/;

/** The page of a device without its forms, which wait until somebody asks something of it. */
const DEVICE = new RegExp('/ui/(pages/(device|logs)|(logs|messages|track)/.*'
  + '|device/(actions|context|operation-words|resources))\\.tsx?$');

/** By their files; what is in none stays where it is loaded. */
function chunkOf(id: string): string | undefined {
  return SHARED.test(id) ? 'shared' : TABLES.test(id) ? 'tables'
    : DEVICE.test(id) ? 'device' : OVERLAYS.test(id) ? 'overlays' : undefined;
}

/** Qwik's manifest and graph serve pages rendered on the server; here nobody would read them. */
const lean: Plugin = {
  name: 'lean',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      for (const name of Object.keys(bundle)) {
        if (/(q-manifest|bundle-graph-[^/]*)\.json$/.test(name)) delete bundle[name];
      }
    },
  },
};

export default defineConfig({
  root: 'ui',
  publicDir: false,
  plugins: [
    qwikVite({ csr: true, srcDir: '.', entryStrategy: { type: 'inline' } }), noPreloader,
    noWebSockets, lean,
  ],
  build: {
    outDir: '../dist/public',
    emptyOutDir: true,
    target: 'es2022',
    minify: 'terser',
    terserOptions: { ecma: 2020, module: true, compress: { passes: 2 } },
    // Nothing may be inlined as data: the policy is default-src 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { output: { manualChunks: chunkOf } },
  },
});
