// Reads the counts out of ava's output.

// Built from a character code: a control character in a regular expression reads as a mistake.
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** A line of ava's summary, and under which of our three words it counts. */
const SUMMARY = [
  { word: 'failed', line: /^(\d+) (?:tests?|hooks?) failed$/ },
  { word: 'failed', line: /^(\d+) unhandled rejections?$/ },
  { word: 'failed', line: /^(\d+) uncaught exceptions?$/ },
  { word: 'failed', line: /^(\d+) tests? remained pending after a timeout$/ },
  { word: 'skipped', line: /^(\d+) tests? (?:skipped|todo)$/ },
  { word: 'passed', line: /^(\d+) tests? passed$/ },
];
/** ava marks each passed test so, and leaves their number out of the summary as soon as one test failed. */
const PASSED_TEST = /^(?:✔|√) /;

/** The numbers of passed, failed and skipped tests; uncaught errors and tests cut off by a timeout count as failed. */
export function countResults(output) {
  const lines = output.replace(COLOURS, '').split('\n').map((line) => line.trim());
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const line of lines) {
    for (const summary of SUMMARY) counts[summary.word] += Number(summary.line.exec(line)?.[1] ?? 0);
  }
  if (counts.passed === 0) counts.passed = lines.filter((line) => PASSED_TEST.test(line)).length;
  return counts;
}
