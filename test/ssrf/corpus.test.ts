import test from 'ava';
import { GUARD_PARTS } from './guardParts.js';
import { HUB_PARTS } from './hubParts.js';
import { runParts } from './report.js';

/** So many cases there are at the least: a table that is lost must not pass. */
const LEAST: Readonly<Record<string, number>> = { guard: 650, answers: 130, connections: 30, redirects: 90, receivers: 80, doors: 1900, names: 270, texts: 20, registry: 27 };

for (const [name, part] of Object.entries({ ...GUARD_PARTS, ...HUB_PARTS })) {
  const least = LEAST[name] ?? Infinity;
  test(`nothing inside is reached: ${name}, ${least} cases or more`, async (t) => {
    t.timeout(600_000);
    const { cases, faults } = await runParts({ [name]: part });
    const count = Object.values(cases).reduce((sum, one) => sum + one, 0);
    for (const [kind, number] of Object.entries(cases)) t.log(`${number} × ${kind}`);
    t.deepEqual(faults, []);
    t.true(count >= least, `${count} cases`);
  });
}
