// Whether attack tests run in full: `npm run attacks` does, with all files that ask here, and
// shows what they tell. `npm test` runs the short form.

export const IS_FULL = process.env.FLOWNEXUS_FULL === '1';

/** What was done, in figures; of the short form nobody asks. */
export function announce(line: string): void {
  if (IS_FULL) console.log(`  ${line}`);
}
