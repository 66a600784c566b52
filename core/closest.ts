// What a mistyped word was probably meant to be. Nothing here knows where the words come from.

/** The candidate most like a mistyped word, if any is close. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const mistyped = word.toLowerCase();
  const [best] = candidates
    .map((candidate) => ({ candidate, apart: distance(mistyped, candidate.toLowerCase()) }))
    .sort((a, b) => a.apart - b.apart);
  const isClose = best !== undefined && best.apart <= Math.max(2, Math.floor(word.length / 3));
  return isClose ? best.candidate : undefined;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const removed = (previous[column] ?? 0) + 1;
      const inserted = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, inserted));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
