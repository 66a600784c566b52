// Imports that have no types of their own.

/** The loader is imported for what it does. */
declare module '@builder.io/qwik/qwikloader.js';

/** The address of an asset in the build. */
declare module '*.svg?no-inline' {
  const address: string;
  export default address;
}
