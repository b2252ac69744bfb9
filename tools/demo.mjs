// npm run demo: everything that is missing, then the demonstration.
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { importBuilt, runTool } from './run.mjs';

await runTool(async () => {
  await ensureInstalled();
  await ensureBuilt();
  await importBuilt('tools/demo/demo.js');
});
