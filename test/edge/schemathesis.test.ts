import test, { type ExecutionContext } from 'ava';
import { checkApi } from './checkApi.js';
import { hasSchemathesis } from './schemathesis.js';

const SEED = 20_261_125;
const TITLE = 'schemathesis finds nothing that the API document does not say';

/** The short form of `npm run check:api`: the document's own examples, and a few drawn requests to every operation. */
async function ask(t: ExecutionContext): Promise<void> {
  t.timeout(600_000);
  const { code, output } = await checkApi(t, { seed: SEED, examples: 3, phases: 'examples,fuzzing' });
  t.is(code, 0, output);
  t.regex(output, /Tested: +1\d\d/);
}

if (hasSchemathesis()) test(TITLE, ask);
else test.skip(`${TITLE} (not run: there is no Python 3.11, or schemathesis could not be fetched)`, () => undefined);
