// npm run check:cluster: the scenarios of the end-to-end suite and rounds of faults on two APIs, two workers, a proxy, the
// real temporal-server and PostgreSQL. What it is called with goes to the rounds.
import { provideCluster } from './cluster.mjs';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { ensurePrograms } from './packages.mjs';
import { findProgram, fromRoot, run, runTool } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

await runTool(async () => {
  await ensureInstalled();
  await ensureBuilt();
  await provideTemporal();
  await provideCluster();
  await ensurePrograms();
  const env = { ...process.env, TEST_TOPOLOGY: 'cluster' };
  const scenarios = ['dist/test/cluster/*.test.js', 'dist/test/e2e/chain.test.js'];
  const code = await run(process.execPath, [findProgram('ava'), '--serial', ...scenarios], { env });
  if (code !== 0) return code;
  const rounds = ['--topology', 'cluster', ...process.argv.slice(2)];
  return run(process.execPath, [fromRoot('dist', 'test', 'faults', 'checkFaults.js'), ...rounds]);
});
