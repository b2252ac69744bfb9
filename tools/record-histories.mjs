// npm run record-histories: writes the workflow histories that the replay tests read.
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { importBuilt, runTool } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

await runTool(async () => {
  await ensureInstalled();
  await ensureBuilt();
  await provideTemporal();
  await importBuilt('test/workflows/recordHistories.js');
});
