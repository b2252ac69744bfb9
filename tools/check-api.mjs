// npm run check:api [-- --seed N --examples N --phases LIST]: schemathesis asks the API all that its document says.
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { importBuilt, runTool, say, ToolError } from './run.mjs';
import { provideSchemathesis } from './schemathesis.mjs';

const OPTIONS = {
  seed: { type: 'string', default: '1' }, examples: { type: 'string', default: '50' }, phases: { type: 'string', default: 'examples,coverage,fuzzing,stateful' },
};

await runTool(async () => {
  const { values: { seed, examples, phases } } = parseArgs({ options: OPTIONS });
  await ensureInstalled();
  await ensureBuilt();
  await provideSchemathesis();
  const { hasSchemathesis } = await importBuilt('test/edge/schemathesis.js');
  if (!hasSchemathesis()) throw new ToolError('There is no schemathesis, see above.');
  const { checkApi } = await importBuilt('test/edge/checkApi.js');
  const clean = [];
  try {
    say(`Seed ${seed}: ${examples} examples of each operation, ${phases}.`);
    const show = (text) => process.stdout.write(text);
    const { code } = await checkApi({ teardown: (step) => clean.push(step) }, { seed: Number(seed), examples: Number(examples), phases, say: show });
    return code;
  } finally {
    for (const step of clean.reverse()) await step();
  }
});
process.exit();
