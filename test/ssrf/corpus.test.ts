import test from 'ava';
import { PART_NAMES, runCorpus } from './run.js';

/** So many cases there are at the least: a table that is lost must not pass. */
const LEAST = { guard: 250, doors: 1500, names: 200, redirects: 70, connections: 20, texts: 15 } as const;

for (const part of PART_NAMES) {
  const least = LEAST[part as keyof typeof LEAST];
  test(`nothing inside is reached: ${part}, ${least} cases or more`, async (t) => {
    const { cases, faults } = await runCorpus({ parts: [part] });
    const count = Object.values(cases).reduce((sum, one) => sum + one, 0);
    for (const [kind, number] of Object.entries(cases)) t.log(`${number} × ${kind}`);
    t.deepEqual(faults, []);
    t.true(count >= least, `${count} cases`);
  });
}
