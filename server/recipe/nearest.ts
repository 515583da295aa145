/** The allowed word that a mistyped one most likely meant. */

/**
 * Nearest word by Damerau-Levenshtein distance (optimal string alignment), ignoring case; undefined where
 * none is near enough to be meant: more than a third of the letters differ.
 */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  // Words without a letter in common are not each other's slips of the pen.
  const limit = Math.min(word.length - 1, Math.max(1, Math.floor(word.length / 3)));
  if (word.length > 100) return undefined;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of allowed) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const between = distance(word.toLowerCase(), candidate.toLowerCase());
    if (between < bestDistance) {
      best = candidate;
      bestDistance = between;
    }
  }
  return best;
}

/** Least number of insertions, deletions, replacements and swaps of neighbours. */
function distance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let least = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
      );
      const swapped =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1];
      if (swapped) least = Math.min(least, beforeLast[column - 2]! + 1);
      current.push(least);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length]!;
}
