// Which lines of a log are new, when the device tells all that it has collected each time: the last
// lines told before are looked for in what it tells now. Kept are hashes, so that a device costs a
// kilobyte at most. Two lines of one hash, one in four thousand million, would be taken for one.

/** What came before is known by so many of its last lines. */
export const LINES_KNOWN_MAX = 256;

export interface KnownLines {
  readonly hashes: Uint32Array;
  /** How the last line began. */
  readonly last: string;
}

export const NO_LINES: KnownLines = { hashes: new Uint32Array(), last: '' };
const BEGINNING_LENGTH = 64;

/** How many of the lines were told before, and what to know them by next time. */
export function knownOf(
  known: KnownLines, lines: readonly string[],
): { readonly told: number; readonly known: KnownLines } {
  const hashes = Uint32Array.from(lines, hashOf);
  const last = lines.at(-1)?.slice(0, BEGINNING_LENGTH) ?? '';
  return {
    told: overlap(known.hashes, hashes) || overlapOfCut(known, lines, hashes),
    known: { hashes: hashes.slice(-LINES_KNOWN_MAX), last },
  };
}

/** The last line was cut in the middle and has gone on since: it is told again as a whole. */
function overlapOfCut(
  { hashes, last }: KnownLines, lines: readonly string[], now: Uint32Array,
): number {
  const told = overlap(hashes.subarray(0, -1), now);
  return lines[told]?.startsWith(last) === true ? told : 0;
}

/** A log that goes on has all of the old lines in it; one that forgot some begins with the rest. */
function overlap(known: Uint32Array, lines: Uint32Array): number {
  if (known.length === 0) return 0;
  const within = borders(known, lines).indexOf(known.length, known.length + 1);
  if (within !== -1) return within - known.length;
  return borders(lines.subarray(0, known.length), known).at(-1) ?? 0;
}

/**
 * For each place of both in a row how much of `first` ends there (Knuth, Morris and Pratt): linear,
 * so that nobody can make the server search for long.
 */
function borders(first: Uint32Array, second: Uint32Array): number[] {
  // No hash is negative: nothing reaches over the seam.
  const all = [...first, -1, ...second];
  const found = [0];
  for (let at = 1; at < all.length; at++) {
    let length = found[at - 1] ?? 0;
    while (length > 0 && all[at] !== all[length]) length = found[length - 1] ?? 0;
    found.push(all[at] === all[length] ? length + 1 : 0);
  }
  return found;
}

/** FNV-1a. */
function hashOf(line: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < line.length; at++) {
    hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
