import type { Db } from './connection.js';

/** Known words that are looked at for one that was mistyped; beyond it, in alphabetical order, they are not considered. */
const MAX_KNOWN = 20_000;
/** Beginnings that one word is corrected to at most. */
const MAX_NEAR = 32;
/** Shorter words are too like each other. */
const MIN_LENGTH = 4;
/** From this length on two errors are forgiven, below it one. */
const LONG = 8;

/**
 * Beginnings of known words that a word may have been meant for, nearest first: what shares its first letter and is
 * one error away (a letter too many, too few, wrong, or two exchanged), two for long words. `postgers` -> `postgres`.
 * All that are near enough are found, not the nearest alone: a word out of a private repository must not hide a
 * public one.
 */
export async function findNearWords(db: Db, word: string): Promise<string[]> {
  const letters = Array.from(word);
  const [first] = letters;
  if (first === undefined || letters.length < MIN_LENGTH) return [];
  const errors = letters.length < LONG ? 1 : 2;
  const near = new Map<string, number>();
  for (const known of await listKnown(db, first, letters.length - errors)) {
    const [begin, distance] = findNearestBegin(letters, Array.from(known).slice(0, letters.length + errors));
    if (distance <= errors) near.set(begin, distance);
  }
  const sorted = [...near].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  return sorted.slice(0, MAX_NEAR).map(([begin]) => begin);
}

/** Known words with this first letter, of `length` letters or more; as one text, which costs less than thousands of rows. */
async function listKnown(db: Db, first: string, length: number): Promise<string[]> {
  const known = db('search_words')
    .where('term', '>=', first)
    .where('term', '<', `${first}\u{10ffff}`)
    .whereRaw('length(term) >= ?', [length])
    .orderBy('term')
    .limit(MAX_KNOWN)
    .select('term')
    .as('known');
  const row = await db.from(known).first<{ terms: string | null }>(db.raw("string_agg(term, ' ') AS terms"));
  return row.terms?.split(' ') ?? [];
}

/**
 * The beginning of `known` that is nearest to `typed`, the longest of equally near ones, and the errors between them
 * (optimal string alignment: Damerau 1964, each pair exchanged once).
 */
function findNearestBegin(typed: readonly string[], known: readonly string[]): [begin: string, distance: number] {
  let older: number[] = [];
  let last = Array.from({ length: known.length + 1 }, (_, index) => index);
  for (const [row, letter] of typed.entries()) {
    const next = [row + 1];
    for (const [column, other] of known.entries()) {
      const isSwapped = letter === known[column - 1] && typed[row - 1] === other;
      next.push(Math.min(
        (last[column] ?? 0) + (letter === other ? 0 : 1),
        (last[column + 1] ?? 0) + 1,
        (next[column] ?? 0) + 1,
        isSwapped ? (older[column - 1] ?? Infinity) + 1 : Infinity,
      ));
    }
    [older, last] = [last, next];
  }
  const distance = Math.min(...last);
  return [known.slice(0, last.lastIndexOf(distance)).join(''), distance];
}
