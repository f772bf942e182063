import { distance } from 'fastest-levenshtein';

/** The candidate nearest to `word`, if it is near enough to be a typo of it: one slip, or one for every three letters. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const folded = word.toLowerCase();
  let best: { name: string; slips: number } | undefined;
  for (const name of candidates) {
    const slips = countSlips(folded, name.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(folded.length, name.length) / 3));
    if (slips <= allowed && (best === undefined || slips < best.slips)) best = { name, slips };
  }
  return best?.name;
}

/** ` (did you mean "title"?)`, or nothing where no candidate is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const found = nearest(word, candidates);
  return found === undefined ? '' : suggested(found);
}

/** ` (did you mean "title"?)`. */
export function suggested(suggestion: string): string {
  return ` (did you mean "${suggestion}"?)`;
}

/** Candidates named in a message; of more, how many there are. */
const NAMED_IDS = 8;

/** The first candidates, and how many more there are. */
export function listIds(ids: readonly string[]): string {
  const left = ids.length - NAMED_IDS;
  return `${ids.slice(0, NAMED_IDS).join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

/** Levenshtein distance, but two letters that changed places are one slip. */
function countSlips(a: string, b: string): number {
  const slips = distance(a, b);
  return slips === 2 && [...a].sort().join() === [...b].sort().join() ? 1 : slips;
}
