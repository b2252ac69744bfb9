// npm run build: everything that is missing, then dist/ and the workflow bundle in it.
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { runTool } from './run.mjs';

await runTool(async () => {
  await ensureInstalled();
  await ensureBuilt();
});
