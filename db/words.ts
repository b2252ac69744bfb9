/**
 * The one table by which text is cut into words, for both engines, for what is stored and for what is asked: `' '`
 * separates, every other entry is the letter that counts in its place. Characters that are not in it stand for
 * themselves. A change of it needs a migration that builds the index anew.
 */
export const FOLDS: ReadonlyMap<string, string> = new Map([
  ...listFolds(0x01, 0x17f),
  // General punctuation, trade mark, arrows, CJK punctuation, variation selectors.
  ...listFolds(0x2000, 0x206f),
  ...listFolds(0x2122, 0x2122),
  ...listFolds(0x2190, 0x2193),
  ...listFolds(0x3000, 0x3003),
  ...listFolds(0xfe0e, 0xfe0f),
]);

function listFolds(first: number, last: number): [string, string][] {
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index))
    .map((character): [string, string] => [character, foldCharacter(character)])
    .filter(([character, folded]) => character !== folded && folded.length === 1);
}

/** Letters and digits without case and accent. */
function foldCharacter(character: string): string {
  return /[\p{L}\p{N}]/u.test(character) ? character.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase() : ' ';
}

/** The different words of a text, in their order. NUL, which no database stores, separates as well. */
export function cutWords(text: string): string[] {
  const folded = Array.from(text, (character) => (character === '\0' ? ' ' : (FOLDS.get(character) ?? character)));
  return [...new Set(folded.join('').split(' ').filter(Boolean))];
}
