// npm run check:faults: pushes under load while one thing after the other is killed, and a check of every promise.
import { provideCluster } from './cluster.mjs';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { fromRoot, run, runTool } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

await runTool(async () => {
  await ensureInstalled();
  await ensureBuilt();
  await provideTemporal();
  if (process.argv.includes('cluster')) await provideCluster();
  return run(process.execPath, [fromRoot('dist', 'test', 'faults', 'checkFaults.js'), ...process.argv.slice(2)]);
});
