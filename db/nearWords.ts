import type { Db } from './connection.js';

/** Known words that are compared with one that was mistyped; of more, any. */
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
  if (letters.length < MIN_LENGTH) return [];
  const errors = letters.length < LONG ? 1 : 2;
  const near = new Map<string, number>();
  for (const known of await listKnown(db, letters, letters.length - errors)) {
    const [begin, distance] = findNearestBegin(letters, Array.from(known).slice(0, letters.length + errors), errors);
    if (distance <= errors) near.set(begin, distance);
  }
  const sorted = [...near].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  return sorted.slice(0, MAX_NEAR).map(([begin]) => begin);
}

/**
 * Known words of `length` letters or more whose beginning is that of `letters` with at most one error in its second
 * letter; as one text, which costs less than thousands of rows. Words hold neither `%` nor `_`.
 */
async function listKnown(db: Db, [first = '', second = '', third = '']: readonly string[], length: number): Promise<string[]> {
  const begins = [first + second, first + third, `${first}_${second}`, `${first}_${third}`];
  const known = db('search_words')
    .where('term', '>=', first)
    .where('term', '<', `${first}\u{10ffff}`)
    .whereRaw('length(term) >= ?', [length])
    .where((either) => begins.forEach((begin) => void either.orWhereLike('term', `${begin}%`)))
    .limit(MAX_KNOWN)
    .select('term')
    .as('known');
  const row = await db.from(known).first<{ terms: string | null }>(db.raw("string_agg(term, ' ') AS terms"));
  return row.terms?.split(' ') ?? [];
}

/**
 * The beginning of `known` that is nearest to `typed`, the longest of equally near ones, and the errors between them
 * (optimal string alignment: Damerau 1964, each pair exchanged once). Beyond `limit` errors it stops counting.
 */
function findNearestBegin(typed: readonly string[], known: readonly string[], limit: number): [begin: string, distance: number] {
  let older: number[] = [];
  let last = Array.from({ length: known.length + 1 }, (_, index) => index);
  for (let row = 0; row < typed.length; row += 1) {
    const next = alignLetter(typed, row, known, last, older);
    if (next.every((errors) => errors > limit)) return ['', Infinity];
    [older, last] = [last, next];
  }
  const distance = Math.min(...last);
  return [known.slice(0, last.lastIndexOf(distance)).join(''), distance];
}

/** Errors between `typed` up to its letter `row` and every beginning of `known`, from those of the two letters before. */
function alignLetter(typed: readonly string[], row: number, known: readonly string[], last: readonly number[], older: readonly number[]): number[] {
  const next = [row + 1];
  for (let column = 0; column < known.length; column += 1) {
    const same = (last[column] ?? 0) + (typed[row] === known[column] ? 0 : 1);
    const errors = Math.min(same, (last[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1);
    const isSwapped = row > 0 && typed[row] === known[column - 1] && typed[row - 1] === known[column];
    next.push(isSwapped ? Math.min(errors, (older[column - 1] ?? 0) + 1) : errors);
  }
  return next;
}
