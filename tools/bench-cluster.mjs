// npm run bench:cluster: what a chain costs two processes of the hub, the real temporal-server and PostgreSQL, by its length.
import { provideCluster } from './cluster.mjs';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { fromRoot, run, runTool } from './run.mjs';

await runTool(async () => {
  await ensureInstalled();
  await ensureBuilt();
  await provideCluster();
  return run(process.execPath, [fromRoot('dist', 'test', 'cluster', 'runCosts.js'), ...process.argv.slice(2)]);
});
