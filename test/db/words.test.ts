import test from 'ava';
import { cutWords, FOLDS } from '../../db/words.js';

/** Words of texts. */
const CUTS: readonly [text: string, words: string][] = [
  ['my-app_2', 'my app 2'],
  ['Émile’s “100% cotton_wool”', 'emile s 100 cotton wool'],
  ['ŁÓDŹ İstanbul', 'łodz istanbul'],
  ['a\u0000b\tc\nd\u0001e\u007ff\u00a0g\u3000h', 'a b c d e f g h'],
  ['one one ONE', 'one'],
  ['数据库、服务 🚀️ x', '数据库 服务 🚀 x'],
  ['% _ " * - : \\ \' ( ) | & ! < > ^ $ {} [] ~ ` @ # = + ; , . ?', ''],
  ['', ''],
];

for (const [text, words] of CUTS) {
  test(`the words of ${JSON.stringify(text)}`, (t) => {
    t.is(cutWords(text).join(' '), words);
  });
}

test('a fold is one character for one, and folding twice changes nothing', (t) => {
  for (const [from, to] of FOLDS) {
    t.deepEqual([Array.from(from).length, Array.from(to).length], [1, 1]);
    t.is(FOLDS.get(to) ?? to, to, `U+${from.codePointAt(0)?.toString(16) ?? ''}`);
  }
});
